import { fsbp, inTransit } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { absent, all, any, given, isCustomerKey, isTrue, oneOf, parsed, when } from '../requirement';
import {
  customerKey,
  either,
  imported,
  keyArn,
  keyResource,
  merge,
  neverPlaintext,
  noSecretVariables,
  onlyIf,
  parameterP,
  service,
  template,
} from './shared';

const cluster = 'AWS::EMR::Cluster';
const securityConfiguration = 'AWS::EMR::SecurityConfiguration';
const guide = 'https://docs.aws.amazon.com/emr/latest/ManagementGuide';
const reference = (resource: string) =>
  `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-emr-${resource}.html`;
const source = `${guide}/emr-create-security-configuration.html`;

const s3 = 'EncryptionConfiguration.AtRestEncryptionConfiguration.S3EncryptionConfiguration';
const disk = 'EncryptionConfiguration.AtRestEncryptionConfiguration.LocalDiskEncryptionConfiguration';
const provider =
  'EncryptionConfiguration.InTransitEncryptionConfiguration.TLSCertificateConfiguration.CertificateProviderType';

/** A security configuration, as the JSON it is and as text. */
const asJson = (document: Json): Properties => ({ SecurityConfiguration: document });
const asText = (document: Json): Properties => ({ SecurityConfiguration: JSON.stringify(document) });

/** The document that encrypts at rest, with what a test changes laid over it. */
const atRest = (over: Properties = {}, enabled: Json = true): Properties => ({
  EncryptionConfiguration: {
    EnableAtRestEncryption: enabled,
    EnableInTransitEncryption: false,
    AtRestEncryptionConfiguration: merge(
      {
        S3EncryptionConfiguration: { EncryptionMode: 'SSE-S3' },
        LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'AwsKms', EnableEbsEncryption: true },
      },
      over,
    ),
  },
});
const atRestOnly = (of: Properties): Properties => ({
  EncryptionConfiguration: { EnableAtRestEncryption: true, AtRestEncryptionConfiguration: of },
});
const kerberosOnly = { AuthenticationConfiguration: { KerberosConfiguration: { Provider: 'ClusterDedicatedKdc' } } };

export const securityConfigurationAtRest = directive({
  id: 'emr-security-configuration-at-rest',
  title: 'EMR security configurations encrypt at rest, in S3 and on local disks',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: securityConfiguration,
  requires: parsed(
    'SecurityConfiguration',
    all(
      isTrue('EncryptionConfiguration.EnableAtRestEncryption'),
      given(`${s3}.EncryptionMode`),
      given(`${disk}.EncryptionKeyProviderType`),
    ),
  ),
  why: 'HDFS blocks, shuffle files and spills on the disks of the nodes are plaintext unless the security configuration of the cluster names a key provider for them.',
  remedy:
    'Set EnableAtRestEncryption to true, with S3EncryptionConfiguration and LocalDiskEncryptionConfiguration. A security configuration cannot be changed: CloudFormation makes another, and clusters must be started anew with it.',
  config: ['EMR_SECURITY_CONFIGURATION_ENCRYPTION_REST'],
  aliases: ['fsbp:EMR.3'],
  controls: [fsbp('EMR.3')],
  source,
  examples: {
    good: [
      asJson(atRest()),
      asText(atRest()),
      asJson(atRest({}, 'true')),
      asJson(atRest({ LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'Custom' } })),
    ],
    bad: [
      {},
      asJson(kerberosOnly),
      asText(kerberosOnly),
      { SecurityConfiguration: '{' },
      asJson(atRest({}, false)),
      asText(atRest({}, false)),
      asJson(atRest({}, onlyIf(true))),
      asJson(atRestOnly({ S3EncryptionConfiguration: { EncryptionMode: 'SSE-S3' } })),
      asText(atRestOnly({ LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'AwsKms' } })),
    ],
    unknown: [
      asJson(atRest({}, imported)),
      { SecurityConfiguration: imported },
      template(securityConfiguration, { SecurityConfiguration: { Ref: 'P' } }, {}, parameterP),
    ],
  },
});
export const securityConfigurationEbsEncryption = directive({
  id: 'emr-security-configuration-ebs-encryption',
  title: 'EMR security configurations encrypt the EBS root volumes of the nodes too',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'warning',
  type: securityConfiguration,
  requires: parsed(
    'SecurityConfiguration',
    when(oneOf(`${disk}.EncryptionKeyProviderType`, 'AwsKms'), isTrue(`${disk}.EnableEbsEncryption`)),
  ),
  why: 'Local disk encryption works with LUKS and leaves out the root volume, where logs and configuration lie. EnableEbsEncryption has EBS encrypt all volumes.',
  remedy: 'Set LocalDiskEncryptionConfiguration.EnableEbsEncryption to true (from EMR 5.24.0 on, with AwsKms keys).',
  aliases: [],
  controls: [],
  source,
  examples: {
    good: [
      asJson(atRest()),
      asText(atRest()),
      asJson(kerberosOnly),
      asJson(atRestOnly({ LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'Custom' } })),
    ],
    bad: [
      asJson(atRest({ LocalDiskEncryptionConfiguration: { EnableEbsEncryption: false } })),
      asText(atRest({ LocalDiskEncryptionConfiguration: { EnableEbsEncryption: 'false' } })),
      asJson(atRestOnly({ LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'AwsKms' } })),
    ],
    unknown: [asJson(atRest({ LocalDiskEncryptionConfiguration: { EnableEbsEncryption: imported } }))],
  },
});

/** The document with the keys for S3 and for the disks. */
const keys = (s3Key: Json, diskKey: Json, mode: Json = 'SSE-KMS'): Properties =>
  atRest({
    S3EncryptionConfiguration: { EncryptionMode: mode, AwsKmsKey: s3Key },
    LocalDiskEncryptionConfiguration: { AwsKmsKey: diskKey },
  });
const literalKey = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';

export const securityConfigurationCustomerKey = directive({
  id: 'emr-security-configuration-customer-key',
  title: 'EMR security configurations encrypt under customer managed keys',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: securityConfiguration,
  requires: parsed(
    'SecurityConfiguration',
    all(
      any(
        oneOf(`${s3}.EncryptionMode`, 'CSE-Custom'),
        all(oneOf(`${s3}.EncryptionMode`, 'SSE-KMS', 'CSE-KMS'), isCustomerKey(`${s3}.AwsKmsKey`)),
      ),
      any(oneOf(`${disk}.EncryptionKeyProviderType`, 'Custom'), isCustomerKey(`${disk}.AwsKmsKey`)),
    ),
  ),
  why: 'With SSE-S3, what a job writes to S3 opens to everyone who may read the bucket; under a KMS key of yours the job role needs that key as well, and losing it stops access at once.',
  remedy:
    'Set S3EncryptionConfiguration.EncryptionMode to SSE-KMS and AwsKmsKey, there and for the local disks, to a key your team controls.',
  aliases: [],
  controls: [],
  source,
  examples: {
    good: [
      template(securityConfiguration, asJson(keys(keyArn, keyArn)), keyResource),
      template(securityConfiguration, asJson(keys(keyArn, keyArn, 'CSE-KMS')), keyResource),
      asText(keys(literalKey, literalKey)),
      asJson(
        atRest({
          S3EncryptionConfiguration: { EncryptionMode: 'CSE-Custom', EncryptionKeyProviderClass: 'com.example.Keys' },
          LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'Custom' },
        }),
      ),
    ],
    bad: [
      {},
      asJson(kerberosOnly),
      asJson(atRest()),
      asText(atRest()),
      asText(keys(literalKey, 'alias/aws/ebs')),
      template(securityConfiguration, asJson(keys(onlyIf(keyArn), keyArn)), keyResource),
      template(securityConfiguration, asJson(keys(keyArn, keyArn, either('SSE-KMS', 'SSE-S3'))), keyResource),
    ],
    unknown: [template(securityConfiguration, asJson(keys(keyArn, imported)), keyResource)],
  },
});

const inTransitWith = (certificates: Properties, enabled: Json = true): Properties => ({
  EncryptionConfiguration: {
    EnableInTransitEncryption: enabled,
    EnableAtRestEncryption: false,
    InTransitEncryptionConfiguration: { TLSCertificateConfiguration: certificates },
  },
});
const pem = { CertificateProviderType: 'PEM', S3Object: 's3://config/certs.zip' };

export const securityConfigurationInTransit = directive({
  id: 'emr-security-configuration-in-transit',
  title: 'EMR security configurations encrypt in transit',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: securityConfiguration,
  requires: parsed(
    'SecurityConfiguration',
    all(isTrue('EncryptionConfiguration.EnableInTransitEncryption'), given(provider)),
  ),
  why: 'Spark, Tez and HDFS move shuffle data and blocks from node to node in plaintext unless the security configuration turns TLS on and says where the certificates come from.',
  remedy:
    'Set EnableInTransitEncryption to true and TLSCertificateConfiguration to PEM files in S3 or a provider class of yours. Clusters must be started anew with it.',
  config: ['EMR_SECURITY_CONFIGURATION_ENCRYPTION_TRANSIT'],
  aliases: ['fsbp:EMR.4'],
  controls: inTransit('EMR.4'),
  source,
  examples: {
    good: [asJson(inTransitWith(pem)), asText(inTransitWith(pem)), asJson(inTransitWith(pem, 'true'))],
    bad: [
      {},
      asJson(kerberosOnly),
      asText(atRest()),
      asJson(inTransitWith(pem, false)),
      asText(inTransitWith(pem, false)),
      asJson(inTransitWith({})),
      asJson(inTransitWith({ CertificateProviderType: onlyIf('PEM') })),
    ],
    unknown: [asJson(inTransitWith(pem, imported)), { SecurityConfiguration: imported }],
  },
});

export const clusterSecurityConfiguration = directive({
  id: 'emr-cluster-security-configuration',
  title: 'EMR clusters start with a security configuration',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: cluster,
  requires: given('SecurityConfiguration'),
  why: 'All encryption of a cluster, on disk and between nodes, comes from its security configuration. A cluster without one encrypts neither.',
  remedy: 'Name an AWS::EMR::SecurityConfiguration that encrypts. The cluster is replaced.',
  aliases: [],
  controls: [],
  source: `${guide}/emr-data-encryption-options.html`,
  examples: {
    good: [
      { SecurityConfiguration: 'encrypted' },
      template(
        cluster,
        { SecurityConfiguration: { Ref: 'S' } },
        { S: { Type: securityConfiguration, Properties: asJson(atRest()) } },
      ),
      { SecurityConfiguration: imported },
    ],
    bad: [{}, { SecurityConfiguration: '' }, { SecurityConfiguration: onlyIf('encrypted') }],
    unknown: [],
  },
});
export const clusterLogsCustomerKey = customerKey({
  id: 'emr-cluster-logs-customer-key',
  type: cluster,
  title: 'EMR clusters encrypt their logs in S3 under a customer managed key',
  path: 'LogEncryptionKmsKeyId',
  unless: [absent('LogUri')],
  beside: { LogUri: 's3://logs/emr/' },
  why: 'Step and container logs quote queries, paths and rows of data. The security configuration does not cover them.',
  remedy: 'Set LogEncryptionKmsKeyId (EMR 5.30.0 and later, 6.0.0 excepted) to a key your team controls.',
  source: reference('cluster'),
  alsoGood: [{ Name: 'without-logs' }],
});
export const clusterNoPlaintextPassword = neverPlaintext({
  id: 'emr-cluster-no-plaintext-password',
  type: cluster,
  title: 'EMR clusters take Kerberos passwords from a secret',
  path: [
    'KerberosAttributes.KdcAdminPassword',
    'KerberosAttributes.CrossRealmTrustPrincipalPassword',
    'KerberosAttributes.ADDomainJoinPassword',
  ],
  why: 'Whoever reads the KDC password in the template can issue tickets for any user of the cluster; the others open the trusted realm and the directory.',
  source: reference('cluster'),
});
export const clusterNoSecretSettings = noSecretVariables({
  id: 'emr-cluster-no-secret-settings',
  type: cluster,
  title: 'EMR clusters have no plaintext secret in a setting of an application',
  paths: ['Configurations[].ConfigurationProperties{}'],
  // Settings such as `dfs.block.access.token.enable` are about secrets and are none.
  named: /(password|passwd|passphrase|secret[._-]?(access[._-]?)?key)$/i,
  secret: 'javax.jdo.option.ConnectionPassword',
  why: 'Settings are shown by DescribeCluster and written to files on every node.',
  remedy:
    'Let the application read the value from Secrets Manager, as EMR does where a setting holds the ARN of a secret, or give the instance profile the right itself. Then change the secret.',
  source: 'https://docs.aws.amazon.com/emr/latest/ReleaseGuide/storing-sensitive-data.html',
});
export const stepLogsCustomerKey = customerKey({
  id: 'emr-step-logs-customer-key',
  type: 'AWS::EMR::Step',
  title: 'EMR steps encrypt logs they keep apart under a customer managed key',
  path: 'EncryptionKeyArn',
  unless: [absent('LogUri')],
  beside: { LogUri: 's3://logs/step/' },
  why: 'A step with a LogUri of its own leaves the logging of its cluster, and the key for that does not follow.',
  source: reference('step'),
  alsoGood: [{ Name: 'logs-with-its-cluster' }],
});
export const studioCustomerKey = customerKey({
  id: 'emr-studio-customer-key',
  type: 'AWS::EMR::Studio',
  title: 'EMR Studios encrypt workspace backups under a customer managed key',
  path: 'EncryptionKeyArn',
  why: 'Notebooks are backed up to S3 with their outputs, which are samples of the data they looked at.',
  source: reference('studio'),
});

export const emr = service([
  securityConfigurationAtRest,
  securityConfigurationEbsEncryption,
  securityConfigurationCustomerKey,
  securityConfigurationInTransit,
  clusterSecurityConfiguration,
  clusterLogsCustomerKey,
  clusterNoPlaintextPassword,
  clusterNoSecretSettings,
  stepLogsCustomerKey,
  studioCustomerKey,
]);
