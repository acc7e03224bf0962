import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as awsConfig from 'aws-cdk-lib/aws-config';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config, Environment } from '../pipeline/config';
import { names } from '../pipeline/names';
import type { RemediationSettings } from '../pipeline/remediation/handler';
import { dataClassOf } from '../pipeline/remediation/settings';
import { verify } from '../pipeline/stages/verify';
import type { Directive } from '../rules/directive';
import { type Call, documents, quarantines, remediationOf } from '../rules/remediation';
import { writers } from '../rules/remediation/calls';
import { updateTypes } from '../rules/remediation/table';
import { catalogue } from '../rules/services';
import type { WrittenWaiver } from '../rules/waivers';
import { privateBucket, tlsOnly } from './detective';
import { lostQueue, serviceHere } from './messages';
import { acknowledgeBucket, acknowledgeInline, acknowledgeNist, acknowledgeResources } from './nag';
import { permissionsDocument, trust } from './roles';

/** What the responsive part needs from its surroundings. */
export interface RemediationProps {
  readonly config: Config;
  /** The environments of this account and region; there must be one. */
  readonly environments: readonly [Environment, ...Environment[]];
  /** The folder with the bundled function: `functionCode('remediate')`. */
  readonly code: string;
  /** ARN of the pipeline's key in this account and region, for what takes no alias. */
  readonly keyArn: string;
  /** ARN of the same key's alias. */
  readonly aliasArn: string;
  /** The boundary of the controls' functions. */
  readonly boundaryArn: string;
  /** The topic of the notifications, where it is in this account and region. */
  readonly topicArn?: string;
  /** Names of the AWS Config rules of this account and region, by the identifier of the managed rule. */
  readonly rules: Readonly<Record<string, string>>;
  /** The fork's waivers, as they are written. */
  readonly waivers: readonly WrittenWaiver[];
}

/** The mode of a directive. */
const modeOf = ({ remediation }: Config, { id }: Directive) => remediation.perDirective[id] ?? remediation.mode;

/** The calls the function may make, by the configuration: none where people are told only. */
export function callsOf(config: Config): readonly Call[] {
  const calls = catalogue.flatMap((directive): readonly Call[] => {
    const mode = modeOf(config, directive);
    if (mode === 'notify') return [];
    const remediation = remediationOf(directive);
    const own =
      remediation.how === 'none'
        ? []
        : remediation.calls.filter(
            ({ service, parameters }) =>
              service !== 'cloudcontrol' || config.remediation.types.some((type) => isFor(type, parameters)),
          );
    const quarantine = mode === 'quarantine' ? quarantines[directive.type] : undefined;
    return [...own, ...(quarantine ? [quarantine.call] : [])];
  });
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()];
}

const isFor = (type: string, { TypeName }: Call['parameters']): boolean =>
  TypeName !== undefined && 'literal' in TypeName && TypeName.literal === type;

/**
 * Answers to what AWS Config finds: a function that reads the resource again and tells, mends or quarantines, as the
 * configuration says; AWS's own documents for a person, or the function, to start; an audit that nobody can write over.
 */
export class Remediation extends Construct {
  readonly function: lambda.CfnFunction;
  /** Where the audit entries are. */
  readonly evidence: s3.CfnBucket;

  constructor(scope: Construct, id: string, props: RemediationProps) {
    super(scope, id);
    const { config, keyArn, aliasArn } = props;
    const { account } = Stack.of(this);
    for (const type of config.remediation.types) {
      if (!updateTypes[type]?.update && !writers[type])
        throw new Error(`remediation.types: Cloud Control cannot change ${type}, or no directive is about it`);
    }
    this.evidence = evidenceBucket(this, aliasArn);
    const documented = this.remediationConfigurations(props);
    const settings = new Asset(this, 'Settings', { path: settingsFile(props) });
    const code = new Asset(this, 'Code', { path: props.code });

    const log = new logs.CfnLogGroup(this, 'Log', { kmsKeyId: keyArn, retentionInDays: 365 });
    log.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const { queue: lost, policy: lostPolicy } = lostQueue(this, 'Lost', { kmsMasterKeyId: aliasArn }, [
      serviceHere(this, 'Events', 'events.amazonaws.com'),
    ]);

    const role = this.role(props, { log, lost, settings, documented });
    const pages = config.source.kind === 'github' ? pagesOf(config.source) : '';
    this.function = new lambda.CfnFunction(this, 'Function', {
      description: 'Tells of, mends or quarantines what AWS Config found not to comply',
      runtime: lambda.Runtime.NODEJS_24_X.name,
      architectures: ['arm64'],
      handler: 'index.handler',
      code: { s3Bucket: code.s3BucketName, s3Key: code.s3ObjectKey, sourceKmsKeyArn: keyArn },
      role: role.attrArn,
      // A document of AWS's may take five minutes, and one of Cloud Control's handlers two.
      timeout: 600,
      memorySize: 512,
      // One at a time: what it changes is changed in order, and the services' APIs are left in peace.
      reservedConcurrentExecutions: 1,
      kmsKeyArn: keyArn,
      deadLetterConfig: { targetArn: lost.attrArn },
      loggingConfig: { logGroup: log.ref },
      environment: {
        variables: {
          SETTINGS_BUCKET: settings.s3BucketName,
          SETTINGS_KEY: settings.s3ObjectKey,
          EVIDENCE_BUCKET: this.evidence.ref,
          PAGES: pages,
          RULES: Stack.of(this).toJsonString(documented),
          ...(props.topicArn === undefined ? {} : { TOPIC_ARN: props.topicArn }),
        },
      },
    });
    acknowledgeNist(
      this.function,
      'LambdaInsideVPC',
      'It calls the APIs of AWS only, over TLS; a network of its own would have to be kept and paid for.',
    );
    new lambda.CfnEventInvokeConfig(this, 'Invoke', {
      functionName: this.function.ref,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 21_600,
    });

    const rule = new events.CfnRule(this, 'Found', {
      description: 'What AWS Config finds not to comply goes to the remediation',
      eventPattern: {
        source: ['aws.config'],
        'detail-type': ['Config Rules Compliance Change'],
        detail: { newEvaluationResult: { complianceType: ['NON_COMPLIANT'] } },
      },
      targets: [
        {
          id: 'remediate',
          arn: this.function.attrArn,
          retryPolicy: { maximumRetryAttempts: 10, maximumEventAgeInSeconds: 21_600 },
          deadLetterConfig: { arn: lost.attrArn },
        },
      ],
    });
    rule.addResourceDependency(lostPolicy);
    new lambda.CfnPermission(this, 'FromEvents', {
      action: 'lambda:InvokeFunction',
      functionName: this.function.ref,
      principal: 'events.amazonaws.com',
      sourceAccount: account,
      sourceArn: rule.attrArn,
    });
  }

  /** AWS's documents, for the rules that are there: started on demand, by a person or by the function. */
  private remediationConfigurations({
    config,
    environments,
    rules,
    boundaryArn,
  }: RemediationProps): Record<string, string> {
    const { account, partition, region } = Stack.of(this);
    const named = names(config.name);
    const [first] = environments;
    const usable = Object.entries(documents).flatMap(([id, document]) => {
      const directive = catalogue.find((one) => one.id === id);
      const rule = rules[document.rule];
      // A configuration has one key for every resource: where two environments share the place, only the function,
      // which knows whose the resource is, can choose.
      if (!directive || rule === undefined || (document.key !== undefined && environments.length > 1)) return [];
      const dataClass =
        document.key === undefined ? undefined : dataClassOf(directive.type, config.remediation.dataClasses);
      if (document.key !== undefined && dataClass === undefined) return [];
      const key =
        dataClass === undefined
          ? undefined
          : `arn:${partition}:kms:${region}:${account}:${named.alias(first.name, dataClass)}`;
      return [{ directive, document, rule, key }];
    });
    if (usable.length === 0) return {};
    const automation = new iam.CfnRole(this, 'Automation', {
      roleName: named.automationRole(region),
      description: 'What the Automation documents that AWS Config starts may do',
      permissionsBoundary: boundaryArn,
      assumeRolePolicyDocument: trust(new iam.ServicePrincipal('ssm.amazonaws.com'), {
        StringEquals: { 'aws:SourceAccount': [account] },
      }),
      policies: [
        {
          policyName: 'documents',
          policyDocument: new iam.PolicyDocument({
            statements: [
              new iam.PolicyStatement({
                actions: [...new Set(usable.flatMap(({ document }) => document.actions))].sort(),
                resources: ['*'],
                conditions: { StringEquals: { 'aws:RequestedRegion': region } },
              }),
            ],
          }),
        },
      ],
    });
    acknowledgeInline(automation);
    acknowledgeResources(
      automation,
      automation.policies,
      'Which resource it is, AWS Config says when it starts a document.',
    );
    for (const { document, rule, key, directive } of usable) {
      new awsConfig.CfnRemediationConfiguration(this, `Document-${directive.id}`, {
        configRuleName: rule,
        targetType: 'SSM_DOCUMENT',
        targetId: document.name,
        // Never by AWS Config itself: it looks neither at the waivers, nor at whose the resource is, nor at it again. In
        // the modes `enable` and `quarantine` the function starts it, once it has.
        automatic: false,
        maximumAutomaticAttempts: 3,
        retryAttemptSeconds: 300,
        executionControls: { ssmControls: { concurrentExecutionRatePercentage: 10, errorPercentage: 10 } },
        parameters: {
          AutomationAssumeRole: { StaticValue: { Values: [automation.attrArn] } },
          [document.resource]: { ResourceValue: { Value: 'RESOURCE_ID' } },
          ...(document.key === undefined || key === undefined
            ? {}
            : { [document.key]: { StaticValue: { Values: [key] } } }),
          ...Object.fromEntries(
            Object.entries(document.fixed ?? {}).map(([name, value]) => [name, { StaticValue: { Values: [value] } }]),
          ),
        },
      });
    }
    return Object.fromEntries(usable.map(({ document, rule }) => [document.rule, rule]));
  }

  private role(
    { config, environments, keyArn, topicArn, boundaryArn }: RemediationProps,
    uses: {
      readonly log: logs.CfnLogGroup;
      readonly lost: sqs.CfnQueue;
      readonly settings: Asset;
      readonly documented: Readonly<Record<string, string>>;
    },
  ): iam.CfnRole {
    const { account, partition, region } = Stack.of(this);
    const named = names(config.name);
    const [first] = environments;
    const allow = (actions: readonly string[], resources: readonly string[], conditions?: Conditions) =>
      new iam.PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(conditions ? { conditions } : {}),
      });
    const calls = callsOf(config);
    const starts = Object.values(uses.documented).length > 0 && calls.length > 0;
    const fill = (text: string) =>
      text.replaceAll('{account}', account).replaceAll('{partition}', partition).replaceAll('{region}', region);
    const byResource = new Map<string, Set<string>>();
    for (const { resource, actions } of calls) {
      const known = byResource.get(resource) ?? new Set<string>();
      for (const action of actions) known.add(action);
      byResource.set(resource, known);
    }
    const services = ['dynamodb', 'ec2', 'kinesis', 'lambda', 'rds', 's3', 'secretsmanager', 'sns', 'sqs'];
    const keysOfEnvironments = {
      'ForAnyValue:StringLike': {
        'kms:ResourceAliases': environments.map(({ name }) => `alias/${config.name}/${name}/*`),
      },
      StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`) },
    };
    const role = new iam.CfnRole(this, 'Role', {
      // Named, because the pipeline's key knows its users by name (pipelineKeyUsers in bootstrap/app.ts).
      roleName: named.remediationRole(region),
      description: 'Reads what is deployed, and changes what the remediation is configured to change',
      permissionsBoundary: boundaryArn,
      assumeRolePolicyDocument: trust(new iam.ServicePrincipal('lambda.amazonaws.com')),
      policies: [
        { policyName: 'read', policyDocument: permissionsDocument(this, config, first.name, verify.permissions) },
        {
          policyName: 'work',
          policyDocument: new iam.PolicyDocument({
            statements: [
              allow(['cloudformation:DescribeStackResources'], ['*'], {
                StringEquals: { 'aws:RequestedRegion': region },
              }),
              allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [uses.log.attrArn]),
              allow(['sqs:SendMessage'], [uses.lost.attrArn]),
              allow(['s3:GetObject'], [`${uses.settings.bucket.bucketArn}/${uses.settings.s3ObjectKey}`]),
              allow(['s3:PutObject'], [`${this.evidence.attrArn}/remediation/*`]),
              allow(['kms:Decrypt', 'kms:GenerateDataKey'], [keyArn], {
                StringEquals: {
                  'kms:ViaService': ['lambda', 's3', 'sns', 'sqs'].map(
                    (service) => `${service}.${region}.amazonaws.com`,
                  ),
                },
              }),
              ...(topicArn === undefined ? [] : [allow(['sns:Publish'], [topicArn])]),
            ],
          }),
        },
        ...(byResource.size === 0
          ? []
          : [
              {
                policyName: 'mend',
                policyDocument: new iam.PolicyDocument({
                  statements: [
                    ...[...byResource].map(([resource, actions]) => allow([...actions].sort(), [fill(resource)])),
                    allow(
                      ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
                      [`arn:${partition}:kms:${region}:${account}:key/*`],
                      keysOfEnvironments,
                    ),
                    ...(starts
                      ? [
                          allow(
                            ['config:DescribeRemediationExecutionStatus', 'config:StartRemediationExecution'],
                            ['*'],
                          ),
                        ]
                      : []),
                  ],
                }),
              },
            ]),
      ],
    });
    acknowledgeInline(role);
    acknowledgeResources(
      role,
      role.policies,
      'Which resource it is, AWS Config says; the function touches only those of the environments’ stacks. Most Describe and List actions know no resources.',
    );
    return role;
  }
}

type Conditions = Record<string, Record<string, string | string[]>>;

/** The pages of the directives, where a person can read them. */
const pagesOf = ({ owner, repo, branch }: { owner: string; repo: string; branch: string }): string =>
  `https://github.com/${owner}/${repo}/blob/${branch}/docs/directives/`;

/** What the function reads when it starts: a file, for the variables of a function hold 4 KB. */
function settingsFile({ config, environments, waivers }: RemediationProps): string {
  const settings: Omit<RemediationSettings, 'rules'> = {
    name: config.name,
    environments: environments.map(({ name, profile }) => ({
      name,
      profile: profile === 'encrypted' ? 'encrypted' : 'default',
    })),
    config: config.remediation,
    waivers: waivers.map(({ value, where }) => ({ value, where })),
  };
  const file = join(mkdtempSync(join(tmpdir(), 'cipherline-remediation-')), 'settings.json');
  writeFileSync(file, JSON.stringify(settings, null, 2));
  return file;
}

/** The audit: encrypted, versioned, and locked for a year, so that nobody but the account's root can shorten it. */
function evidenceBucket(scope: Construct, aliasArn: string): s3.CfnBucket {
  const { lifecycleConfiguration: _, ...settings } = privateBucket;
  const bucket = new s3.CfnBucket(scope, 'Evidence', {
    bucketEncryption: {
      serverSideEncryptionConfiguration: [
        {
          serverSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: aliasArn },
          bucketKeyEnabled: true,
          blockedEncryptionTypes: { encryptionType: ['SSE-C'] },
        },
      ],
    },
    ...settings,
    objectLockEnabled: true,
    objectLockConfiguration: {
      objectLockEnabled: 'Enabled',
      rule: { defaultRetention: { mode: 'GOVERNANCE', days: 365 } },
    },
  });
  bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
  tlsOnly(scope, 'EvidencePolicy', bucket);
  acknowledgeBucket(bucket, 'The log group has every entry too; a second copy would be a second place to guard.');
  return bucket;
}
