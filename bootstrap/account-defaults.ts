import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledgeInline, acknowledgeNist, acknowledgeResources } from './nag';
import { trust } from './roles';

/** What the setting needs. */
export interface AccountDefaultsProps {
  /** ARN of the key of every volume that names none. */
  readonly volumeKeyArn: string;
  /** ARN of the key of the function's log group. */
  readonly logKeyArn: string;
}

/**
 * What no CloudFormation type sets, so that a function does: EBS encryption by default for the account in this region,
 * under a key of its own, and the account's block of public access to S3. Taking the stack away leaves both on: removing
 * a tool must not weaken an account.
 */
export class AccountDefaults extends Construct {
  constructor(scope: Construct, id: string, props: AccountDefaultsProps) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    const log = new logs.CfnLogGroup(this, 'Log', { kmsKeyId: props.logKeyArn, retentionInDays: 365 });
    log.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const role = new iam.CfnRole(this, 'Role', {
      description: 'Switches EBS encryption by default on, and public access to S3 off',
      assumeRolePolicyDocument: trust(new iam.ServicePrincipal('lambda.amazonaws.com')),
      policies: [
        {
          policyName: 'ebs-default',
          policyDocument: new iam.PolicyDocument({
            statements: [
              new iam.PolicyStatement({
                actions: ['ec2:EnableEbsEncryptionByDefault', 'ec2:ModifyEbsDefaultKmsKeyId'],
                resources: ['*'],
                conditions: { StringEquals: { 'aws:RequestedRegion': region } },
              }),
              new iam.PolicyStatement({ actions: ['s3:PutAccountPublicAccessBlock'], resources: ['*'] }),
              new iam.PolicyStatement({ actions: ['kms:DescribeKey'], resources: [props.volumeKeyArn] }),
              new iam.PolicyStatement({
                actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                resources: [log.attrArn],
              }),
            ],
          }),
        },
      ],
    });
    acknowledgeResources(
      role,
      role.policies,
      'The setting belongs to the account: its actions know no resource. A log group holds many streams.',
    );
    acknowledgeInline(role);
    const setter = new lambda.CfnFunction(this, 'Setter', {
      description: 'Switches EBS encryption by default on, under a key of the account, and public access to S3 off',
      runtime: lambda.Runtime.NODEJS_24_X.name,
      architectures: ['arm64'],
      handler: 'index.handler',
      code: { zipFile: SETTER },
      role: role.attrArn,
      timeout: 60,
      memorySize: 256,
      loggingConfig: { logGroup: log.ref },
    });
    const byCloudFormation = 'CloudFormation alone calls it, once per deployment, and reports what it answers.';
    for (const rule of ['LambdaConcurrency', 'LambdaDLQ']) acknowledgeNist(setter, rule, byCloudFormation);
    acknowledgeNist(
      setter,
      'LambdaInsideVPC',
      'It calls the public endpoint of EC2 and nothing else; a bootstrap that needs a network would need one first.',
    );
    new CustomResource(this, 'Setting', {
      serviceToken: setter.attrArn,
      resourceType: 'Custom::EbsEncryptionByDefault',
      // A function that dies before it can answer would else be waited for an hour.
      serviceTimeout: Duration.minutes(5),
      properties: { KmsKeyId: props.volumeKeyArn, AccountId: account },
    });
  }
}

/**
 * The function. It answers CloudFormation whatever happens, for a stack that hears nothing waits an hour.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
export const SETTER = `exports.handler = async (event, context) => {
  const answer = {
    Status: 'SUCCESS',
    PhysicalResourceId: event.PhysicalResourceId || 'ebs-encryption-by-default',
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  };
  try {
    if (event.RequestType !== 'Delete') {
      // Loaded here, so that a failure to load is answered too.
      const { EC2Client, EnableEbsEncryptionByDefaultCommand, ModifyEbsDefaultKmsKeyIdCommand } = require('@aws-sdk/client-ec2');
      const ec2 = new EC2Client({});
      await ec2.send(new EnableEbsEncryptionByDefaultCommand({}));
      const { KmsKeyId, AccountId } = event.ResourceProperties;
      await ec2.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId }));
      // An endpoint of its own is an emulator, whose S3 knows no account.
      if (!process.env.AWS_ENDPOINT_URL) {
        const { S3ControlClient, PutPublicAccessBlockCommand } = require('@aws-sdk/client-s3-control');
        await new S3ControlClient({}).send(
          new PutPublicAccessBlockCommand({
            AccountId,
            PublicAccessBlockConfiguration: {
              BlockPublicAcls: true,
              IgnorePublicAcls: true,
              BlockPublicPolicy: true,
              RestrictPublicBuckets: true,
            },
          }),
        );
      }
    }
  } catch (error) {
    answer.Status = 'FAILED';
    answer.Reason = error.name + ': ' + error.message + ' (log stream ' + context.logStreamName + ')';
  }
  const body = JSON.stringify(answer);
  const response = await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
  if (!response.ok) throw new Error('CloudFormation did not take the answer: ' + response.status);
};
`;
