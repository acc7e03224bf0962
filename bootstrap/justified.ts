/** What a statement allows although it looks like too much, and why it must. A test holds this against every template. */
export interface Justified {
  /** The policy: the kind of document, or the name of a role's policy. */
  readonly where: 'any' | 'boundary' | 'key';
  /** The actions, where not all. */
  readonly actions?: readonly string[];
  /** The resource: `*`, or `service kind` for every resource of a kind in one account and region. */
  readonly resource: string;
  readonly why: string;
}

/** Statements that allow something on a resource they cannot name. */
export const JUSTIFIED_RESOURCES: readonly Justified[] = [
  {
    where: 'boundary',
    resource: '*',
    why: 'A boundary grants nothing: what it allows is only what is not taken away from what a role is granted elsewhere.',
  },
  {
    where: 'key',
    resource: '*',
    why: 'In a key policy this is the key itself. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html',
  },
  {
    where: 'any',
    actions: ['config:DescribeConfigurationRecorders', 'config:DescribeConfigurationRecorderStatus'],
    resource: '*',
    why: 'Asked for whatever recorders there are; AWS does not say which ARN a request without a name is checked against. They read settings only, in one region.',
  },
  {
    where: 'any',
    actions: ['config:GetComplianceDetailsByConfigRule'],
    resource: '*',
    why: 'AWS Config makes up the names of rules inside a conformance pack. What other rules found is read, nothing is changed.',
  },
  {
    where: 'any',
    actions: ['cloudformation:DescribeStackResources'],
    resource: '*',
    why: 'Asked for the stack of a resource by the id of the resource: which stack that is, is the answer. Read only.',
  },
  {
    where: 'any',
    resource: 'kms key/',
    why: 'The ids of keys are made up when they are made. Use is bound to the aliases of the environment and to services by conditions; what has no condition reads settings.',
  },
  {
    where: 'any',
    resource: 'ec2 launch-template/',
    why: 'EC2 makes up the ids; the environment has its account and region, or shares them with its sisters.',
  },
  {
    where: 'any',
    resource: 'ec2 network-interface/',
    why: 'CodeBuild makes one for each build, where a condition names the subnets; EFS makes one for each mount target.',
  },
  { where: 'any', resource: 'ec2 route-table/', why: 'EC2 makes up the ids.' },
  { where: 'any', resource: 'ec2 security-group-rule/', why: 'EC2 makes up the ids.' },
  { where: 'any', resource: 'ec2 security-group/', why: 'EC2 makes up the ids.' },
  { where: 'any', resource: 'ec2 subnet/', why: 'EC2 makes up the ids.' },
  {
    where: 'any',
    resource: 'ec2 volume/',
    why: 'EC2 makes up the ids. The boundary refuses a volume without encryption.',
  },
  { where: 'any', resource: 'ec2 vpc/', why: 'EC2 makes up the ids.' },
  ...[
    'customer-gateway',
    'vpc-encryption-control',
    'vpc-endpoint',
    'vpc-flow-log',
    'vpn-connection',
    'vpn-gateway',
  ].map((kind): Justified => ({ where: 'any', resource: `ec2 ${kind}/`, why: 'EC2 makes up the ids.' })),
  ...['distribution', 'origin-access-control', 'response-headers-policy'].map(
    (kind): Justified => ({
      where: 'any',
      resource: `cloudfront ${kind}/`,
      why: 'CloudFront makes up the ids, and knows no names for them. A verification only reads settings.',
    }),
  ),
  {
    where: 'any',
    resource: 'acm certificate/',
    why: 'ACM makes up the ids. The key of a certificate is not to be had by them.',
  },
  {
    where: 'any',
    resource: 'elasticloadbalancing truststore/',
    why: 'CloudFormation shortens the name to what does not tell its stack.',
  },
  { where: 'any', resource: 'shield protection/', why: 'Shield makes up the ids.' },
  {
    where: 'any',
    resource: 'route53 change/',
    why: 'Route 53 makes up the ids; it only tells whether a change is done.',
  },
  {
    where: 'any',
    resource: 'elasticfilesystem file-system/',
    why: 'EFS makes up the ids; a condition refuses a new file system without encryption.',
  },
  { where: 'any', resource: 'backup backup-plan:', why: 'AWS Backup makes up the ids of plans.' },
  { where: 'any', resource: 'dlm policy/', why: 'Data Lifecycle Manager makes up the ids of policies.' },
  {
    where: 'any',
    resource: 'imagebuilder component/',
    why: 'The components of AWS itself, in whose account they are: they are read only.',
  },
  {
    where: 'any',
    resource: 'config config-rule/',
    why: 'AWS Config makes up the ids of its rules; starting an evaluation changes no rule.',
  },
  {
    where: 'any',
    resource: 'secretsmanager secret:',
    why: 'CloudFormation names a secret without its stack. The value is not read.',
  },
  {
    where: 'any',
    resource: 'codebuild project/',
    why: 'CloudFormation names a project without its stack. Only settings are read.',
  },
  ...['cluster', 'cluster-pg', 'db', 'pg', 'snapshot', 'subgrp'].map(
    (kind): Justified => ({
      where: 'any',
      resource: `rds ${kind}:`,
      why: 'RDS is asked for several at once, and checks that against all of the kind. Only settings are read.',
    }),
  ),
];

/** Services whose trust policies have no `aws:SourceAccount` or `aws:SourceArn`, and why. */
export const TRUSTED_WITHOUT_SOURCE: Readonly<Record<string, string>> = {
  'cloudformation.amazonaws.com':
    'AWS documents the source keys for what CloudFormation calls for its extensions, and none for the role of a stack (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html). Only who may pass the role of this account can use it: the deploy role of the environment.',
  'hooks.cloudformation.amazonaws.com':
    'AWS documents no source key for the role of a Lambda Hook (https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-prepare-to-create-hook.html); a condition that never holds would refuse every stack. The role may invoke one function, which only judges.',
  'lambda.amazonaws.com':
    'AWS documents no source key for taking a function’s role (https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html). IAM lets no role be passed to another account, and nobody of the pipeline may pass this one.',
  'apigateway.amazonaws.com':
    'AWS documents no source key for the role that writes the logs of an account’s APIs (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html). It may write log groups of this project and of API Gateway, and the account names it once.',
  'cloudtrail.amazonaws.com':
    'AWS documents the source keys for buckets, topics and keys, and none for the role by which CloudTrail writes to a log group (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html); with one, trails were seen to be refused (https://github.com/prowler-cloud/prowler/issues/4714). IAM lets no role be passed to another account, and this one writes log groups of its environment alone.',
  'chatbot.amazonaws.com':
    'AWS documents no source key (https://docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html). The role has no policy, and a guardrail that denies all.',
};

/** Services whose trust policies name the account they must act for, each with the page that says the service sends it. */
export const TRUSTED_WITH_SOURCE: Readonly<Record<string, string>> = {
  'codebuild.amazonaws.com':
    'https://docs.aws.amazon.com/codebuild/latest/userguide/cross-service-confused-deputy-prevention.html',
  'codepipeline.amazonaws.com': 'https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html',
  'config.amazonaws.com': 'https://docs.aws.amazon.com/config/latest/developerguide/iamrole-permissions.html',
  'events.amazonaws.com':
    'https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html',
  'vpc-flow-logs.amazonaws.com': 'https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html',
  'scheduler.amazonaws.com':
    'https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html',
};

/** Roles that trust one of these services without a source all the same, by the end of their ids in a template. */
export const ROLES_WITHOUT_SOURCE: Readonly<Record<string, string>> = {
  AggregatorRole:
    'AWS documents a source key for the role of the recorder, and none for that of an aggregator (https://docs.aws.amazon.com/config/latest/developerguide/set-up-aggregator-cli.html). IAM lets no role be passed to another account, and this one only lists the organization.',
};
