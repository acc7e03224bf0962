import { Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { type FunctionName, functionCode } from './bundle';
import { lostQueue } from './messages';
import { acknowledge, acknowledgeInline, acknowledgeNist, acknowledgeResources } from './nag';
import { trust } from './roles';

/** A function of the account's controls. */
export interface ControlFunctionProps {
  /** The file in `bootstrap/functions/`. */
  readonly code: FunctionName;
  readonly functionName: string;
  readonly description: string;
  /** ARN of the key of its settings, its log and what it could not do. */
  readonly keyArn: string;
  readonly boundaryArn: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What its role may do, besides writing its log. */
  readonly statements: readonly iam.PolicyStatement[];
  readonly managedPolicies?: readonly string[];
  /** In seconds. */
  readonly timeout: number;
  /** In MB. */
  readonly memory: number;
  /** At most so many at once, so that the APIs it calls are left to others too. Without it, as many as asked for. */
  readonly concurrency?: number;
  /** Where its alarm rings. */
  readonly topicArn: string;
}

/**
 * A function with a role of its own inside a boundary, an encrypted log and settings, a queue for what it failed at, and
 * an alarm on its errors.
 */
export class ControlFunction extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: ControlFunctionProps) {
    super(scope, id);
    const { account, partition, region } = Stack.of(this);
    this.arn = `arn:${partition}:lambda:${region}:${account}:function:${props.functionName}`;
    const log = new logs.CfnLogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      kmsKeyId: props.keyArn,
      retentionInDays: 365,
    });
    log.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const { queue: failed } = lostQueue(this, 'Failed', {
      kmsMasterKeyId: props.keyArn,
      kmsDataKeyReusePeriodSeconds: 300,
    });
    const role = new iam.CfnRole(this, 'Role', {
      // Named, since the policy of the pipeline's key names who may use it.
      roleName: `${props.functionName}-${region}`,
      description: props.description,
      permissionsBoundary: props.boundaryArn,
      assumeRolePolicyDocument: trust(new iam.ServicePrincipal('lambda.amazonaws.com')),
      managedPolicyArns: [...(props.managedPolicies ?? [])],
      policies: [
        {
          policyName: 'work',
          policyDocument: new iam.PolicyDocument({
            statements: [
              new iam.PolicyStatement({
                actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                resources: [log.attrArn],
              }),
              new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failed.attrArn] }),
              new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [props.keyArn] }),
              ...props.statements,
            ],
          }),
        },
      ],
    });
    acknowledgeResources(role, role.policies, 'A log group holds many streams; what is judged is not known before.');
    for (const policy of props.managedPolicies ?? [])
      acknowledge(role, `IAM4[Policy::${policy}]`, 'AWS keeps this policy in step with its services; it only reads.');

    acknowledgeInline(role);

    const asset = new assets.Asset(this, 'Code', { path: functionCode(props.code) });
    const made = new lambda.CfnFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      runtime: lambda.Runtime.NODEJS_24_X.name,
      architectures: ['arm64'],
      handler: 'index.handler',
      code: { s3Bucket: asset.s3BucketName, s3Key: asset.s3ObjectKey, sourceKmsKeyArn: props.keyArn },
      role: role.attrArn,
      timeout: props.timeout,
      memorySize: props.memory,
      kmsKeyArn: props.keyArn,
      environment: { variables: { ...props.environment } },
      loggingConfig: { logGroup: log.ref },
      ...(props.concurrency === undefined ? {} : { reservedConcurrentExecutions: props.concurrency }),
    });
    acknowledgeNist(
      made,
      'LambdaInsideVPC',
      'It speaks to AWS alone, with TLS and a role of its own; a network would only add a way in.',
    );
    acknowledgeNist(
      made,
      'LambdaDLQ',
      'What it failed at goes to a queue by its on-failure destination, which keeps the reason too.',
    );
    if (props.concurrency === undefined) {
      acknowledgeNist(
        made,
        'LambdaConcurrency',
        'CloudFormation waits for its answer: a limit of its own would stop deployments that have nothing wrong with them.',
      );
    }
    new lambda.CfnEventInvokeConfig(this, 'Invocation', {
      functionName: made.ref,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 21_600,
      destinationConfig: { onFailure: { destination: failed.attrArn } },
    });
    new cloudwatch.CfnAlarm(this, 'Errors', {
      alarmDescription: `${props.functionName} could not do its work: see ${Fn.select(6, Fn.split(':', log.attrArn))}`,
      namespace: 'AWS/Lambda',
      metricName: 'Errors',
      dimensions: [{ name: 'FunctionName', value: made.ref }],
      statistic: 'Sum',
      period: 300,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      treatMissingData: 'notBreaching',
      alarmActions: [props.topicArn],
    });
  }
}
