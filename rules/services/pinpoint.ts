import type { Directive } from '../directive';
import { neverPlaintext, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-pinpoint';

/** A push channel keeps the credential by which Pinpoint sends in the app's name. */
const channel = (name: string, paths: readonly [string, ...string[]], sends: string): Directive =>
  neverPlaintext({
    id: `pinpoint-${name}-channel-no-plaintext-secret`,
    type: `AWS::Pinpoint::${channels[name] ?? ''}Channel`,
    title: `Pinpoint ${channels[name] ?? ''} channels have no plaintext credential`,
    path: paths,
    why: `Who has the credential can send ${sends} to everybody who has installed the app, in its name.`,
    source: `${reference}-${(channels[name] ?? '').toLowerCase()}channel.html`,
  });

const channels: Readonly<Record<string, string>> = {
  adm: 'ADM',
  apns: 'APNS',
  'apns-sandbox': 'APNSSandbox',
  'apns-voip': 'APNSVoip',
  'apns-voip-sandbox': 'APNSVoipSandbox',
  baidu: 'Baidu',
  gcm: 'GCM',
};
const apple = ['PrivateKey', 'TokenKey'] as const;

export const pinpoint = service([
  channel('adm', ['ClientSecret'], 'Amazon device messages'),
  channel('apns', apple, 'push notifications'),
  channel('apns-sandbox', apple, 'push notifications of the development environment'),
  channel('apns-voip', apple, 'calls'),
  channel('apns-voip-sandbox', apple, 'calls of the development environment'),
  channel('baidu', ['ApiKey', 'SecretKey'], 'Baidu cloud messages'),
  channel('gcm', ['ApiKey', 'ServiceJson'], 'Firebase cloud messages'),
]);
