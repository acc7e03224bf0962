import { customerKey, notSwitchedOn, service } from './shared';

const reference = (resource: string) =>
  `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cleanrooms-${resource}.html`;

export const collaborationNoCleartext = notSwitchedOn({
  id: 'cleanrooms-collaboration-no-cleartext',
  type: 'AWS::CleanRooms::Collaboration',
  title: 'Encrypted Clean Rooms tables hold no cleartext columns',
  path: 'DataEncryptionMetadata.AllowCleartext',
  severity: 'warning',
  why: 'Members who encrypt their tables before the collaboration expect partners and AWS to see only ciphertext; AllowCleartext lets columns through as they are.',
  remedy:
    'Set DataEncryptionMetadata.AllowCleartext to false, or waive it for queries that must show columns. The collaboration is replaced.',
  source: reference('collaboration'),
});
export const idMappingTableCustomerKey = customerKey({
  id: 'cleanrooms-id-mapping-table-customer-key',
  type: 'AWS::CleanRooms::IdMappingTable',
  title: 'Clean Rooms ID mapping tables encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The table says which identifiers of two companies belong to the same person.',
  source: reference('idmappingtable'),
});
export const intermediateTableCustomerKey = customerKey({
  id: 'cleanrooms-intermediate-table-customer-key',
  type: 'AWS::CleanRooms::IntermediateTable',
  title: 'Clean Rooms intermediate tables encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'An intermediate table stores query results over the data of several members until it is used again.',
  source: reference('intermediatetable'),
});

export const cleanrooms = service([collaborationNoCleartext, idMappingTableCustomerKey, intermediateTableCustomerKey]);
