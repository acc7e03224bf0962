import { directive, type Properties } from '../directive';
import { all, each, isCustomerKey, isTrue, oneOf, present, when } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const table = 'AWS::DynamoDB::Table';
const globalTable = 'AWS::DynamoDB::GlobalTable';
const guide = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide';

const sse = (specification: Properties): Properties => ({ SSESpecification: specification });
const replicas = (specification: Properties): Properties => ({
  SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
  Replicas: [{ Region: 'eu-west-1', ...specification }],
});

export const tableCustomerKey = directive({
  id: 'dynamodb-table-customer-key',
  title: 'DynamoDB tables encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: table,
  requires: all(
    isTrue('SSESpecification.SSEEnabled'),
    when(present('SSESpecification.SSEType'), oneOf('SSESpecification.SSEType', 'KMS')),
    isCustomerKey('SSESpecification.KMSMasterKeyId'),
  ),
  why: 'Every table is encrypted, but without a specification under a key AWS owns: no policy, no audit trail, no way to revoke it.',
  remedy:
    'Set SSESpecification to SSEEnabled: true, SSEType: KMS and KMSMasterKeyId: your key. The table stays online while DynamoDB changes over.',
  config: ['DYNAMODB_TABLE_ENCRYPTED_KMS'],
  aliases: ['checkov:CKV_AWS_119', 'cfn_nag:W74'],
  controls: [],
  source: `${guide}/EncryptionAtRest.html`,
  examples: {
    good: [template(table, sse({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: keyArn }), keyResource)],
    bad: [
      {},
      sse({ SSEEnabled: false }),
      sse({ SSEEnabled: true }),
      sse({ SSEEnabled: true, KMSMasterKeyId: 'alias/aws/dynamodb' }),
      template(table, sse({ SSEEnabled: 'false', SSEType: 'KMS', KMSMasterKeyId: keyArn }), keyResource),
      template(table, sse({ SSEEnabled: true, KMSMasterKeyId: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [sse({ SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: imported })],
  },
});

export const globalTableCustomerKey = directive({
  id: 'dynamodb-global-table-customer-key',
  title: 'DynamoDB global tables encrypt every replica under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: globalTable,
  requires: all(
    isTrue('SSESpecification.SSEEnabled'),
    oneOf('SSESpecification.SSEType', 'KMS'),
    each('Replicas', isCustomerKey('SSESpecification.KMSMasterKeyId')),
  ),
  why: 'Each Region holds a full copy of the data; one replica under an AWS owned key undoes the control of all the others.',
  remedy: 'Set SSEType to KMS on the table and KMSMasterKeyId on every replica, each a key of its own Region.',
  config: ['DYNAMODB_TABLE_ENCRYPTED_KMS'],
  aliases: [],
  controls: [],
  source: `${guide}/EncryptionAtRest.html`,
  examples: {
    good: [template(globalTable, replicas({ SSESpecification: { KMSMasterKeyId: keyArn } }), keyResource)],
    bad: [
      { Replicas: [{ Region: 'eu-west-1' }] },
      replicas({}),
      replicas({ SSESpecification: { KMSMasterKeyId: 'alias/aws/dynamodb' } }),
      template(globalTable, replicas({ SSESpecification: onlyIf({ KMSMasterKeyId: keyArn }) }), keyResource),
    ],
    unknown: [replicas({ SSESpecification: { KMSMasterKeyId: imported } })],
  },
});

export const dynamodb = service([tableCustomerKey, globalTableCustomerKey]);
