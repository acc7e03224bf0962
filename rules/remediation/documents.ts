import type { OwnedDocument } from './remediation';

const guide = 'https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide';

/**
 * The Automation documents AWS owns that mend what a directive finds, by the directive's id. Each was read on its page,
 * with its parameters and the actions its role needs. Left out, because they do not mend what we demand:
 * AWS-EnableS3BucketEncryption (it takes no key), AWS-EnableS3BucketKeys (it takes SSE-S3 where it is given no key) and
 * AWS-EnableAthenaWorkGroupEncryptionAtRest, AWS-EnableSQSEncryption, and those of AWSConfigRemediation that configure
 * CodeBuild projects, encrypt the variables of Lambda functions or Redshift clusters (no managed rule, by which AWS
 * Config could start them, asks the same).
 */
export const documents: Readonly<Record<string, OwnedDocument>> = Object.freeze({
  'kms-key-rotation': {
    name: 'AWSConfigRemediation-EnableKeyRotation',
    page: `${guide}/automation-aws-enable-key-rotation.html`,
    rule: 'CMK_BACKING_KEY_ROTATION_ENABLED',
    resource: 'KeyId',
    actions: ['kms:EnableKeyRotation', 'kms:GetKeyRotationStatus'],
  },
  'cloudtrail-trail-log-validation': {
    name: 'AWSConfigRemediation-EnableCloudTrailLogFileValidation',
    page: `${guide}/automation-aws-enable-ctrail-log-validation.html`,
    rule: 'CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED',
    resource: 'TrailName',
    actions: ['cloudtrail:DescribeTrails', 'cloudtrail:UpdateTrail'],
  },
  'cloudtrail-trail-customer-key': {
    name: 'AWSConfigRemediation-EnableCloudTrailEncryptionWithKMS',
    page: `${guide}/automation-aws-ctrail-kms.html`,
    rule: 'CLOUD_TRAIL_ENCRYPTION_ENABLED',
    resource: 'TrailName',
    key: 'KMSKeyId',
    actions: ['cloudtrail:GetTrail', 'cloudtrail:UpdateTrail'],
  },
  'dynamodb-table-customer-key': {
    name: 'AWSConfigRemediation-EnableEncryptionOnDynamoDbTable',
    page: `${guide}/automation-aws-enable-ddb-encrypt.html`,
    rule: 'DYNAMODB_TABLE_ENCRYPTED_KMS',
    resource: 'TableName',
    key: 'KMSKeyId',
    actions: ['dynamodb:DescribeTable', 'dynamodb:UpdateTable'],
  },
  's3-bucket-tls-only': {
    name: 'AWSConfigRemediation-RestrictBucketSSLRequestsOnly',
    page: `${guide}/automation-aws-s3-deny-http.html`,
    rule: 'S3_BUCKET_SSL_REQUESTS_ONLY',
    resource: 'BucketName',
    actions: ['s3:DeleteBucketPolicy', 's3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:PutEncryptionConfiguration'],
  },
  'sns-topic-encrypted': {
    name: 'AWSConfigRemediation-EncryptSNSTopic',
    page: `${guide}/automation-aws-encrypt-sns-topic.html`,
    rule: 'SNS_ENCRYPTED_KMS',
    resource: 'TopicArn',
    key: 'KmsKeyArn',
    actions: ['sns:GetTopicAttributes', 'sns:SetTopicAttributes'],
  },
  'kinesis-stream-encrypted': {
    name: 'AWS-EnableKinesisStreamEncryption',
    page: `${guide}/aws-enablekinesisstreamencryption.html`,
    rule: 'KINESIS_STREAM_ENCRYPTED',
    resource: 'KinesisStreamName',
    key: 'KeyId',
    actions: ['kinesis:DescribeStream', 'kinesis:StartStreamEncryption', 'kms:DescribeKey'],
  },
  'cloudfront-viewer-https': {
    name: 'AWSConfigRemediation-EnableCloudFrontViewerPolicyHTTPS',
    page: `${guide}/automation-aws-enable-cloudfront-viewer-policy.html`,
    rule: 'CLOUDFRONT_VIEWER_POLICY_HTTPS',
    resource: 'CloudFrontDistributionId',
    fixed: { ViewerProtocolPolicy: 'redirect-to-https' },
    actions: ['cloudfront:GetDistribution', 'cloudfront:GetDistributionConfig', 'cloudfront:UpdateDistribution'],
  },
  'opensearch-domain-https': {
    name: 'AWSConfigRemediation-EnforceHTTPSOnOpenSearchDomain',
    page: `${guide}/automation-aws-enforce-https-opensearch.html`,
    rule: 'OPENSEARCH_HTTPS_REQUIRED',
    resource: 'DomainName',
    actions: ['es:DescribeDomain', 'es:UpdateDomainConfig'],
  },
});
