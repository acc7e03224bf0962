import { directive, type Json, type Properties } from '../directive';
import { all, each, given, holdsNoCredential, isCustomerKey, not, oneOf } from '../requirement';
import { customerKey, either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const canary = 'AWS::Synthetics::Canary';
const reference =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-synthetics-canary.html';
const artifacts = 'ArtifactConfig.S3Encryption';
const variables = 'RunConfig.EnvironmentVariables';
const withVariables: Properties = { RunConfig: { EnvironmentVariables: { STAGE: 'prod' } } };

const encryptedBy = (mode: Json, key?: Json): Properties => ({
  ArtifactConfig: { S3Encryption: { EncryptionMode: mode, ...(key === undefined ? {} : { KmsKeyArn: key }) } },
});
export const artifactsCustomerKey = directive({
  id: 'synthetics-canary-artifacts-customer-key',
  title: 'Synthetics canaries encrypt their artifacts under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: canary,
  requires: all(oneOf(`${artifacts}.EncryptionMode`, 'SSE_KMS', 'SSE-KMS'), isCustomerKey(`${artifacts}.KmsKeyArn`)),
  why: 'Screenshots and HAR files show what a signed-in user sees, session cookies included; by default they lie under the S3 key of AWS.',
  remedy: `Set ${artifacts}: EncryptionMode SSE_KMS, and KmsKeyArn your key, which the role of the canary may use.`,
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_artifact_encryption.html',
  examples: {
    good: [
      template(canary, encryptedBy('SSE_KMS', keyArn), keyResource),
      template(canary, encryptedBy('SSE-KMS', keyArn), keyResource),
    ],
    bad: [
      {},
      encryptedBy('SSE_S3'),
      encryptedBy('SSE_KMS'),
      encryptedBy('SSE_KMS', 'arn:aws:kms:eu-west-1:111122223333:alias/aws/s3'),
      template(canary, encryptedBy(either('SSE_KMS', 'SSE_S3'), keyArn), keyResource),
      template(canary, encryptedBy('SSE_KMS', onlyIf(keyArn)), keyResource),
    ],
    unknown: [encryptedBy('SSE_KMS', imported)],
  },
});
export const environmentCustomerKey = customerKey({
  id: 'synthetics-canary-environment-customer-key',
  type: canary,
  title: 'Synthetics canaries keep environment variables under a customer managed key',
  path: 'KmsKeyArn',
  beside: withVariables,
  unless: [not(given(variables))],
  alsoGood: [{}],
  why: 'The variables tell where the canary signs in and as whom; the function behind it shows them to all who may read functions, unless the key is one they may not use.',
  remedy: 'Set KmsKeyArn to your key, and let the role of the canary decrypt under it.',
  source: reference,
});

const replicated = (replica: Properties): Properties => ({ ...withVariables, Replicas: [replica] });
export const replicaEnvironmentCustomerKey = directive({
  id: 'synthetics-canary-replica-environment-customer-key',
  title: 'Replicas of Synthetics canaries keep environment variables under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: canary,
  unless: [not(given(variables))],
  requires: each('Replicas', isCustomerKey('KmsKeyArn')),
  why: 'Each replica is a function of its own in another region, with the same variables; the key of the first region does not reach it.',
  remedy: 'Set KmsKeyArn of every replica to a key of its region.',
  aliases: [],
  controls: [],
  source: reference,
  examples: {
    good: [
      {},
      withVariables,
      { Replicas: [{ Location: 'eu-central-1' }] },
      template(canary, replicated({ Location: 'eu-central-1', KmsKeyArn: keyArn }), keyResource),
    ],
    bad: [
      replicated({ Location: 'eu-central-1' }),
      replicated({ Location: 'eu-central-1', KmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:alias/aws/lambda' }),
      template(canary, replicated({ Location: 'eu-central-1', KmsKeyArn: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [replicated({ Location: 'eu-central-1', KmsKeyArn: imported })],
  },
});

const credential = `${'AKIA'}${'QWERTYUIOPASDFGH'}`;
export const noCredential = directive({
  id: 'synthetics-canary-no-credential',
  title: 'Synthetics canaries have no credential in variables or script',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: canary,
  requires: all(holdsNoCredential(variables), holdsNoCredential('Code.Script')),
  why: 'A canary that signs in is tempted to carry its credential along; variables and script stand in the template and in the function behind the canary.',
  remedy: 'Let the script fetch the credential from Secrets Manager. Then replace the credential.',
  aliases: [],
  controls: [],
  source: reference,
  examples: {
    good: [{}, withVariables, { Code: { Script: 'exports.handler = async () => {};' } }],
    bad: [
      { RunConfig: { EnvironmentVariables: { KEY: credential } } },
      { Code: { Script: `const key = '${credential}';` } },
    ],
    unknown: [],
  },
});

export const synthetics = service([
  artifactsCustomerKey,
  environmentCustomerKey,
  replicaEnvironmentCustomerKey,
  noCredential,
]);
