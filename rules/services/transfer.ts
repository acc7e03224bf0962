import { fsbp } from '../controls';
import { directive } from '../directive';
import { absent, all, each, given, noneOf, not, oneOf, some } from '../requirement';
import { at, either, imported, neverPlaintext, oneOfThese, onlyIf, parameterP, service, template } from './shared';

const server = 'AWS::Transfer::Server';
const connector = 'AWS::Transfer::Connector';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-transfer';
const guide = 'https://docs.aws.amazon.com/transfer/latest/userguide';

export const serverNoFtp = directive({
  id: 'transfer-server-no-ftp',
  title: 'Transfer servers do not speak FTP',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: server,
  requires: each('Protocols', noneOf('', 'FTP')),
  why: 'FTP sends user names, passwords and files in the clear; SFTP and FTPS carry the same files encrypted.',
  remedy: 'Take FTP out of Protocols. A server that names no protocol speaks SFTP.',
  config: ['TRANSFER_FAMILY_SERVER_NO_FTP'],
  aliases: ['fsbp:Transfer.2'],
  controls: [fsbp('Transfer.2')],
  source: 'https://docs.aws.amazon.com/config/latest/developerguide/transfer-family-server-no-ftp.html',
  examples: {
    good: [{}, { Protocols: ['SFTP'] }, { Protocols: ['FTPS', 'AS2'] }],
    bad: [{ Protocols: ['FTP'] }, { Protocols: ['SFTP', 'FTP'] }, { Protocols: [either('FTPS', 'FTP')] }],
    unknown: [{ Protocols: imported }, { Protocols: [imported] }],
  },
});

/** Policies that admit SHA-1, in key exchange, MAC or host key (ssh-rsa), or are experiments. */
const weakPolicies = [
  'TransferSecurityPolicy-2018-11',
  'TransferSecurityPolicy-Restricted-2018-11',
  'TransferSecurityPolicy-2020-06',
  'TransferSecurityPolicy-Restricted-2020-06',
  'TransferSecurityPolicy-FIPS-2020-06',
  'TransferSecurityPolicy-FIPS-2023-05',
  'TransferSecurityPolicy-FIPS-2024-01',
  'TransferSecurityPolicy-PQ-SSH-Experimental-2023-04',
  'TransferSecurityPolicy-PQ-SSH-FIPS-Experimental-2023-04',
];
export const serverSecurityPolicy = directive({
  id: 'transfer-server-security-policy',
  title: 'Transfer servers name a security policy without SHA-1',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: server,
  requires: all(given('SecurityPolicyName'), noneOf('SecurityPolicyName', ...weakPolicies)),
  why: 'A server that CloudFormation makes without a policy gets TransferSecurityPolicy-2018-11, which still agrees on SHA-1 in key exchange and MACs.',
  fix: { SecurityPolicyName: 'TransferSecurityPolicy-2025-03' },
  aliases: [],
  controls: [],
  source: `${guide}/security-policies.html`,
  examples: {
    good: [
      { SecurityPolicyName: 'TransferSecurityPolicy-2025-03' },
      { SecurityPolicyName: 'TransferSecurityPolicy-2024-01' },
      { SecurityPolicyName: 'TransferSecurityPolicy-FIPS-2024-05' },
    ],
    bad: [
      {},
      { SecurityPolicyName: 'TransferSecurityPolicy-2018-11' },
      { SecurityPolicyName: 'TransferSecurityPolicy-FIPS-2020-06' },
      { SecurityPolicyName: onlyIf('TransferSecurityPolicy-2025-03') },
    ],
    unknown: [{ SecurityPolicyName: imported }, template(server, { SecurityPolicyName: { Ref: 'P' } }, {}, parameterP)],
  },
});
export const serverTlsSessionResumption = oneOfThese({
  id: 'transfer-server-tls-session-resumption',
  type: server,
  title: 'FTPS servers of Transfer Family tie the data connection to the control connection',
  path: 'ProtocolDetails.TlsSessionResumptionMode',
  beside: { Protocols: ['FTPS'] },
  allowed: ['ENFORCED'],
  wrong: ['ENABLED', 'DISABLED'],
  absentIsRight: true,
  concern: 'in-transit',
  severity: 'warning',
  unless: [not(some('Protocols', oneOf('', 'FTPS')))],
  alsoGood: [{}, at('ProtocolDetails.TlsSessionResumptionMode', 'DISABLED')],
  why: 'Unless the data connection must resume the TLS session of the control connection, somebody else can connect to the data port and take or replace the file.',
  source: `${guide}/API_ProtocolDetails.html`,
});

export const connectorAs2Encrypted = oneOfThese({
  id: 'transfer-connector-as2-encrypted',
  type: connector,
  title: 'AS2 connectors encrypt messages with AES',
  path: 'As2Config.EncryptionAlgorithm',
  beside: at('As2Config.LocalProfileId', 'p-1234567890abcdef0'),
  allowed: ['AES256_CBC', 'AES192_CBC', 'AES128_CBC'],
  wrong: ['NONE', 'DES_EDE3_CBC'],
  concern: 'in-transit',
  unless: [absent('As2Config')],
  alsoGood: [{ SftpConfig: { UserSecretId: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:s' } }],
  why: 'An AS2 message is to stay sealed until the trading partner opens it: NONE leaves it to the connection, and triple DES is broken.',
  source: `${reference}-connector.html`,
});
export const connectorSecurityPolicy = directive({
  id: 'transfer-connector-security-policy',
  title: 'SFTP connectors use a security policy without ssh-rsa host keys',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: connector,
  requires: noneOf('SecurityPolicyName', 'TransferSFTPConnectorSecurityPolicy-2023-07'),
  why: 'The policy of 2023-07 accepts host keys signed with SHA-1, by which a forged server can pass for the partner.',
  remedy: 'Leave SecurityPolicyName out, which gives TransferSFTPConnectorSecurityPolicy-2024-03, or name a newer one.',
  aliases: [],
  controls: [],
  source: `${guide}/security-policies-connectors.html`,
  examples: {
    good: [
      {},
      { SecurityPolicyName: 'TransferSFTPConnectorSecurityPolicy-2024-03' },
      { SecurityPolicyName: 'TransferSFTPConnectorSecurityPolicy-FIPS-2024-10' },
    ],
    bad: [
      { SecurityPolicyName: 'TransferSFTPConnectorSecurityPolicy-2023-07' },
      { SecurityPolicyName: onlyIf('TransferSFTPConnectorSecurityPolicy-2023-07') },
    ],
    unknown: [{ SecurityPolicyName: imported }],
  },
});

export const certificateNoPlaintextKey = neverPlaintext({
  id: 'transfer-certificate-no-plaintext-key',
  type: 'AWS::Transfer::Certificate',
  title: 'AS2 certificates take the private key from a secret',
  path: 'PrivateKey',
  why: 'With the private key anyone opens the messages of your trading partners and signs orders in your name.',
  source: `${reference}-certificate.html`,
});
export const hostKeyNoPlaintext = neverPlaintext({
  id: 'transfer-host-key-no-plaintext-key',
  type: 'AWS::Transfer::HostKey',
  title: 'Host keys of Transfer servers come from a secret',
  path: 'HostKeyBody',
  why: 'The host key is how SFTP clients know the server: whoever has it can stand in for it and take their files.',
  source: `${reference}-hostkey.html`,
});

export const transfer = service([
  serverNoFtp,
  serverSecurityPolicy,
  serverTlsSessionResumption,
  connectorAs2Encrypted,
  connectorSecurityPolicy,
  certificateNoPlaintextKey,
  hostKeyNoPlaintext,
]);
