import { type Directive, directive } from '../directive';
import { all, isCustomerKey, isTrue } from '../requirement';
import { either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

/** Tapes and volumes ask for a key in the same two properties. */
const underOwnKey = (
  said: Pick<Directive, 'id' | 'type' | 'title' | 'why' | 'source'> & { readonly remedy: string },
): Directive =>
  directive({
    ...said,
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    requires: all(isTrue('KMSEncrypted'), isCustomerKey('KMSKey')),
    aliases: [],
    controls: [],
    examples: {
      good: [
        template(said.type, { KMSEncrypted: true, KMSKey: keyArn }, keyResource),
        template(said.type, { KMSEncrypted: 'true', KMSKey: keyArn }, keyResource),
      ],
      bad: [
        {},
        { KMSEncrypted: true },
        { KMSEncrypted: true, KMSKey: 'alias/aws/s3' },
        template(said.type, { KMSKey: keyArn }, keyResource),
        template(said.type, { KMSEncrypted: false, KMSKey: keyArn }, keyResource),
        template(said.type, { KMSEncrypted: either(true, false), KMSKey: keyArn }, keyResource),
        template(said.type, { KMSEncrypted: true, KMSKey: onlyIf(keyArn) }, keyResource),
      ],
      unknown: [
        { KMSEncrypted: true, KMSKey: imported },
        template(said.type, { KMSEncrypted: imported, KMSKey: keyArn }, keyResource),
      ],
    },
  });

export const tapeCustomerKey = underOwnKey({
  id: 'storagegateway-tape-customer-key',
  type: 'AWS::StorageGateway::Tape',
  title: 'Virtual tapes encrypt under a customer managed key',
  why: 'A tape holds whole backups, and stays in the archive for years. Unless KMSEncrypted is true, S3 keeps it under a key of its own that no policy of yours governs.',
  remedy: 'Set KMSEncrypted to true and KMSKey to a key your team controls. The choice is made when the tape is.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-storagegateway-tape.html',
});
export const volumeCustomerKey = underOwnKey({
  id: 'storagegateway-volume-customer-key',
  type: 'AWS::StorageGateway::Volume',
  title: 'Cached volumes encrypt under a customer managed key',
  why: 'The volume is the disk of an on-premises server, kept in a bucket of the service. Unless KMSEncrypted is true, S3 encrypts it with a key of its own.',
  remedy: 'Set KMSEncrypted to true and KMSKey to a key your team controls. The choice is made when the volume is.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-storagegateway-volume.html',
});

export const storagegateway = service([tapeCustomerKey, volumeCustomerKey]);
