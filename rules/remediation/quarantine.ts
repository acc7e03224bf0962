import type { Call, Quarantine } from './remediation';

const s3 = (api: 'QuarantineBucket' | 'ReleaseBucket'): Call => ({
  service: 's3',
  api,
  parameters: { Bucket: { from: 'id' } },
  actions: ['s3:DeleteBucketPolicy', 's3:GetBucketPolicy', 's3:PutBucketPolicy'],
  resource: 'arn:{partition}:s3:::*',
  page: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html',
});
const sns = (api: 'QuarantineTopic' | 'ReleaseTopic'): Call => ({
  service: 'sns',
  api,
  parameters: { TopicArn: { from: 'id' } },
  actions: ['sns:GetTopicAttributes', 'sns:SetTopicAttributes'],
  resource: 'arn:{partition}:sns:{region}:{account}:*',
  page: 'https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html',
});
const sqs = (api: 'QuarantineQueue' | 'ReleaseQueue'): Call => ({
  service: 'sqs',
  api,
  parameters: { QueueUrl: { from: 'id' } },
  actions: ['sqs:GetQueueAttributes', 'sqs:SetQueueAttributes'],
  resource: 'arn:{partition}:sqs:{region}:{account}:*',
  page: 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html',
});
const rds = (api: 'StopDBInstance' | 'StartDBInstance'): Call => ({
  service: 'rds',
  api,
  parameters: { DBInstanceIdentifier: { from: 'id' } },
  actions: [`rds:${api}`],
  resource: 'arn:{partition}:rds:{region}:{account}:db:*',
  page: `https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_${api}.html`,
});

/**
 * What stops further exposure of a resource and can be taken back without a loss, by type. What is not here has no such
 * way: deleting, detaching or terminating is none, and stopping an EC2 instance would lose its instance store.
 */
export const quarantines: Readonly<Record<string, Quarantine>> = Object.freeze({
  'AWS::S3::Bucket': {
    what: 'a statement in the bucket policy that denies everybody its objects, but the principals in remediation.breakGlass',
    undo: 'the statement is taken away by cipherline remediate --release; the rest of the policy is left as it is',
    call: s3('QuarantineBucket'),
    release: s3('ReleaseBucket'),
  },
  'AWS::SNS::Topic': {
    what: 'a statement in the topic policy that denies everybody to publish and to subscribe, but the principals in remediation.breakGlass',
    undo: 'the statement is taken away by cipherline remediate --release; the rest of the policy is left as it is',
    call: sns('QuarantineTopic'),
    release: sns('ReleaseTopic'),
  },
  'AWS::SQS::Queue': {
    what: 'a statement in the queue policy that denies everybody to send and to receive, but the principals in remediation.breakGlass',
    undo: 'the statement is taken away by cipherline remediate --release; the messages wait for as long as the queue retains them',
    call: sqs('QuarantineQueue'),
    release: sqs('ReleaseQueue'),
  },
  'AWS::RDS::DBInstance': {
    what: 'the instance is stopped: its storage, address and backups stay',
    undo: 'it is started by cipherline remediate --release; RDS does so by itself after seven days',
    call: rds('StopDBInstance'),
    release: rds('StartDBInstance'),
  },
});
