import type { Properties } from '../directive';

/**
 * What mends a deployed resource where a template's fix cannot say it: a value for each entry of a list (`*`), or one
 * that depends on nothing but the service. By the id of the directive.
 */
export const furtherFixes: Readonly<Record<string, Properties>> = Object.freeze({
  's3-bucket-sse-c-blocked': {
    'BucketEncryption.ServerSideEncryptionConfiguration.*.BlockedEncryptionTypes.EncryptionType': ['SSE-C'],
  },
  'cloudfront-viewer-https': {
    'DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy': 'redirect-to-https',
    'DistributionConfig.CacheBehaviors.*.ViewerProtocolPolicy': 'redirect-to-https',
  },
  'rds-parameter-group-mysql-tls': { 'Parameters.require_secure_transport': '1' },
  'rds-cluster-parameter-group-mysql-tls': { 'Parameters.require_secure_transport': 'ON' },
  'rds-parameter-group-force-ssl': { 'Parameters.rds\\.force_ssl': '1' },
  'rds-cluster-parameter-group-force-ssl': { 'Parameters.rds\\.force_ssl': '1' },
  'neptune-parameter-group-tls': { 'Parameters.neptune_enforce_ssl': '1' },
  'athena-work-group-settings-enforced': { 'WorkGroupConfiguration.EnforceWorkGroupConfiguration': true },
});
