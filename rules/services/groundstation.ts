import { directive } from '../directive';
import { absent, any, isCustomerKey } from '../requirement';
import { at, either, imported, keyArn, keyResource, service, template } from './shared';

const profile = 'AWS::GroundStation::MissionProfile';
const names = ['KmsKeyArn', 'KmsAliasArn', 'KmsAliasName'].map((name) => `StreamsKmsKey.${name}`);

export const missionProfileCustomerKey = directive({
  id: 'groundstation-mission-profile-customer-key',
  title: 'Streams of Ground Station mission profiles are encrypted under a customer managed key',
  concern: 'in-transit',
  tier: 'customer-key',
  severity: 'error',
  type: profile,
  // Only dataflows to the Ground Station Agent are encrypted with a key from KMS.
  unless: [absent('StreamsKmsKey')],
  requires: any(...names.map(isCustomerKey)),
  why: 'What the satellite sends travels from the antenna to your agent encrypted under this key: who governs it governs the downlink.',
  remedy: 'Name a KMS key or alias your team controls in StreamsKmsKey, and in StreamsKmsRole a role that may use it.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/ground-station/latest/ug/getting-started.step4.html',
  examples: {
    good: [
      {},
      template(profile, at('StreamsKmsKey.KmsKeyArn', keyArn), keyResource),
      at('StreamsKmsKey.KmsAliasName', 'alias/downlink'),
      at('StreamsKmsKey.KmsAliasArn', 'arn:aws:kms:eu-north-1:111122223333:alias/downlink'),
    ],
    bad: [
      at('StreamsKmsKey.KmsAliasName', 'alias/aws/ebs'),
      template(profile, at('StreamsKmsKey.KmsKeyArn', either(keyArn, 'alias/aws/ebs')), keyResource),
    ],
    unknown: [at('StreamsKmsKey.KmsKeyArn', imported)],
  },
});

export const groundstation = service([missionProfileCustomerKey], {
  [profile]: {
    StreamsKmsRole: 'The role that uses the key; under which key the streams are encrypted is said by StreamsKmsKey.',
  },
});
