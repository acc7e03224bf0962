import { directive, type Json } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const studio = 'AWS::NimbleStudio::Studio';
const config = 'StudioEncryptionConfiguration';
const under = (type: Json, key: Json) => ({ [config]: { KeyType: type, KeyArn: key } });

export const studioCustomerKey = directive({
  id: 'nimblestudio-studio-customer-key',
  title: 'Nimble Studio studios encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: studio,
  requires: all(oneOf(`${config}.KeyType`, 'CUSTOMER_MANAGED_KEY'), isCustomerKey(`${config}.KeyArn`)),
  why: 'What the studio keeps of its artists, sessions and components lies under a key AWS owns unless KeyType says otherwise.',
  remedy: `Set ${config}.KeyType to CUSTOMER_MANAGED_KEY and KeyArn to a key your team controls.`,
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-nimblestudio-studio.html',
  examples: {
    good: [template(studio, under('CUSTOMER_MANAGED_KEY', keyArn), keyResource)],
    bad: [
      {},
      { [config]: { KeyType: 'AWS_OWNED_KEY' } },
      { [config]: { KeyType: 'CUSTOMER_MANAGED_KEY' } },
      template(studio, under('AWS_OWNED_KEY', keyArn), keyResource),
      template(studio, under('CUSTOMER_MANAGED_KEY', onlyIf(keyArn)), keyResource),
    ],
    unknown: [under('CUSTOMER_MANAGED_KEY', imported)],
  },
});

export const nimblestudio = service([studioCustomerKey]);
