import { fsbp } from './controls';
import type { Reference } from './references';

const control = (id: string, what: string, more: Pick<Reference, 'judgedBy' | 'reason'> = {}): Reference => ({
  id,
  page: fsbp(id).source,
  what,
  ...more,
});

/**
 * The controls of AWS Security Hub that concern encryption, keys, TLS or secrets, of all its standards. A control without
 * `judgedBy` and without a reason is judged by the directives that name it (`fsbp:…`); where there are none it is open.
 *
 * As of 2026-11-25, from the standards' lists and the controls' pages; retired controls are left out:
 * - https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html
 * - https://docs.aws.amazon.com/securityhub/latest/userguide/standards-ai-security.html
 */
export const securityHubControls: readonly Reference[] = Object.freeze([
  control('ACM.1', 'Certificates of ACM are renewed in time', {
    reason: 'When a certificate expires is known in the account only; no template carries it.',
  }),
  control('ACM.2', 'RSA keys of ACM certificates have 2,048 bits or more', {
    reason:
      'A template requests certificates of 2,048 bits and more; smaller keys come with imported certificates, which no template makes.',
  }),
  control('APIGateway.2', 'REST API stages show a client certificate to their backend', {
    reason:
      'The certificate tells the backend who calls; whether the call is encrypted hangs on the scheme of the integration.',
  }),
  control('APIGateway.5', 'Caches of REST API stages are encrypted'),
  control('APIGateway.10', 'Private integrations of HTTP APIs speak HTTPS', {
    judgedBy: ['apigatewayv2-integration-https'],
  }),
  control('APIGateway.11', 'Domain names of API Gateway use one of the recommended TLS policies', {
    judgedBy: ['apigateway-domain-tls-policy'],
  }),
  control('AppSync.1', 'Caches of AppSync APIs are encrypted at rest', { judgedBy: ['appsync-api-cache-encrypted'] }),
  control('AppSync.6', 'Caches of AppSync APIs are encrypted in transit', { judgedBy: ['appsync-api-cache-tls'] }),
  control('Backup.1', 'Recovery points of AWS Backup are encrypted', { judgedBy: ['backup-vault-customer-key'] }),
  control('Bedrock.1', 'Data sources of Bedrock are encrypted under a customer managed key', {
    judgedBy: ['bedrock-data-source-customer-key'],
  }),
  control('BedrockAgentCore.3', 'Memories of Bedrock AgentCore are encrypted under a customer managed key', {
    judgedBy: ['bedrockagentcore-memory-customer-key'],
  }),
  control('BedrockAgentCore.4', 'Gateways of Bedrock AgentCore are encrypted under a customer managed key', {
    judgedBy: ['bedrockagentcore-gateway-customer-key'],
  }),
  control('CloudFront.3', 'Viewers reach CloudFront by HTTPS'),
  control('CloudFront.7', 'CloudFront distributions have a certificate of their own', {
    judgedBy: ['cloudfront-viewer-tls-policy'],
  }),
  control('CloudFront.8', 'Distributions with a certificate of their own serve HTTPS by SNI', {
    reason: 'SNI saves an address; a dedicated address serves the same TLS.',
  }),
  control('CloudFront.9', 'CloudFront speaks HTTPS to custom origins'),
  control('CloudFront.10', 'CloudFront does not speak SSLv3 to custom origins'),
  control('CloudFront.15', 'CloudFront distributions use the recommended TLS policy', {
    judgedBy: ['cloudfront-viewer-tls-policy'],
  }),
  control('CloudTrail.2', 'Trails are encrypted under a KMS key'),
  control('CloudTrail.4', 'Trails write signed digests of their log files'),
  control('CodeBuild.1', 'No source URL of a CodeBuild project holds a credential'),
  control('CodeBuild.2', 'No plaintext variable of a CodeBuild project holds an AWS access key'),
  control('CodeBuild.3', 'CodeBuild projects encrypt the logs they write to S3'),
  control('CodeBuild.7', 'CodeBuild report groups encrypt what they export'),
  control('DataFirehose.1', 'Firehose delivery streams are encrypted at rest'),
  control('DMS.9', 'DMS endpoints use SSL'),
  control('DMS.12', 'DMS endpoints for Redis use TLS'),
  control('DocumentDB.1', 'DocumentDB clusters are encrypted at rest'),
  control('DocumentDB.6', 'DocumentDB clusters demand TLS', { judgedBy: ['docdb-parameter-group-tls'] }),
  control('DynamoDB.3', 'DAX clusters are encrypted at rest'),
  control('DynamoDB.7', 'DAX clusters speak TLS'),
  control('EC2.3', 'EBS volumes are encrypted', { judgedBy: ['ec2-volume-encrypted'] }),
  control('EC2.7', 'The account encrypts new EBS volumes by default', {
    reason:
      'It is a setting of the account and Region that no CloudFormation type holds; each volume of a template is judged on its own.',
  }),
  control('EC2.173', 'Spot fleet requests encrypt the volumes they attach', {
    judgedBy: ['ec2-spot-fleet-volumes-encrypted'],
  }),
  control('EC2.181', 'Launch templates encrypt the volumes they attach', {
    judgedBy: ['ec2-launch-template-volumes-encrypted'],
  }),
  control('ECR.5', 'ECR repositories are encrypted under a customer managed key'),
  control('ECS.8', 'No environment variable of an ECS container is named like an AWS credential'),
  control('ECS.18', 'ECS tasks mount EFS volumes encrypted in transit'),
  control('EFS.1', 'EFS file systems are encrypted under a KMS key'),
  control('EFS.8', 'EFS file systems are encrypted', { judgedBy: ['efs-file-system-encrypted'] }),
  control('EKS.3', 'EKS clusters encrypt Kubernetes secrets under a KMS key'),
  control('ElastiCache.4', 'ElastiCache replication groups are encrypted at rest'),
  control('ElastiCache.5', 'ElastiCache replication groups are encrypted in transit'),
  control('ElastiCache.6', 'Replication groups of Redis before 6 ask for a token', {
    reason:
      'The token decides who may connect; what is sent is encrypted by elasticache-replication-group-tls, without which no token can be set.',
  }),
  control('ELB.1', 'HTTP listeners of Application Load Balancers redirect to HTTPS'),
  control('ELB.2', 'Classic Load Balancers use certificates of ACM', {
    reason: 'Who issues and renews the certificate does not change what is encrypted.',
  }),
  control('ELB.3', 'Listeners of Classic Load Balancers use HTTPS or TLS'),
  control('ELB.8', 'Classic Load Balancers use a strong predefined TLS policy'),
  control('ELB.17', 'Listeners of load balancers use one of the recommended TLS policies'),
  control('ELB.18', 'Listeners of load balancers use HTTPS or TLS', { judgedBy: ['elb-listener-encrypted'] }),
  control('ELB.21', 'Health checks of target groups use HTTPS', {
    reason: 'A health check carries no data of its own; how the target group speaks to its targets is what is asked.',
  }),
  control('ELB.22', 'Target groups speak HTTPS, TLS or QUIC to their targets', {
    judgedBy: ['elb-target-group-encrypted'],
  }),
  control('EMR.3', 'Security configurations of EMR encrypt at rest'),
  control('EMR.4', 'Security configurations of EMR encrypt in transit'),
  control('ES.1', 'Elasticsearch domains are encrypted at rest'),
  control('ES.3', 'Elasticsearch domains encrypt what their nodes send each other'),
  control('ES.8', 'Elasticsearch domains use the latest TLS policy'),
  control('Glue.3', 'Machine learning transforms of Glue are encrypted at rest'),
  control('IAM.3', 'Access keys of IAM users are not older than 90 days', {
    reason: 'The age of a key is known in the account only; no template carries it.',
  }),
  control('Kinesis.1', 'Kinesis streams are encrypted at rest'),
  control('KMS.1', 'Managed policies allow no decryption under all keys'),
  control('KMS.2', 'Inline policies allow no decryption under all keys'),
  control('KMS.3', 'No customer managed key waits for its deletion', {
    reason:
      'A deletion is scheduled by a call to KMS, by no property; live, a key that waits for it fails each directive that asks for a customer managed key.',
  }),
  control('KMS.4', 'Customer managed keys rotate'),
  control('KMS.5', 'No key policy gives everybody access'),
  control('MSK.1', 'Brokers of an MSK cluster speak TLS to each other'),
  control('MSK.3', 'MSK Connect connectors speak TLS'),
  control('Neptune.1', 'Neptune clusters are encrypted at rest'),
  control('Neptune.6', 'Snapshots of Neptune clusters are encrypted', {
    reason:
      'A snapshot is encrypted as its cluster is, which neptune-cluster-encrypted asks; no CloudFormation type makes one.',
  }),
  control('Opensearch.1', 'OpenSearch domains are encrypted at rest'),
  control('Opensearch.3', 'OpenSearch domains encrypt what their nodes send each other'),
  control('Opensearch.8', 'OpenSearch domains use the latest TLS policy'),
  control('RDS.3', 'RDS instances are encrypted at rest'),
  control('RDS.4', 'Snapshots of RDS are encrypted', {
    reason: 'A snapshot is encrypted as its database is, which rds-instance-encrypted and rds-cluster-encrypted ask.',
  }),
  control('RDS.27', 'Aurora and Multi-AZ clusters are encrypted at rest'),
  control('RDS.38', 'PostgreSQL instances demand TLS', { judgedBy: ['rds-parameter-group-force-ssl'] }),
  control('RDS.39', 'MySQL instances demand TLS', { judgedBy: ['rds-parameter-group-mysql-tls'] }),
  control('RDS.41', 'SQL Server instances demand TLS', { judgedBy: ['rds-parameter-group-force-ssl'] }),
  control('RDS.43', 'RDS proxies demand TLS'),
  control('RDS.44', 'MariaDB instances demand TLS', { judgedBy: ['rds-parameter-group-mysql-tls'] }),
  control('Redshift.2', 'Redshift clusters demand TLS'),
  control('Redshift.10', 'Redshift clusters are encrypted at rest'),
  control('RedshiftServerless.2', 'Workgroups of Redshift Serverless demand TLS'),
  control('RedshiftServerless.4', 'Namespaces of Redshift Serverless are encrypted under a customer managed key'),
  control('S3.5', 'Bucket policies turn away requests without TLS'),
  control('S3.17', 'Buckets encrypt by default under a KMS key'),
  control('SageMaker.9', 'Containers of a SageMaker data quality job speak encrypted to each other'),
  control('SageMaker.10', 'Containers of a SageMaker explainability job speak encrypted to each other'),
  control('SageMaker.13', 'Containers of a SageMaker model quality job speak encrypted to each other'),
  control('SageMaker.15', 'Containers of a SageMaker model bias job speak encrypted to each other'),
  control('SageMaker.17', 'Offline stores of SageMaker feature groups are encrypted under a KMS key'),
  control('SageMaker.18', 'Online stores of SageMaker feature groups are encrypted under a KMS key'),
  control('SageMaker.21', 'Volumes of SageMaker notebook instances are encrypted under a customer managed key'),
  control('SageMaker.22', 'Containers of a SageMaker monitoring schedule speak encrypted to each other'),
  control('SageMaker.23', 'Volumes of a SageMaker inference experiment are encrypted under a customer managed key'),
  control('SageMaker.24', 'What a SageMaker inference experiment captures is encrypted under a customer managed key'),
  control('SecretsManager.1', 'Secrets rotate'),
  control('SecretsManager.2', 'The rotation of secrets succeeds', {
    reason: 'Whether a rotation worked is known in the account only; no template carries it.',
  }),
  control('SecretsManager.3', 'Secrets were used within so many days', {
    reason: 'When a secret was used last is known in the account only; no template carries it.',
  }),
  control('SecretsManager.4', 'Secrets were rotated within so many days'),
  control('SES.3', 'Configuration sets of SES send by TLS only', { judgedBy: ['ses-configuration-set-tls'] }),
  control('SNS.1', 'SNS topics are encrypted under a KMS key', { judgedBy: ['sns-topic-encrypted'] }),
  control('SQS.1', 'SQS queues are encrypted at rest', { judgedBy: ['sqs-queue-encrypted'] }),
  control('Transfer.2', 'Servers of Transfer Family do not speak FTP'),
  control('WorkSpaces.1', 'User volumes of WorkSpaces are encrypted'),
  control('WorkSpaces.2', 'Root volumes of WorkSpaces are encrypted'),
]);
