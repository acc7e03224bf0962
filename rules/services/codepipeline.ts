import { directive, type Properties } from '../directive';
import { all, any, each, given, isCustomerKey, when } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

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

export const codepipeline = service([artifactStoreCustomerKey]);
