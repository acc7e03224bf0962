import { absent } from '../requirement';
import { customerKey, service } from './shared';

const graph = 'AWS::NeptuneGraph::Graph';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-neptunegraph-graph.html';

export const graphCustomerKey = customerKey({
  id: 'neptunegraph-graph-customer-key',
  type: graph,
  title: 'Neptune Analytics graphs encrypt under a customer managed key',
  path: 'KmsKeyIdentifier',
  beside: { ProvisionedMemory: 16 },
  why: 'The graph and its snapshots are always encrypted, but under a key of AWS unless given yours.',
  remedy: 'Changing it replaces the graph: import the data into one made under your key.',
  source,
});
export const importCustomerKey = customerKey({
  id: 'neptunegraph-graph-import-customer-key',
  type: graph,
  title: 'Neptune Analytics graphs import over a bucket under a customer managed key',
  path: 'ImportTask.ImportOptions.Neptune.S3ExportKmsKeyId',
  beside: { ImportTask: { ImportOptions: { Neptune: { S3ExportPath: 's3://b/p' } } } },
  unless: [absent('ImportTask.ImportOptions.Neptune')],
  why: 'An import from a Neptune database lays the whole graph down in S3 on its way, and it stays there.',
  remedy: 'Set S3ExportKmsKeyId to your key.',
  source,
  alsoGood: [{ ProvisionedMemory: 16 }],
});

export const neptunegraph = service([graphCustomerKey, importCustomerKey]);
