import type { Reference } from './references';

const rule = (id: string, what: string, more: Pick<Reference, 'judgedBy' | 'reason'> = {}): Reference => ({
  id,
  page: `https://docs.aws.amazon.com/config/latest/developerguide/${id.toLowerCase().replaceAll('_', '-')}.html`,
  what,
  ...more,
});

/**
 * The AWS Config managed rules that concern encryption, keys, TLS or secrets. A rule without `judgedBy` and without a
 * reason is judged by the directives that name it in `config`; where there are none it is open.
 *
 * As of 2026-11-25, from the identifiers in aws-cdk-lib (aws-config/lib/rule.d.ts), AWS's pages of the rules and of
 * the Security Hub controls, and the rules announced in July 2026:
 * - https://docs.aws.amazon.com/config/latest/developerguide/managed-rules-by-aws-config.html
 * - https://aws.amazon.com/about-aws/whats-new/2026/07/aws-config-additional-managed-rules
 */
export const managedRules: readonly Reference[] = Object.freeze([
  rule('ACCESS_KEYS_ROTATED', 'Access keys of IAM users are not older than so many days', {
    reason: 'The age of a key is known in the account only; no template carries it.',
  }),
  rule('ACM_CERTIFICATE_EXPIRATION_CHECK', 'ACM certificates do not expire soon', {
    reason: 'When a certificate expires is known in the account only; no template carries it.',
  }),
  rule('ACM_CERTIFICATE_RSA_CHECK', 'RSA keys of ACM certificates have 2,048 bits or more', {
    reason:
      'A template requests certificates of 2,048 bits and more; smaller keys come with imported certificates, which no template makes.',
  }),
  rule('ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK', 'HTTP listeners of Application Load Balancers redirect to HTTPS'),
  rule('APIGATEWAYV2_INTEGRATION_PRIVATE_HTTPS_ENABLED', 'Private integrations of HTTP APIs speak HTTPS', {
    judgedBy: ['apigatewayv2-integration-https'],
  }),
  rule('APIGATEWAY_DOMAIN_NAME_TLS_CHECK', 'Domain names of API Gateway use one of the recommended TLS policies', {
    judgedBy: ['apigateway-domain-tls-policy'],
  }),
  rule('API_GW_CACHE_ENABLED_AND_ENCRYPTED', 'Methods of API Gateway stages cache, and encrypt what they cache', {
    judgedBy: ['apigateway-stage-cache-encrypted'],
  }),
  rule('API_GW_SSL_ENABLED', 'REST API stages show a client certificate to their backend', {
    reason:
      'The certificate tells the backend who calls; whether the call is encrypted hangs on the scheme of the integration.',
  }),
  rule(
    'APPMESH_VIRTUAL_GATEWAY_BACKEND_DEFAULTS_TLS',
    'Virtual gateways of App Mesh enforce TLS towards their backends',
    { judgedBy: ['appmesh-virtual-gateway-backend-tls'] },
  ),
  rule(
    'APPMESH_VIRTUAL_NODE_BACKEND_DEFAULTS_TLS_ON',
    'Virtual nodes of App Mesh enforce TLS towards their backends by default',
    { judgedBy: ['appmesh-virtual-node-backend-tls'] },
  ),
  rule(
    'APPMESH_VIRTUAL_NODE_SERVICE_BACKENDS_TLS_ENFORCED',
    'Virtual nodes of App Mesh enforce TLS towards each backend',
    { judgedBy: ['appmesh-virtual-node-backend-tls'] },
  ),
  rule('APPSYNC_CACHE_CT_ENCRYPTION_AT_REST', 'Caches of AppSync APIs are encrypted at rest'),
  rule('APPSYNC_CACHE_CT_ENCRYPTION_IN_TRANSIT', 'Caches of AppSync APIs are encrypted in transit'),
  rule(
    'APPSYNC_CACHE_ENCRYPTION_AT_REST',
    'Caches of AppSync APIs are encrypted at rest (the older form of the rule)',
    { judgedBy: ['appsync-api-cache-encrypted'] },
  ),
  rule('ATHENA_WORKGROUP_ENCRYPTED_AT_REST', 'Athena work groups encrypt their results', {
    judgedBy: ['athena-work-group-results-customer-key'],
  }),
  rule('BACKUP_RECOVERY_POINT_ENCRYPTED', 'Recovery points of AWS Backup are encrypted', {
    judgedBy: ['backup-vault-customer-key'],
  }),
  rule(
    'BEDROCKAGENTCORE_GATEWAY_ENCRYPTION_ENABLED',
    'Gateways of Bedrock AgentCore are encrypted under a customer managed key',
    { judgedBy: ['bedrockagentcore-gateway-customer-key'] },
  ),
  rule(
    'BEDROCK_AGENTCORE_MEMORY_ENCRYPTION_ENABLED',
    'Memories of Bedrock AgentCore are encrypted under a customer managed key',
  ),
  rule('BEDROCK_DATA_SOURCE_ENCRYPTION_ENABLED', 'Data sources of Bedrock are encrypted under a customer managed key'),
  rule('CLOUDFRONT_CUSTOM_SSL_CERTIFICATE', 'CloudFront distributions have a certificate of their own', {
    judgedBy: ['cloudfront-viewer-tls-policy'],
  }),
  rule(
    'CLOUDFRONT_DISTRIBUTION_KEY_GROUP_ENABLED',
    'Distributions that sign URLs trust key groups, not the root user’s key pairs',
    { reason: 'Signed URLs decide who may read, not whether what is read is encrypted.' },
  ),
  rule('CLOUDFRONT_NO_DEPRECATED_SSL_PROTOCOLS', 'CloudFront does not speak SSLv3 to custom origins'),
  rule('CLOUDFRONT_SECURITY_POLICY_CHECK', 'Viewers reach CloudFront by TLS 1.2 or later'),
  rule('CLOUDFRONT_SNI_ENABLED', 'Distributions with a certificate of their own serve HTTPS by SNI', {
    reason: 'SNI saves an address; a dedicated address serves the same TLS.',
  }),
  rule('CLOUDFRONT_SSL_POLICY_CHECK', 'CloudFront distributions use one of the named TLS policies', {
    judgedBy: ['cloudfront-viewer-tls-policy'],
  }),
  rule('CLOUDFRONT_TRAFFIC_TO_ORIGIN_ENCRYPTED', 'CloudFront speaks HTTPS to custom origins'),
  rule('CLOUDFRONT_VIEWER_POLICY_HTTPS', 'Viewers reach CloudFront by HTTPS'),
  rule('CLOUDWATCH_LOG_GROUP_ENCRYPTED', 'Log groups are encrypted under a KMS key'),
  rule('CLOUD_TRAIL_ENCRYPTION_ENABLED', 'Trails are encrypted under a KMS key'),
  rule('CLOUD_TRAIL_LOG_FILE_VALIDATION_ENABLED', 'Trails write signed digests of their log files'),
  rule('CMK_BACKING_KEY_ROTATION_ENABLED', 'Customer managed keys rotate'),
  rule('CODEBUILD_PROJECT_ARTIFACT_ENCRYPTION', 'CodeBuild projects encrypt their artifacts'),
  rule(
    'CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK',
    'No plaintext variable of a CodeBuild project holds an AWS access key',
  ),
  rule('CODEBUILD_PROJECT_S3_LOGS_ENCRYPTED', 'CodeBuild projects encrypt the logs they write to S3'),
  rule('CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK', 'No source URL of a CodeBuild project holds a credential'),
  rule('CODEBUILD_REPORT_GROUP_ENCRYPTED_AT_REST', 'CodeBuild report groups encrypt what they export'),
  rule('DATASYNC_LOCATION_OBJECT_STORAGE_USING_HTTPS', 'Object storage locations of DataSync are read by HTTPS', {
    judgedBy: ['datasync-location-object-storage-https'],
  }),
  rule('DAX_ENCRYPTION_ENABLED', 'DAX clusters are encrypted at rest'),
  rule('DAX_TLS_ENDPOINT_ENCRYPTION', 'DAX clusters speak TLS', { judgedBy: ['dax-cluster-tls'] }),
  rule('DMS_ENDPOINT_SSL_CONFIGURED', 'DMS endpoints use SSL'),
  rule('DMS_REDIS_TLS_ENABLED', 'DMS endpoints for Redis use TLS'),
  rule('DOCDB_CLUSTER_ENCRYPTED', 'DocumentDB clusters are encrypted at rest'),
  rule('DOCDB_CLUSTER_ENCRYPTED_IN_TRANSIT', 'DocumentDB clusters demand TLS', {
    judgedBy: ['docdb-parameter-group-tls'],
  }),
  rule('DYNAMODB_TABLE_ENCRYPTED_KMS', 'DynamoDB tables are encrypted under a KMS key'),
  rule('DYNAMODB_TABLE_ENCRYPTION_ENABLED', 'DynamoDB tables are encrypted at rest', {
    reason:
      'DynamoDB encrypts every table; it cannot be switched off. Under which key is what dynamodb-table-customer-key asks.',
  }),
  rule('EC2_EBS_ENCRYPTION_BY_DEFAULT', 'The account encrypts new EBS volumes by default', {
    reason:
      'It is a setting of the account and Region that no CloudFormation type holds; each volume of a template is judged on its own.',
  }),
  rule('EC2_LAUNCH_TEMPLATES_EBS_VOLUME_ENCRYPTED', 'Launch templates encrypt the volumes they attach', {
    judgedBy: ['ec2-launch-template-volumes-encrypted'],
  }),
  rule('EC2_SPOT_FLEET_REQUEST_CT_ENCRYPTION_AT_REST', 'Spot fleet requests encrypt the volumes they attach', {
    judgedBy: ['ec2-spot-fleet-volumes-encrypted'],
  }),
  rule('EC2_VPN_CONNECTION_IKE_VERSION_CHECK', 'VPN connections agree on keys by the given version of IKE', {
    reason:
      'Both versions of IKE agree on AES; the version decides how the keys are agreed on, not whether the tunnel is encrypted.',
  }),
  rule('ECR_REPOSITORY_CMK_ENCRYPTION_ENABLED', 'ECR repositories are encrypted under a customer managed key'),
  rule('ECS_NO_ENVIRONMENT_SECRETS', 'No environment variable of an ECS container is named like an AWS credential'),
  rule('ECS_TASK_DEFINITION_EFS_ENCRYPTION_ENABLED', 'ECS tasks mount EFS volumes encrypted in transit'),
  rule('EFS_ENCRYPTED_CHECK', 'EFS file systems are encrypted, under the given key if one is given'),
  rule('EFS_FILESYSTEM_CT_ENCRYPTED', 'EFS file systems are encrypted', { judgedBy: ['efs-file-system-encrypted'] }),
  rule('EKS_CLUSTER_SECRETS_ENCRYPTED', 'EKS clusters encrypt Kubernetes secrets under a KMS key'),
  rule('EKS_SECRETS_ENCRYPTED', 'EKS clusters encrypt Kubernetes secrets under a KMS key (the older form of the rule)'),
  rule('ELASTICACHE_REPL_GRP_ENCRYPTED_AT_REST', 'ElastiCache replication groups are encrypted at rest'),
  rule('ELASTICACHE_REPL_GRP_ENCRYPTED_IN_TRANSIT', 'ElastiCache replication groups are encrypted in transit'),
  rule('ELASTICACHE_REPL_GRP_REDIS_AUTH_ENABLED', 'Replication groups of Redis before 6 ask for a token', {
    reason:
      'The token decides who may connect; what is sent is encrypted by elasticache-replication-group-tls, without which no token can be set.',
  }),
  rule('ELASTICSEARCH_ENCRYPTED_AT_REST', 'Elasticsearch domains are encrypted at rest'),
  rule('ELASTICSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK', 'Elasticsearch domains encrypt what their nodes send each other'),
  rule('ELBV2_ACM_CERTIFICATE_REQUIRED', 'Listeners of load balancers use certificates of ACM', {
    reason:
      'Who issues and renews the certificate does not change what is encrypted; that a listener encrypts is what elb-listener-encrypted asks.',
  }),
  rule('ELBV2_LISTENER_ENCRYPTION_IN_TRANSIT', 'Listeners of load balancers use HTTPS or TLS', {
    judgedBy: ['elb-listener-encrypted'],
  }),
  rule('ELBV2_PREDEFINED_SECURITY_POLICY_SSL_CHECK', 'Listeners of load balancers use one of the named TLS policies'),
  rule('ELBV2_TARGETGROUP_HEALTHCHECK_PROTOCOL_ENCRYPTED', 'Health checks of target groups use HTTPS', {
    reason: 'A health check carries no data of its own; how the target group speaks to its targets is what is asked.',
  }),
  rule('ELBV2_TARGETGROUP_PROTOCOL_ENCRYPTED', 'Target groups speak HTTPS, TLS or QUIC to their targets'),
  rule('ELB_ACM_CERTIFICATE_REQUIRED', 'Classic Load Balancers use certificates of ACM', {
    reason: 'Who issues and renews the certificate does not change what is encrypted.',
  }),
  rule('ELB_CUSTOM_SECURITY_POLICY_SSL_CHECK', 'Classic Load Balancers use a TLS policy of one’s own', {
    reason:
      'It asks for a policy with given ciphers in place of a predefined one; a custom policy is not safer by being custom.',
  }),
  rule('ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK', 'Classic Load Balancers use the given predefined TLS policy'),
  rule('ELB_TLS_HTTPS_LISTENERS_ONLY', 'Listeners of Classic Load Balancers use SSL or HTTPS'),
  rule('EMR_SECURITY_CONFIGURATION_ENCRYPTION_REST', 'Security configurations of EMR encrypt at rest'),
  rule('EMR_SECURITY_CONFIGURATION_ENCRYPTION_TRANSIT', 'Security configurations of EMR encrypt in transit'),
  rule('ENCRYPTED_VOLUMES', 'EBS volumes are encrypted'),
  rule(
    'EVENT_DATA_STORE_CMK_ENCRYPTION_ENABLED',
    'Event data stores of CloudTrail are encrypted under a customer managed key',
  ),
  rule('GLUE_ML_TRANSFORM_ENCRYPTED_AT_REST', 'Machine learning transforms of Glue are encrypted at rest'),
  rule('IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS', 'Managed policies allow no decryption under all keys'),
  rule('IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS', 'Inline policies allow no decryption under all keys'),
  rule('IAM_SERVER_CERTIFICATE_EXPIRATION_CHECK', 'Server certificates of IAM have not expired', {
    reason: 'When a certificate expires is known in the account only; no template carries it.',
  }),
  rule('KINESIS_FIREHOSE_DELIVERY_STREAM_ENCRYPTED', 'Firehose delivery streams are encrypted at rest'),
  rule('KINESIS_STREAM_ENCRYPTED', 'Kinesis streams are encrypted at rest'),
  rule('KMS_CMK_NOT_SCHEDULED_FOR_DELETION', 'No customer managed key waits for its deletion', {
    reason:
      'A deletion is scheduled by a call to KMS, by no property; live, a key that waits for it fails each directive that asks for a customer managed key.',
  }),
  rule('KMS_KEY_POLICY_NO_PUBLIC_ACCESS', 'No key policy gives everybody access'),
  rule('MSK_IN_CLUSTER_NODE_REQUIRE_TLS', 'Brokers of an MSK cluster speak TLS to each other'),
  rule('NEPTUNE_CLUSTER_ENCRYPTED', 'Neptune clusters are encrypted at rest'),
  rule('NEPTUNE_CLUSTER_SNAPSHOT_ENCRYPTED', 'Snapshots of Neptune clusters are encrypted', {
    reason:
      'A snapshot is encrypted as its cluster is, which neptune-cluster-encrypted asks; no CloudFormation type makes one.',
  }),
  rule('OPENSEARCH_ENCRYPTED_AT_REST', 'OpenSearch domains are encrypted at rest'),
  rule('OPENSEARCH_HTTPS_REQUIRED', 'OpenSearch domains demand HTTPS, and the given TLS policy'),
  rule('OPENSEARCH_NODE_TO_NODE_ENCRYPTION_CHECK', 'OpenSearch domains encrypt what their nodes send each other'),
  rule('RDS_CLUSTER_ENCRYPTED_AT_REST', 'Aurora and Multi-AZ clusters are encrypted at rest'),
  rule('RDS_MARIADB_INSTANCE_ENCRYPTED_IN_TRANSIT', 'MariaDB instances demand TLS'),
  rule('RDS_MYSQL_INSTANCE_ENCRYPTED_IN_TRANSIT', 'MySQL instances demand TLS'),
  rule('RDS_POSTGRES_INSTANCE_ENCRYPTED_IN_TRANSIT', 'PostgreSQL instances demand TLS'),
  rule('RDS_PROXY_TLS_ENCRYPTION', 'RDS proxies demand TLS', { judgedBy: ['rds-proxy-tls'] }),
  rule('RDS_SNAPSHOT_ENCRYPTED', 'Snapshots of RDS are encrypted', {
    reason: 'A snapshot is encrypted as its database is, which rds-instance-encrypted and rds-cluster-encrypted ask.',
  }),
  rule('RDS_SQLSERVER_ENCRYPTED_IN_TRANSIT', 'SQL Server instances demand TLS'),
  rule('RDS_STORAGE_ENCRYPTED', 'RDS instances are encrypted at rest'),
  rule('REDSHIFT_CLUSTER_CONFIGURATION_CHECK', 'Redshift clusters are encrypted, log, and have the given node type', {
    judgedBy: ['redshift-cluster-encrypted'],
  }),
  rule('REDSHIFT_CLUSTER_KMS_ENABLED', 'Redshift clusters are encrypted under a KMS key'),
  rule('REDSHIFT_REQUIRE_TLS_SSL', 'Redshift clusters demand TLS'),
  rule(
    'REDSHIFT_SERVERLESS_NAMESPACE_CMK_ENCRYPTION',
    'Namespaces of Redshift Serverless are encrypted under a customer managed key',
  ),
  rule('REDSHIFT_SERVERLESS_WORKGROUP_ENCRYPTED_IN_TRANSIT', 'Workgroups of Redshift Serverless demand TLS'),
  rule('S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED', 'Buckets encrypt by default'),
  rule('S3_BUCKET_SSL_REQUESTS_ONLY', 'Bucket policies turn away requests without TLS'),
  rule('S3_DEFAULT_ENCRYPTION_KMS', 'Buckets encrypt by default under a KMS key'),
  rule(
    'SAGEMAKER_DATA_QUALITY_JOB_ENCRYPT_IN_TRANSIT',
    'Containers of a SageMaker data quality job speak encrypted to each other',
  ),
  rule('SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED', 'SageMaker endpoint configurations name a KMS key'),
  rule(
    'SAGEMAKER_ENDPOINT_CONFIG_KMS_KEY_REQUIRED',
    'SageMaker endpoint configurations name a KMS key for their volumes',
  ),
  rule(
    'SAGEMAKER_FEATUREGROUP_ENCRYPTION_AT_REST',
    'Offline stores of SageMaker feature groups are encrypted under a KMS key',
  ),
  rule(
    'SAGEMAKER_FEATUREGROUP_ONLINE_STORE_ENCRYPTION',
    'Online stores of SageMaker feature groups are encrypted under a KMS key',
  ),
  rule(
    'SAGEMAKER_INF_EXPERIMENT_DATA_STORAGE_KMS_ENCRYPTED',
    'What a SageMaker inference experiment captures is encrypted under a KMS key',
    { judgedBy: ['sagemaker-inference-experiment-data-customer-key'] },
  ),
  rule(
    'SAGEMAKER_INF_EXPERIMENT_INSTANCE_STORAGE_KMS_ENCRYPTED',
    'Volumes of a SageMaker inference experiment are encrypted under a KMS key',
    { judgedBy: ['sagemaker-inference-experiment-customer-key'] },
  ),
  rule(
    'SAGEMAKER_MODEL_BIAS_JOB_ENCRYPT_IN_TRANSIT',
    'Containers of a SageMaker model bias job speak encrypted to each other',
  ),
  rule(
    'SAGEMAKER_MODEL_EXPLAINABILITY_JOB_ENCRYPT_IN_TRANSIT',
    'Containers of a SageMaker explainability job speak encrypted to each other',
  ),
  rule(
    'SAGEMAKER_MODEL_QUALITY_JOB_ENCRYPT_IN_TRANSIT',
    'Containers of a SageMaker model quality job speak encrypted to each other',
    { judgedBy: ['sagemaker-model-quality-job-container-traffic-encrypted'] },
  ),
  rule(
    'SAGEMAKER_MONITORING_SCHEDULE_TRAFFIC_ENCRYPTION',
    'Containers of a SageMaker monitoring schedule speak encrypted to each other',
    { judgedBy: ['sagemaker-monitoring-schedule-container-traffic-encrypted'] },
  ),
  rule('SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED', 'SageMaker notebook instances name a KMS key'),
  rule(
    'SAGEMAKER_NOTEBOOK_INSTANCE_STORAGE_VOL_KMS_ENCRYPTED',
    'Volumes of SageMaker notebook instances are encrypted under a KMS key',
    { judgedBy: ['sagemaker-notebook-instance-customer-key'] },
  ),
  rule('SECRETSMANAGER_ROTATION_ENABLED_CHECK', 'Secrets rotate'),
  rule('SECRETSMANAGER_SCHEDULED_ROTATION_SUCCESS_CHECK', 'The rotation of secrets succeeds', {
    reason: 'Whether a rotation worked is known in the account only; no template carries it.',
  }),
  rule('SECRETSMANAGER_SECRET_PERIODIC_ROTATION', 'Secrets were rotated within so many days'),
  rule('SECRETSMANAGER_SECRET_UNUSED', 'Secrets were used within so many days', {
    reason: 'When a secret was used last is known in the account only; no template carries it.',
  }),
  rule('SECRETSMANAGER_USING_CMK', 'Secrets are encrypted under a customer managed key'),
  rule('SES_SENDING_TLS_REQUIRED', 'Configuration sets of SES send by TLS only'),
  rule('SNS_ENCRYPTED_KMS', 'SNS topics are encrypted under a KMS key'),
  rule(
    'TRANSFER_CONNECTOR_AS2_ENCRYPTION_ALGORITHM_CHECK',
    'AS2 connectors of Transfer Family encrypt by a strong algorithm',
    { judgedBy: ['transfer-connector-as2-encrypted'] },
  ),
  rule('TRANSFER_FAMILY_SERVER_NO_FTP', 'Servers of Transfer Family do not speak FTP'),
  rule('WORKSPACES_ROOT_VOLUME_ENCRYPTION_ENABLED', 'Root volumes of WorkSpaces are encrypted'),
  rule('WORKSPACES_USER_VOLUME_ENCRYPTION_ENABLED', 'User volumes of WorkSpaces are encrypted'),
]);
