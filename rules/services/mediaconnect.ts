import { directive, type Json, type Properties } from '../directive';
import { all, each, given, not, oneOf, present, type Requirement, when } from '../requirement';
import { at, either, imported, merge, onlyIf, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mediaconnect';
const roleArn = 'arn:aws:iam::111122223333:role/mediaconnect';
const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:key';
const key: Properties = { RoleArn: roleArn, SecretArn: secretArn };
const staticKey: Properties = { ...key, Algorithm: 'aes256', KeyType: 'static-key' };

export const entitlementEncrypted = directive({
  id: 'mediaconnect-flow-entitlement-encrypted',
  title: 'MediaConnect entitlements encrypt the content they grant',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::MediaConnect::FlowEntitlement',
  requires: given('Encryption'),
  why: 'A subscriber in another account gets the video in the clear unless the entitlement encrypts it with a key both sides hold.',
  remedy: 'Give Encryption with a key in Secrets Manager, or SPEKE, and hand the subscriber the key on another way.',
  aliases: [],
  controls: [],
  source: `${reference}-flowentitlement.html`,
  examples: {
    good: [{ Encryption: staticKey }, { Encryption: imported }],
    bad: [{}, { Encryption: {} }, { Encryption: onlyIf(staticKey) }],
    unknown: [],
  },
});

/** The protocols of flows that can encrypt; RTP, RIST, CDI and the others have nothing to switch on. */
const canEncrypt = (path: string): Requirement => oneOf(path, 'zixi-push', 'zixi-pull', 'srt-listener', 'srt-caller');

export const outputEncrypted = directive({
  id: 'mediaconnect-flow-output-encrypted',
  title: 'Zixi and SRT outputs of MediaConnect flows are encrypted',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::MediaConnect::FlowOutput',
  unless: [not(canEncrypt('Protocol'))],
  requires: given('Encryption.SecretArn'),
  why: 'Zixi and SRT carry live video over the internet, readable on every hop, unless the output names a key or an SRT password.',
  remedy: 'Give Encryption with KeyType static-key for Zixi or srt-password for SRT and the secret that holds it.',
  aliases: [],
  controls: [],
  source: `${reference}-flowoutput.html`,
  examples: {
    good: [
      { Protocol: 'zixi-push', Encryption: staticKey },
      { Protocol: 'srt-caller', Encryption: { ...key, KeyType: 'srt-password' } },
      { Protocol: 'rtp' },
      {},
    ],
    bad: [
      { Protocol: 'zixi-pull' },
      { Protocol: 'srt-listener', Encryption: {} },
      { Protocol: 'srt-listener', Encryption: onlyIf(staticKey) },
      { Protocol: either('zixi-push', 'srt-caller') },
    ],
    unknown: [{ Protocol: imported }],
  },
});

/** Flows and further sources of flows are two types with the same properties, the first under `Source`. */
const sourceEncrypted = (name: 'flow' | 'flow-source', type: string, prefix: string, title: string, why: string) => {
  const having = (properties: Properties): Properties => (prefix ? { Source: properties } : properties);
  return directive({
    id: `mediaconnect-${name}-encrypted`,
    title,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'error',
    type,
    unless: [not(canEncrypt(`${prefix}Protocol`))],
    requires: given(`${prefix}Decryption`),
    why,
    remedy:
      'Give Decryption with the secret that holds the key or the SRT password, and let the sender encrypt with it.',
    aliases: [],
    controls: [],
    source: `${reference}-${name.replace('-', '')}.html`,
    examples: {
      good: [
        having({ Protocol: 'srt-listener', Decryption: { ...key, KeyType: 'srt-password' } }),
        having({ Protocol: 'zixi-push', Decryption: staticKey }),
        having({ Protocol: 'rist' }),
        having({ EntitlementArn: 'arn:aws:mediaconnect:eu-central-1:111122223333:entitlement:1-x:y' }),
      ],
      bad: [
        having({ Protocol: 'srt-listener' }),
        having({ Protocol: 'zixi-push', Decryption: {} }),
        having({ Protocol: 'srt-caller', Decryption: onlyIf(staticKey) }),
      ],
      unknown: [having({ Protocol: imported })],
    },
  });
};
export const flowSourceOfFlowEncrypted = sourceEncrypted(
  'flow',
  'AWS::MediaConnect::Flow',
  'Source.',
  'MediaConnect flows take Zixi and SRT only encrypted',
  'The contribution feed crosses the internet to reach the flow; a source that expects no key takes it in the clear.',
);
export const flowSourceEncrypted = sourceEncrypted(
  'flow-source',
  'AWS::MediaConnect::FlowSource',
  '',
  'Further sources of MediaConnect flows take Zixi and SRT only encrypted',
  'A failover source that expects no key sends the same feed in the clear that the first source encrypts.',
);

const standard = 'Configuration.Standard.ProtocolConfiguration';
const srtWith = (path: string, setting: string): Requirement =>
  all(
    ...['SrtListener', 'SrtCaller'].map((mode) => {
      const at = path ? `${path}.${mode}` : mode;
      return when(present(at), given(`${at}.${setting}.EncryptionKey`));
    }),
  );
const srt = (mode: string, more: Properties = {}): Properties => ({
  [mode]: { MinimumLatencyMilliseconds: 200, ...more },
});
const inStandard = (configuration: Json): Properties => at(standard, configuration);
const inFailover = (...configurations: readonly Json[]): Properties =>
  at('Configuration.Failover.ProtocolConfigurations', configurations);

export const routerInputSrtEncrypted = directive({
  id: 'mediaconnect-router-input-srt-encrypted',
  title: 'SRT inputs of MediaConnect routers are encrypted',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::MediaConnect::RouterInput',
  requires: all(
    srtWith(standard, 'DecryptionConfiguration'),
    each('Configuration.Failover.ProtocolConfigurations', srtWith('', 'DecryptionConfiguration')),
  ),
  why: 'An SRT input without a passphrase takes the feed in the clear from whoever reaches its port.',
  remedy: 'Give DecryptionConfiguration.EncryptionKey with the secret of the passphrase, for every SRT configuration.',
  aliases: [],
  controls: [],
  source: `${reference}-routerinput.html`,
  examples: {
    good: [
      inStandard(srt('SrtListener', { DecryptionConfiguration: { EncryptionKey: key } })),
      inFailover(srt('SrtCaller', { DecryptionConfiguration: { EncryptionKey: key } })),
      inStandard({ Rist: { Port: 5000, RecoveryLatencyMilliseconds: 500 } }),
      {},
    ],
    bad: [
      inStandard(srt('SrtListener')),
      inStandard(srt('SrtCaller', { DecryptionConfiguration: onlyIf({ EncryptionKey: key }) })),
      inFailover(srt('SrtListener', { DecryptionConfiguration: { EncryptionKey: key } }), srt('SrtListener')),
    ],
    unknown: [{ Configuration: { Failover: { ProtocolConfigurations: imported } } }],
  },
});

export const routerOutputSrtEncrypted = directive({
  id: 'mediaconnect-router-output-srt-encrypted',
  title: 'SRT outputs of MediaConnect routers are encrypted',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::MediaConnect::RouterOutput',
  requires: srtWith(standard, 'EncryptionConfiguration'),
  why: 'A router output without a passphrase sends the programme over SRT in the clear to the address it names.',
  remedy: 'Give EncryptionConfiguration.EncryptionKey with the secret of the passphrase.',
  aliases: [],
  controls: [],
  source: `${reference}-routeroutput.html`,
  examples: {
    good: [
      inStandard(srt('SrtCaller', { EncryptionConfiguration: { EncryptionKey: key } })),
      inStandard({ Rtp: { DestinationPort: 5000 } }),
      {},
    ],
    bad: [
      inStandard(srt('SrtCaller')),
      inStandard(srt('SrtListener', { EncryptionConfiguration: onlyIf({ EncryptionKey: key }) })),
    ],
    unknown: [],
  },
});

const rtmp = `${standard}.RtmpPush`;
const pushing = (more: Properties): Properties =>
  at(rtmp, { DestinationAddress: 'live.example.com', DestinationPort: 443, StreamName: 's', ...more });
const tls: Properties = { EncryptionType: 'PUBLIC', EncryptionConfiguration: { Public: {} } };
export const routerOutputRtmpTls = directive({
  id: 'mediaconnect-router-output-rtmp-tls',
  title: 'MediaConnect routers push RTMP over TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::MediaConnect::RouterOutput',
  requires: when(present(rtmp), given(`${rtmp}.TlsEncryption.EncryptionConfiguration`)),
  why: 'Plain RTMP shows the stream name, which is what a platform asks for to publish, and the video to everyone on the way.',
  remedy: 'Give TlsEncryption, and the port of the destination that speaks RTMPS (as a rule 443).',
  aliases: [],
  controls: [],
  source: `${reference}-routeroutput.html`,
  examples: {
    good: [pushing({ TlsEncryption: tls }), {}],
    bad: [pushing({}), pushing({ TlsEncryption: onlyIf(tls) })],
    unknown: [],
  },
});

const automatic: Properties = { EncryptionKeyType: 'AUTOMATIC', EncryptionKeyConfiguration: { Automatic: {} } };
const bySecret: Properties = {
  EncryptionKeyType: 'SECRETS_MANAGER',
  EncryptionKeyConfiguration: { SecretsManager: key },
};
/** Where the setting may be left out, AWS does not document what then happens; both its values encrypt. */
const transitStated = (asks: {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly why: string;
  readonly path: string;
  /** The property that connects a flow with a router. */
  readonly state?: string;
  readonly source: string;
}) => {
  const { path, state, ...said } = asks;
  const beside = state ? at(state, 'ENABLED') : {};
  const having = (value: Json): Properties => merge(beside, at(path, value));
  return directive({
    ...said,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'warning',
    ...(state ? { unless: [not(oneOf(state, 'ENABLED'))] } : {}),
    requires: given(`${path}.EncryptionKeyConfiguration`),
    fix: { [path]: automatic },
    aliases: [],
    controls: [],
    examples: {
      good: [having(automatic), having(bySecret), ...(state ? [{}, at(state, 'DISABLED')] : [])],
      bad: [beside, having({}), having(onlyIf(automatic))],
      unknown: [],
    },
  });
};
export const outputRouterTransit = transitStated({
  id: 'mediaconnect-flow-output-router-transit-encrypted',
  type: 'AWS::MediaConnect::FlowOutput',
  title: 'Outputs of MediaConnect flows to a router state their encryption',
  path: 'RouterIntegrationTransitEncryption',
  state: 'RouterIntegrationState',
  why: 'An output that feeds a router and leaves the setting out has no documented encryption on the way to the router.',
  source: `${reference}-flowoutput.html`,
});
export const sourceRouterTransit = transitStated({
  id: 'mediaconnect-flow-router-transit-encrypted',
  type: 'AWS::MediaConnect::Flow',
  title: 'MediaConnect flows fed by a router state their encryption',
  path: 'Source.RouterIntegrationTransitDecryption',
  state: 'Source.RouterIntegrationState',
  why: 'A source that takes its feed from a router and leaves the setting out has no documented encryption on the way from there.',
  source: `${reference}-flow.html`,
});
export const routerInputTransit = transitStated({
  id: 'mediaconnect-router-input-transit-encrypted',
  type: 'AWS::MediaConnect::RouterInput',
  title: 'Inputs of MediaConnect routers state the encryption within the router',
  path: 'TransitEncryption',
  why: 'What a router carries from input to output may cross Regions; what an input that leaves the setting out gets is not documented.',
  source: `${reference}-routerinput.html`,
});

const both =
  'The property must be given and both its values encrypt: it says whether the service makes the key or a secret of yours holds it.';

const kind =
  'Both its values encrypt, and the service can tell which from the configuration beside it, which is judged.';

export const mediaconnect = service(
  [
    entitlementEncrypted,
    outputEncrypted,
    flowSourceOfFlowEncrypted,
    flowSourceEncrypted,
    routerInputSrtEncrypted,
    routerOutputSrtEncrypted,
    routerOutputRtmpTls,
    outputRouterTransit,
    sourceRouterTransit,
    routerInputTransit,
  ],
  {
    'AWS::MediaConnect::Flow': { 'Source.RouterIntegrationTransitDecryption.EncryptionKeyType': kind },
    'AWS::MediaConnect::FlowOutput': { 'RouterIntegrationTransitEncryption.EncryptionKeyType': kind },
    'AWS::MediaConnect::RouterInput': {
      'TransitEncryption.EncryptionKeyType': kind,
      'Configuration.MediaConnectFlow.SourceTransitDecryption': both,
      'Configuration.MediaLiveChannel.SourceTransitDecryption': both,
    },
    'AWS::MediaConnect::RouterOutput': {
      [`${rtmp}.TlsEncryption.EncryptionType`]:
        'It has one value, PUBLIC, for certificates of public authorities; that TLS is asked for at all is judged.',
      'Configuration.MediaConnectFlow.DestinationTransitEncryption': both,
      'Configuration.MediaLiveInput.DestinationTransitEncryption': both,
    },
  },
);
