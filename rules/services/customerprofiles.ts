import { type Directive, directive } from '../directive';
import { absent, absentOr, isCustomerKey } from '../requirement';
import { customerKey, either, imported, keyArn, keyResource, service, template } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const domainCustomerKey = customerKey({
  id: 'customerprofiles-domain-customer-key',
  type: 'AWS::CustomerProfiles::Domain',
  title: 'Customer Profiles domains encrypt under a customer managed key',
  path: 'DefaultEncryptionKey',
  why: 'The domain holds names, addresses and contacts of your customers; without the property all of it lies under a key AWS manages.',
  source: `${reference}/aws-resource-customerprofiles-domain.html`,
});

/** A key for one type of object, in place of the domain's: absence falls back to the domain, which is judged itself. */
const objectKey = (type: string, id: string, title: string, why: string): Directive =>
  directive({
    id,
    title,
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    type,
    requires: absentOr('EncryptionKey', isCustomerKey('EncryptionKey')),
    why,
    remedy: 'Name a KMS key your team controls, or leave EncryptionKey out to take that of the domain.',
    aliases: [],
    controls: [],
    source: `${reference}/aws-resource-${type.slice('AWS::'.length).replace('::', '-').toLowerCase()}.html`,
    examples: {
      good: [{}, template(type, { EncryptionKey: keyArn }, keyResource)],
      bad: [
        { EncryptionKey: 'alias/aws/profile' },
        template(type, { EncryptionKey: either(keyArn, 'alias/aws/profile') }, keyResource),
      ],
      unknown: [{ EncryptionKey: imported }],
    },
  });

export const objectTypeCustomerKey = objectKey(
  'AWS::CustomerProfiles::ObjectType',
  'customerprofiles-object-type-customer-key',
  'Object types of Customer Profiles do not leave the customer managed key of their domain',
  'A key AWS manages on an object type takes the profile objects of that type away from the key of the domain.',
);
export const domainObjectTypeCustomerKey = objectKey(
  'AWS::CustomerProfiles::DomainObjectType',
  'customerprofiles-domain-object-type-customer-key',
  'Domain object types of Customer Profiles do not leave the customer managed key of their domain',
  'A key AWS manages on a domain object type takes its objects, such as a catalogue of products, away from the key of the domain.',
);

export const integrationCustomerKey = customerKey({
  id: 'customerprofiles-integration-customer-key',
  type: 'AWS::CustomerProfiles::Integration',
  title: 'Flows into Customer Profiles encrypt under a customer managed key',
  path: 'FlowDefinition.KmsArn',
  // An integration without a flow moves nothing under a key of its own.
  unless: [absent('FlowDefinition')],
  beside: { FlowDefinition: { FlowName: 'contacts' } },
  alsoGood: [{ Uri: 'arn:aws:s3:::contacts' }],
  why: 'The flow copies customer records out of Salesforce, Marketo, ServiceNow or S3 and keeps them under this key on the way.',
  source: `${reference}/aws-resource-customerprofiles-integration.html`,
});

export const customerprofiles = service([
  domainCustomerKey,
  objectTypeCustomerKey,
  domainObjectTypeCustomerKey,
  integrationCustomerKey,
]);
