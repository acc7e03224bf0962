import { directive, type Properties } from '../directive';
import { all, any, each, given, holdsNoCredential, isCustomerKey, isNotPlaintext, when } from '../requirement';
import { imported, keyArn, keyResource, neverPlaintext, onlyIf, service, template } from './shared';

const pipeline = 'AWS::CodePipeline::Pipeline';
const store = (key?: Properties[string]): Properties => ({
  Type: 'S3',
  Location: 'b',
  ...(key === undefined ? {} : { EncryptionKey: { Type: 'KMS', Id: key } }),
});

export const artifactStoreCustomerKey = directive({
  id: 'codepipeline-pipeline-customer-key',
  title: 'Pipelines encrypt their artifact stores under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: pipeline,
  requires: all(
    any(given('ArtifactStore'), given('ArtifactStores')),
    when(given('ArtifactStore'), isCustomerKey('ArtifactStore.EncryptionKey.Id')),
    each('ArtifactStores', isCustomerKey('ArtifactStore.EncryptionKey.Id')),
  ),
  why: 'The artifact store holds the source and all that will be deployed; under aws/s3 no other account can be let in, and everybody of this one is.',
  remedy: 'Set EncryptionKey to Type: KMS and Id: your key, in every store; each Region needs a key of its own.',
  aliases: ['checkov:CKV_AWS_219'],
  controls: [],
  source: 'https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html',
  examples: {
    good: [
      template(pipeline, { ArtifactStore: store(keyArn) }, keyResource),
      template(pipeline, { ArtifactStores: [{ Region: 'eu-west-1', ArtifactStore: store(keyArn) }] }, keyResource),
    ],
    bad: [
      {},
      { ArtifactStore: store() },
      { ArtifactStore: store('alias/aws/s3') },
      { ArtifactStores: [{ Region: 'eu-west-1', ArtifactStore: store() }] },
      template(pipeline, { ArtifactStore: store(onlyIf(keyArn)) }, keyResource),
    ],
    unknown: [{ ArtifactStore: store(imported) }],
  },
});

const action = (configuration: Properties): Properties => ({
  Stages: [{ Name: 'Source', Actions: [{ Name: 'GitHub', Configuration: configuration }] }],
});

export const noPlaintextSecrets = directive({
  id: 'codepipeline-pipeline-no-plaintext-secrets',
  title: 'Actions of pipelines hold no token in plaintext',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: pipeline,
  requires: all(
    each('Stages', each('Actions', isNotPlaintext('Configuration.OAuthToken'))),
    holdsNoCredential('Stages'),
  ),
  why: 'Whoever reads the template gets the token of the source repository, and with it what is built and deployed.',
  remedy:
    'Use a connection (CodeStarSourceConnection), or refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then revoke the token.',
  notExpressible: { live: 'CodePipeline masks the token when it is read back.' },
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/codepipeline/latest/userguide/security-best-practices.html',
  examples: {
    good: [
      {},
      action({ ConnectionArn: 'arn:aws:codeconnections:eu-west-1:111122223333:connection/c' }),
      action({ OAuthToken: '{{resolve:secretsmanager:github:SecretString:token}}' }),
    ],
    bad: [
      action({ OAuthToken: 'correct-horse' }),
      action({ OAuthToken: onlyIf('correct-horse') }),
      action({ Header: `-----BEGIN ${'PRIVATE'} KEY-----` }),
    ],
    unknown: [action({ OAuthToken: imported })],
  },
});

export const webhookToken = neverPlaintext({
  id: 'codepipeline-webhook-no-plaintext-token',
  type: 'AWS::CodePipeline::Webhook',
  title: 'Webhooks of pipelines have no secret token in the template',
  path: 'AuthenticationConfiguration.SecretToken',
  beside: { Authentication: 'GITHUB_HMAC' },
  why: 'Whoever knows the token can sign a request that starts the pipeline.',
  aliases: ['cfn_nag:F69'],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codepipeline-webhook.html',
});

export const codepipeline = service([artifactStoreCustomerKey, noPlaintextSecrets, webhookToken]);
