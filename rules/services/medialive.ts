import { directive, type Json, type Properties } from '../directive';
import { all, each, given, oneOf, present, when } from '../requirement';
import { either, imported, neverPlaintext, onlyIf, service } from './shared';

const channel = 'AWS::MediaLive::Channel';
const input = 'AWS::MediaLive::Input';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-medialive';
const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:srt';
const hls = 'EncoderSettings.OutputGroups[].OutputGroupSettings.HlsGroupSettings';

const srtTo = (settings: Properties): Properties => ({ Destinations: [{ Id: 'd', SrtSettings: [settings] }] });
export const channelSrtEncrypted = directive({
  id: 'medialive-channel-srt-encrypted',
  title: 'MediaLive channels encrypt what they send over SRT',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: channel,
  requires: each('Destinations', each('SrtSettings', given('EncryptionPassphraseSecretArn'))),
  why: 'SRT goes out over the open internet, and MediaLive encrypts it with the passphrase in this secret.',
  remedy: 'Keep a passphrase in Secrets Manager and name the secret in EncryptionPassphraseSecretArn.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/medialive/latest/ug/opg-srt.html',
  examples: {
    good: [
      {},
      { Destinations: [{ Id: 'd', Settings: [{ Url: 's3ssl://b/out' }] }] },
      srtTo({ Url: 'srt://203.0.113.1:9000', EncryptionPassphraseSecretArn: secretArn }),
      srtTo({ Url: 'srt://203.0.113.1:9000', EncryptionPassphraseSecretArn: imported }),
    ],
    bad: [
      srtTo({ Url: 'srt://203.0.113.1:9000' }),
      srtTo({ Url: 'srt://203.0.113.1:9000', EncryptionPassphraseSecretArn: onlyIf(secretArn) }),
    ],
    unknown: [{ Destinations: imported }],
  },
});

const listener = (settings: Properties): Properties => ({ SrtSettings: { SrtListenerSettings: settings } });
const callers = (settings: Properties): Properties => ({ SrtSettings: { SrtCallerSources: [settings] } });
export const inputSrtEncrypted = directive({
  id: 'medialive-input-srt-encrypted',
  title: 'MediaLive inputs take only encrypted SRT',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: input,
  requires: all(
    each('SrtSettings.SrtCallerSources', given('Decryption.PassphraseSecretArn')),
    when(
      present('SrtSettings.SrtListenerSettings'),
      given('SrtSettings.SrtListenerSettings.Decryption.PassphraseSecretArn'),
    ),
  ),
  why: 'An SRT feed without Decryption comes in plaintext: whoever sits on the way watches the contribution, or puts another in its place.',
  remedy: 'Agree on a passphrase with the sender, keep it in Secrets Manager and set Decryption.',
  aliases: [],
  controls: [],
  source: `${reference}-input.html`,
  examples: {
    good: [
      {},
      callers({
        SrtListenerAddress: '203.0.113.1',
        Decryption: { Algorithm: 'AES256', PassphraseSecretArn: secretArn },
      }),
      listener({ Decryption: { Algorithm: 'AES256', PassphraseSecretArn: secretArn } }),
    ],
    bad: [
      callers({ SrtListenerAddress: '203.0.113.1' }),
      callers({ Decryption: onlyIf({ PassphraseSecretArn: secretArn }) }),
      listener({ MinimumLatency: 120 }),
      listener({ MinimumLatency: 120, Decryption: { PassphraseSecretArn: onlyIf(secretArn) } }),
    ],
    unknown: [{ SrtSettings: { SrtCallerSources: imported } }],
  },
});

const hlsGroup = (settings: Properties): Properties => ({
  EncoderSettings: { OutputGroups: [{ OutputGroupSettings: { HlsGroupSettings: settings } }] },
});
const segments = (type: Json): Properties => hlsGroup({ EncryptionType: type });
export const channelHlsEncrypted = directive({
  id: 'medialive-channel-hls-encrypted',
  title: 'MediaLive channels encrypt the segments of HLS outputs',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'warning',
  type: channel,
  requires: each(
    'EncoderSettings.OutputGroups',
    when(
      present('OutputGroupSettings.HlsGroupSettings'),
      oneOf('OutputGroupSettings.HlsGroupSettings.EncryptionType', 'AES128', 'SAMPLE_AES'),
    ),
  ),
  why: 'Segments that are not encrypted play for whoever gets hold of their address, from the bucket, the CDN or a cache.',
  remedy:
    'Set EncryptionType to AES128 or SAMPLE_AES with a key provider. Waive it for outputs a packager encrypts, or that are meant for everybody.',
  aliases: [],
  controls: [],
  source: `${reference}-channel.html`,
  examples: {
    good: [
      {},
      {
        EncoderSettings: {
          OutputGroups: [{ OutputGroupSettings: { ArchiveGroupSettings: { RolloverInterval: 300 } } }],
        },
      },
      segments('AES128'),
      segments('SAMPLE_AES'),
    ],
    bad: [
      hlsGroup({ SegmentLength: 6 }),
      hlsGroup({ SegmentLength: 6, EncryptionType: onlyIf('AES128') }),
      segments(either('AES128', 'NONE')),
    ],
    unknown: [segments(imported)],
  },
});
export const channelNoPlaintext = neverPlaintext({
  id: 'medialive-channel-no-plaintext-key',
  type: channel,
  title: 'MediaLive channels have no content key or Akamai salt in plain text',
  path: [`${hls}.KeyProviderSettings.StaticKeySettings.StaticKeyValue`, `${hls}.HlsCdnSettings.HlsAkamaiSettings.Salt`],
  why: 'With the static key one plays every segment that was ever encrypted under it; with the salt one signs uploads to the CDN.',
  source: `${reference}-channel.html`,
});

export const medialive = service([channelSrtEncrypted, inputSrtEncrypted, channelHlsEncrypted, channelNoPlaintext], {
  [channel]: {
    'EncoderSettings.OutputGroups[].Outputs[].OutputSettings.SrtOutputSettings.EncryptionType':
      'It chooses between AES with 128, 192 and 256 bits; whether an SRT output is encrypted at all hangs on the passphrase of its destination.',
    [`${hls}.HlsCdnSettings.HlsAkamaiSettings.Token`]:
      'It is the name of the parameter that carries the token (_gda_ by default), not a token.',
    'Destinations[].MediaConnectRouterSettings[].EncryptionType':
      'AUTOMATIC and SECRETS_MANAGER both encrypt the way to the router; they differ in who keeps the passphrase.',
  },
  [input]: {
    'RouterSettings.EncryptionType':
      'AUTOMATIC and SECRETS_MANAGER both encrypt the way from the router; they differ in who keeps the passphrase.',
  },
});
