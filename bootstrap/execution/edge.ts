import { names } from '../../pipeline/names';
import { actions, alarms, type Execution, logGroups, logsOf, type Place } from './execution';
import { s3 } from './s3';

/** API Gateway gives the name, with the id of the API. */
const EXECUTION_LOGS = 'API-Gateway-Execution-Logs_';

export const edge: Execution = {
  keysThrough: ['s3', 'sns'],
  statements: (at) => [
    ...s3.statements(at),
    ...certificates(at),
    ...site(at),
    ...api(at),
    ...loadBalancer(at),
    ...shield(at),
    ...logGroups(at, EXECUTION_LOGS),
  ],
  serviceRoles: (at) => [
    {
      task: 'page',
      description: 'Puts the page of the site into its bucket',
      service: 'lambda.amazonaws.com',
      statements: [
        at.allow('Page', ['s3:PutObject'], [`arn:${at.partition}:s3:::${at.prefix}*/index.html`]),
        at.allow('KeyOfThePage', ['kms:GenerateDataKey'], [at.arn('kms', 'key/*')], {
          StringEquals: { 'kms:ViaService': `s3.${at.region}.amazonaws.com` },
          'ForAnyValue:StringEquals': {
            'kms:ResourceAliases': names(at.config.name).alias(at.environment.name, 'storage'),
          },
        }),
        at.allow('Log', actions('logs', 'CreateLogStream', 'PutLogEvents'), logsOf(at, at.prefix)),
      ],
    },
    // One for the account and region, whoever sets it last. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    {
      task: 'api-logs',
      description: 'Writes the logs of API Gateway',
      service: 'apigateway.amazonaws.com',
      statements: [
        at.allow(
          'Records',
          actions(
            'logs',
            'CreateLogGroup',
            'CreateLogStream',
            'DescribeLogStreams',
            'GetLogEvents',
            'FilterLogEvents',
            'PutLogEvents',
          ),
          logsOf(at, `${at.config.name}-`, EXECUTION_LOGS),
        ),
        at.allow('LooksAtLogGroups', ['logs:DescribeLogGroups'], ['*'], at.inRegion),
      ],
    },
  ],
};

function certificates(at: Place) {
  const { allow, arn, config, environment, inRegion, partition, prefix } = at;
  const { hostedZoneId } = environment.edge ?? {};
  return [
    allow(
      'Certificates',
      actions(
        'acm',
        'AddTagsToCertificate',
        'DeleteCertificate',
        'DescribeCertificate',
        'ListTagsForCertificate',
        'RemoveTagsFromCertificate',
        'UpdateCertificateOptions',
      ),
      [arn('acm', 'certificate/*')],
    ),
    // These know no resource.
    allow('RequestsCertificates', actions('acm', 'ListCertificates', 'RequestCertificate'), ['*'], inRegion),
    allow('Records', actions('route53', 'ChangeResourceRecordSets', 'GetHostedZone', 'ListResourceRecordSets'), [
      `arn:${partition}:route53:::hostedzone/${hostedZoneId ?? '*'}`,
    ]),
    allow('WaitsForRecords', ['route53:GetChange'], [`arn:${partition}:route53:::change/*`]),
    // The local account's zone, which the block makes itself.
    ...(hostedZoneId === undefined
      ? [
          allow(
            'Zones',
            actions('route53', 'ChangeTagsForResource', 'CreateHostedZone', 'DeleteHostedZone', 'ListTagsForResource'),
            ['*'],
          ),
        ]
      : []),
    alarms(at),
    ...(config.notifications.email.length > 0
      ? [
          allow(
            'AlarmTopics',
            actions(
              'sns',
              'CreateTopic',
              'DeleteTopic',
              'GetSubscriptionAttributes',
              'GetTopicAttributes',
              'ListSubscriptionsByTopic',
              'ListTagsForResource',
              'SetTopicAttributes',
              'Subscribe',
              'TagResource',
              'Unsubscribe',
              'UntagResource',
            ),
            [arn('sns', `${prefix}*`)],
          ),
        ]
      : []),
  ];
}

function site({ account, allow, arn, partition, prefix }: Place) {
  const cdn = (kind: string): string => `arn:${partition}:cloudfront::${account}:${kind}/*`;
  return [
    // These know no resource, and CloudFront no region.
    allow(
      'MakesSite',
      actions('cloudfront', 'CreateDistribution', 'CreateOriginAccessControl', 'CreateResponseHeadersPolicy'),
      ['*'],
    ),
    allow(
      'Site',
      actions(
        'cloudfront',
        'DeleteDistribution',
        'DeleteOriginAccessControl',
        'DeleteResponseHeadersPolicy',
        'GetDistribution',
        'GetDistributionConfig',
        'GetOriginAccessControl',
        'GetResponseHeadersPolicy',
        'ListTagsForResource',
        'TagResource',
        'UntagResource',
        'UpdateDistribution',
        'UpdateOriginAccessControl',
        'UpdateResponseHeadersPolicy',
      ),
      ['distribution', 'origin-access-control', 'response-headers-policy'].map(cdn),
    ),
    allow(
      'PageWriter',
      actions(
        'lambda',
        'CreateFunction',
        'DeleteFunction',
        'GetFunction',
        'GetFunctionCodeSigningConfig',
        'GetFunctionRecursionConfig',
        'GetRuntimeManagementConfig',
        'InvokeFunction',
        'TagResource',
        'UntagResource',
        'UpdateFunctionCode',
        'UpdateFunctionConfiguration',
      ),
      [arn('lambda', `function:${prefix}*`)],
    ),
  ];
}

/** API Gateway has paths for resources and verbs of HTTP for actions. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html */
function api({ allow, partition, region }: Place) {
  const at = (path: string): string => `arn:${partition}:apigateway:${region}::${path}`;
  return [
    allow(
      'Api',
      actions('apigateway', 'DELETE', 'GET', 'PATCH', 'POST', 'PUT'),
      ['/restapis', '/restapis/*', '/domainnames', '/domainnames/*', '/tags/*'].map(at),
    ),
    allow('ApiLogsOfTheAccount', actions('apigateway', 'GET', 'PATCH'), [at('/account')]),
  ];
}

function loadBalancer({ account, allow, arn, config, inRegion, partition }: Place) {
  if (!config.edge.loadBalancer) return [];
  return [
    allow(
      'LoadBalancers',
      actions(
        'elasticloadbalancing',
        'AddTags',
        'CreateListener',
        'CreateLoadBalancer',
        'CreateTrustStore',
        'DeleteListener',
        'DeleteLoadBalancer',
        'DeleteTrustStore',
        'ModifyListener',
        'ModifyListenerAttributes',
        'ModifyLoadBalancerAttributes',
        'ModifyTrustStore',
        'RemoveTags',
        'SetIpAddressType',
        'SetSecurityGroups',
        'SetSubnets',
      ),
      ['listener/app', 'loadbalancer/app', 'truststore'].map((kind) => arn('elasticloadbalancing', `${kind}/*`)),
    ),
    allow(
      'LooksAtLoadBalancers',
      actions(
        'elasticloadbalancing',
        'DescribeListenerAttributes',
        'DescribeListeners',
        'DescribeLoadBalancerAttributes',
        'DescribeLoadBalancers',
        'DescribeTags',
        'DescribeTrustStores',
      ),
      ['*'],
      inRegion,
    ),
    allow(
      'LoadBalancerServiceRole',
      ['iam:CreateServiceLinkedRole'],
      [
        `arn:${partition}:iam::${account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing`,
      ],
    ),
    ...(config.edge.clientAuthorities
      ? [
          allow('ClientAuthorities', actions('s3', 'GetObject', 'GetObjectVersion'), [
            `arn:${partition}:s3:::${config.edge.clientAuthorities.bucketName}/${config.edge.clientAuthorities.key}`,
          ]),
        ]
      : []),
  ];
}

function shield({ account, allow, config, partition }: Place) {
  if (!config.edge.shield) return [];
  return [
    allow('MakesProtections', ['shield:CreateProtection'], ['*']),
    allow(
      'Shield',
      actions(
        'shield',
        'DeleteProtection',
        'DescribeProtection',
        'ListTagsForResource',
        'TagResource',
        'UntagResource',
      ),
      [`arn:${partition}:shield::${account}:protection/*`],
    ),
  ];
}
