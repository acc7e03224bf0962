import { directive, type Json, type Properties } from '../directive';
import { all, any, given } from '../requirement';
import { imported, onlyIf, service } from './shared';

const endpoint = 'AWS::MediaPackageV2::OriginEndpoint';
const encryption = 'Segment.Encryption';

const encryptedBy = (method: Json, url: Json = 'https://drm.example.com/speke'): Properties => ({
  Segment: { Encryption: { EncryptionMethod: method, SpekeKeyProvider: { Url: url } } },
});

export const originEndpointEncrypted = directive({
  id: 'mediapackagev2-origin-endpoint-segments-encrypted',
  title: 'MediaPackage origin endpoints encrypt their segments',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'warning',
  type: endpoint,
  requires: all(
    given(`${encryption}.SpekeKeyProvider.Url`),
    any(
      given(`${encryption}.EncryptionMethod.CmafEncryptionMethod`),
      given(`${encryption}.EncryptionMethod.TsEncryptionMethod`),
      given(`${encryption}.EncryptionMethod.IsmEncryptionMethod`),
    ),
  ),
  why: 'Without it segments leave the endpoint playable: whoever copies them from a CDN or a cache needs no licence.',
  remedy:
    'Set Segment.Encryption with the method of the container and your SPEKE key provider. Waive it for streams that are meant for everybody.',
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mediapackagev2-originendpoint.html',
  examples: {
    good: [
      encryptedBy({ CmafEncryptionMethod: 'CBCS' }),
      encryptedBy({ TsEncryptionMethod: 'SAMPLE_AES' }),
      encryptedBy({ IsmEncryptionMethod: 'CENC' }, imported),
    ],
    bad: [
      {},
      { Segment: { SegmentDurationSeconds: 6 } },
      encryptedBy({}),
      encryptedBy({ CmafEncryptionMethod: onlyIf('CENC') }),
      encryptedBy({ CmafEncryptionMethod: 'CENC' }, onlyIf('https://drm.example.com/speke')),
    ],
    unknown: [],
  },
});

export const mediapackagev2 = service([originEndpointEncrypted], {
  [endpoint]: {
    'Segment.Encryption.KeyRotationIntervalSeconds':
      'How often content keys change, or whether, is agreed with the DRM system and the players; segments are encrypted either way.',
    'Segment.Encryption.SpekeKeyProvider.EncryptionContractConfiguration':
      'The presets say which tracks share a content key; that the endpoint encrypts is judged at its method and key provider.',
  },
});
