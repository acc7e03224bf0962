import { directive, type Json, type Properties } from '../directive';
import { absent, all, isCustomerKey, isNotTrue, not, oneOf, parsed } from '../requirement';
import { either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const securityPolicy = 'AWS::OpenSearchServerless::SecurityPolicy';
const collection = 'AWS::OpenSearchServerless::Collection';
const source = 'https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-encryption.html';

const rules: Json = [{ ResourceType: 'collection', Resource: ['collection/logs'] }];
const encryption = (document: Json): Properties => ({
  Name: 'logs',
  Type: 'encryption',
  Policy: typeof document === 'string' ? document : JSON.stringify(document),
});
const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

export const encryptionPolicyCustomerKey = directive({
  id: 'opensearchserverless-security-policy-customer-key',
  title: 'Encryption policies of OpenSearch Serverless name a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: securityPolicy,
  unless: [not(oneOf('Type', 'encryption'))],
  requires: parsed('Policy', all(isNotTrue('AWSOwnedKey'), isCustomerKey('KmsARN'))),
  why: 'The policy decides the key of every collection its rules match, and a collection keeps the key it was made with.',
  remedy:
    'Write "AWSOwnedKey": false and "KmsARN": the ARN of your key into the policy. Collections that exist keep their key: make new ones and index anew.',
  aliases: [],
  controls: [],
  source,
  examples: {
    good: [
      encryption({ Rules: rules, AWSOwnedKey: false, KmsARN: key }),
      encryption({ Rules: rules, KmsARN: key }),
      { Name: 'logs', Type: 'network', Policy: '[]' },
    ],
    bad: [
      encryption({ Rules: rules, AWSOwnedKey: true }),
      encryption({ Rules: rules }),
      encryption('no JSON'),
      {
        Name: 'logs',
        Type: 'encryption',
        Policy: either(JSON.stringify({ Rules: rules, KmsARN: key }), JSON.stringify({ AWSOwnedKey: true })),
      },
    ],
    unknown: [{ Name: 'logs', Type: 'encryption', Policy: imported }],
  },
});

const configured = (config: Properties): Properties => ({ Name: 'logs', EncryptionConfig: config });
export const collectionCustomerKey = directive({
  id: 'opensearchserverless-collection-customer-key',
  title: 'OpenSearch Serverless collections that choose a key choose one of the customer',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: collection,
  // Without a choice of its own a collection follows the encryption policy that matches its name.
  unless: [absent('EncryptionConfig')],
  requires: all(isNotTrue('EncryptionConfig.AWSOwnedKey'), isCustomerKey('EncryptionConfig.KmsKeyArn')),
  why: 'The key is chosen when the collection is made and never again: one AWS owns can neither be audited nor revoked.',
  remedy: 'Set EncryptionConfig.KmsKeyArn to your key and drop AWSOwnedKey. The collection is replaced: index anew.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/opensearch-service/latest/ServerlessAPIReference/API_EncryptionConfig.html',
  examples: {
    good: [{ Name: 'logs' }, template(collection, configured({ KmsKeyArn: keyArn }), keyResource)],
    bad: [
      configured({ AWSOwnedKey: true }),
      configured({ AWSOwnedKey: true, KmsKeyArn: key }),
      template(collection, configured({ AWSOwnedKey: false, KmsKeyArn: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [configured({ KmsKeyArn: imported })],
  },
});

export const opensearchserverless = service([encryptionPolicyCustomerKey, collectionCustomerKey]);
