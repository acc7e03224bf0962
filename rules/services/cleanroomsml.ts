import { customerKey, service } from './shared';

export const configuredModelAlgorithmCustomerKey = customerKey({
  id: 'cleanroomsml-configured-model-algorithm-customer-key',
  type: 'AWS::CleanRoomsML::ConfiguredModelAlgorithm',
  title: 'Clean Rooms ML model algorithms encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'What the algorithm learns comes from data several parties share in confidence; without KmsKeyArn none of them can revoke the key it lies under.',
  remedy: 'Set KmsKeyArn. Changing it replaces the algorithm, and its associations with it.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cleanroomsml-configuredmodelalgorithm.html',
});

export const cleanroomsml = service([configuredModelAlgorithmCustomerKey]);
