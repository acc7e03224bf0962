import { directive, type Properties } from '../directive';
import { all, given, noneOf, present, type Requirement, when } from '../requirement';
import { at, imported, onlyIf, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const packages = ['HlsPackage', 'DashPackage', 'CmafPackage', 'MssPackage'] as const;
const everyPackage = (demand: (name: string) => Requirement): Requirement => all(...packages.map(demand));
const speke = { SpekeKeyProvider: { Url: 'https://keys.example.com', SystemIds: ['s'], RoleArn: 'r' } };
const contract = 'Encryption.SpekeKeyProvider.EncryptionContractConfiguration';

const packaging = {
  'mediapackage-origin-endpoint': {
    type: 'AWS::MediaPackage::OriginEndpoint',
    noun: 'MediaPackage origin endpoints',
    page: 'aws-resource-mediapackage-originendpoint.html',
  },
  'mediapackage-packaging-configuration': {
    type: 'AWS::MediaPackage::PackagingConfiguration',
    noun: 'MediaPackage packaging configurations',
    page: 'aws-resource-mediapackage-packagingconfiguration.html',
  },
} as const;
type Id = keyof typeof packaging;

const contentEncrypted = (id: Id) =>
  directive({
    id: `${id}-content-encrypted`,
    title: `${packaging[id].noun} encrypt content`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'warning',
    type: packaging[id].type,
    requires: everyPackage((name) => when(present(name), given(`${name}.Encryption`))),
    why: 'Segments without encryption play for everybody who gets at them, in a cache or on the way, with no licence.',
    remedy: 'Give the package an Encryption with a SPEKE key provider. Waive what is meant for everybody.',
    aliases: [],
    controls: [],
    source: `${guide}/${packaging[id].page}`,
    examples: {
      good: [{}, { HlsPackage: { Encryption: speke } }],
      bad: [
        { HlsPackage: { SegmentDurationSeconds: 6, Encryption: onlyIf(speke) } },
        ...packages.map((name): Properties => at(name, { SegmentDurationSeconds: 6 })),
      ],
      unknown: [{ DashPackage: imported, HlsPackage: { Encryption: speke } }],
    },
  });
const tracksEncrypted = (id: Id) =>
  directive({
    id: `${id}-tracks-encrypted`,
    title: `${packaging[id].noun} encrypt every track of encrypted content`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'warning',
    type: packaging[id].type,
    requires: everyPackage((name) =>
      all(
        noneOf(`${name}.${contract}.PresetSpeke20Audio`, 'UNENCRYPTED'),
        noneOf(`${name}.${contract}.PresetSpeke20Video`, 'UNENCRYPTED'),
      ),
    ),
    why: 'A SPEKE contract can leave all audio or all video in the clear while the other is protected.',
    remedy: 'Choose a preset other than UNENCRYPTED for audio and for video.',
    aliases: [],
    controls: [],
    source: `${guide}/${packaging[id].page}`,
    examples: {
      good: [{}, at(`DashPackage.${contract}`, { PresetSpeke20Audio: 'SHARED', PresetSpeke20Video: 'SHARED' })],
      bad: [
        at(`DashPackage.${contract}`, { PresetSpeke20Audio: 'UNENCRYPTED', PresetSpeke20Video: 'PRESET-VIDEO-1' }),
        at(`HlsPackage.${contract}.PresetSpeke20Video`, 'UNENCRYPTED'),
        at(`CmafPackage.${contract}.PresetSpeke20Video`, onlyIf('UNENCRYPTED')),
      ],
      unknown: [at(`DashPackage.${contract}.PresetSpeke20Video`, imported)],
    },
  });

export const endpointEncrypted = contentEncrypted('mediapackage-origin-endpoint');
export const endpointTracks = tracksEncrypted('mediapackage-origin-endpoint');
export const configurationEncrypted = contentEncrypted('mediapackage-packaging-configuration');
export const configurationTracks = tracksEncrypted('mediapackage-packaging-configuration');

export const endpointKeyRotation = directive({
  id: 'mediapackage-origin-endpoint-key-rotation',
  title: 'MediaPackage origin endpoints change content keys while a channel runs',
  concern: 'keys',
  tier: 'encrypted',
  severity: 'warning',
  type: 'AWS::MediaPackage::OriginEndpoint',
  requires: all(
    ...['HlsPackage', 'DashPackage', 'CmafPackage'].map((name) =>
      noneOf(`${name}.Encryption.KeyRotationIntervalSeconds`, 0),
    ),
  ),
  why: 'With 0 one key opens a live channel for as long as it runs; left out, MediaPackage takes a new key every minute.',
  remedy: 'Remove KeyRotationIntervalSeconds, or set it to more than 0.',
  aliases: [],
  controls: [],
  source: `${guide}/aws-resource-mediapackage-originendpoint.html`,
  examples: {
    good: [
      {},
      { HlsPackage: { Encryption: speke } },
      { CmafPackage: { Encryption: { ...speke, KeyRotationIntervalSeconds: 300 } } },
    ],
    bad: [
      { HlsPackage: { Encryption: { ...speke, KeyRotationIntervalSeconds: 0 } } },
      { DashPackage: { Encryption: { ...speke, KeyRotationIntervalSeconds: '0' } } },
      { CmafPackage: { Encryption: { ...speke, KeyRotationIntervalSeconds: onlyIf(0) } } },
    ],
    unknown: [{ HlsPackage: { Encryption: { ...speke, KeyRotationIntervalSeconds: imported } } }],
  },
});

const cdnSecret = 'The ARN of a secret in Secrets Manager, not the secret.';
const method = 'Every method on offer encrypts with AES; players decide which of them they can read.';

export const mediapackage = service(
  [endpointEncrypted, endpointTracks, endpointKeyRotation, configurationEncrypted, configurationTracks],
  {
    'AWS::MediaPackage::Channel': {
      'HlsIngest.ingestEndpoints[].Password': 'MediaPackage makes the password itself and only reports it here.',
    },
    'AWS::MediaPackage::OriginEndpoint': {
      'Authorization.CdnIdentifierSecret': cdnSecret,
      'HlsPackage.Encryption.EncryptionMethod': method,
      'CmafPackage.Encryption.EncryptionMethod': method,
    },
    'AWS::MediaPackage::PackagingConfiguration': { 'HlsPackage.Encryption.EncryptionMethod': method },
    'AWS::MediaPackage::PackagingGroup': { 'Authorization.CdnIdentifierSecret': cdnSecret },
  },
);
