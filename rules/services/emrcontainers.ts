import { directive, type Properties } from '../directive';
import { all, given, isCustomerKey, oneOf } from '../requirement';
import { at, customerKey, imported, merge, oneOfThese, onlyIf, service } from './shared';

const configuration = 'AWS::EMRContainers::SecurityConfiguration';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-emrcontainers-securityconfiguration.html';
const encryption = 'SecurityConfigurationData.EncryptionConfiguration';
const localDisk = `${encryption}.AtRestEncryptionConfiguration.LocalDiskEncryptionConfiguration`;
const s3 = `${encryption}.AtRestEncryptionConfiguration.S3EncryptionConfiguration`;
const tls = `${encryption}.InTransitEncryptionConfiguration.TLSCertificateConfiguration`;

export const localDiskEncrypted = oneOfThese({
  id: 'emrcontainers-security-configuration-local-disk-encrypted',
  type: configuration,
  title: 'Security configurations of EMR on EKS encrypt local disks',
  path: `${localDisk}.EncryptionKeyProviderType`,
  allowed: ['AwsKms'],
  wrong: ['None'],
  why: 'Spark spills shuffle data to the local disks of the nodes, in plaintext unless the security configuration says otherwise.',
  remedy: 'A new value replaces the security configuration: point the virtual clusters that use it to the new one.',
  source,
});
export const localDiskCustomerKey = customerKey({
  id: 'emrcontainers-security-configuration-local-disk-customer-key',
  type: configuration,
  title: 'Security configurations of EMR on EKS encrypt local disks under a customer managed key',
  path: `${localDisk}.AwsKmsKeyId`,
  beside: at(`${localDisk}.EncryptionKeyProviderType`, 'AwsKms'),
  why: 'What Spark spills to the disks of a shared EKS node should fall to whoever holds your key, not to whoever holds the node.',
  source,
});

const s3Option = `${s3}.EncryptionOption`;
export const s3CustomerKey = directive({
  ...customerKey({
    id: 'emrcontainers-security-configuration-s3-customer-key',
    type: configuration,
    title: 'Security configurations of EMR on EKS encrypt what jobs write to S3 under a customer managed key',
    path: `${s3}.KMSKeyId`,
    beside: at(s3Option, 'SSE-KMS'),
    why: 'With SSE-S3, or with nothing said, the results of a job are readable to everybody who may read the bucket.',
    remedy:
      'Set EncryptionOption to SSE-KMS or CSE-KMS and KMSKeyId to your key. It replaces the security configuration.',
    source,
    alsoBad: [{}, at(s3Option, 'SSE-S3')],
  }),
  requires: all(oneOf(s3Option, 'SSE-KMS', 'CSE-KMS'), isCustomerKey(`${s3}.KMSKeyId`)),
});

const pem: Properties = at(tls, {
  CertificateProviderType: 'PEM',
  PublicKeySecretArn: 'arn:aws:secretsmanager:eu-west-1:1:secret:public',
});
const privateKey = `${tls}.PrivateKeySecretArn`;
export const inTransitEncrypted = directive({
  id: 'emrcontainers-security-configuration-in-transit-encrypted',
  title: 'Security configurations of EMR on EKS encrypt between the pods of a job',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: configuration,
  requires: all(given(tls), given(privateKey)),
  why: 'Spark drivers and executors exchange records over the pod network in plaintext unless given a certificate.',
  remedy:
    'Give InTransitEncryptionConfiguration a TLSCertificateConfiguration whose secrets hold a certificate and its key. It replaces the security configuration.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/emr-on-eks/latest/APIReference/API_InTransitEncryptionConfiguration.html',
  examples: {
    good: [
      merge(pem, at(privateKey, 'arn:aws:secretsmanager:eu-west-1:1:secret:private')),
      merge(pem, at(privateKey, imported)),
    ],
    bad: [{}, pem, merge(pem, at(privateKey, onlyIf('arn:aws:secretsmanager:eu-west-1:1:secret:private')))],
    unknown: [],
  },
});

export const emrcontainers = service([localDiskEncrypted, localDiskCustomerKey, s3CustomerKey, inTransitEncrypted]);
