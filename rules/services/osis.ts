import { isNotTrue } from '../requirement';
import { customerKey, service } from './shared';

export const pipelineCustomerKey = customerKey({
  id: 'osis-pipeline-customer-key',
  type: 'AWS::OSIS::Pipeline',
  title: 'OpenSearch Ingestion pipelines encrypt their persistent buffer under a customer managed key',
  path: 'EncryptionAtRestOptions.KmsKeyArn',
  unless: [isNotTrue('BufferOptions.PersistentBufferEnabled')],
  beside: { BufferOptions: { PersistentBufferEnabled: true } },
  why: 'A persistent buffer keeps logs and traces outside the domain until the sink has taken them, under a key that AWS owns unless told otherwise.',
  source: 'https://docs.aws.amazon.com/opensearch-service/latest/developerguide/osis-features-overview.html',
  alsoGood: [{ MinUnits: 1 }, { BufferOptions: { PersistentBufferEnabled: false } }],
});

export const osis = service([pipelineCustomerKey]);
