import { not, oneOf } from '../requirement';
import { neverPlaintext, service, switchedOn } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-directconnect';
const why =
  'Whoever knows the BGP key and reaches the VLAN may announce routes in your name and draw traffic of your VPCs to themselves.';
const fast = ['10Gbps', '100Gbps', '400Gbps'] as const;
const macSec =
  'Set RequestMACSec to true at a location that offers MACsec, then associate a MACsec key and set the encryption mode to must_encrypt. It replaces the connection. Waive it where a VPN over the connection encrypts instead.';

export const connectionMacSec = switchedOn({
  id: 'directconnect-connection-macsec',
  type: 'AWS::DirectConnect::Connection',
  title: 'Direct Connect connections ask for a port that speaks MACsec',
  path: 'RequestMACSec',
  concern: 'in-transit',
  severity: 'warning',
  beside: { Bandwidth: '10Gbps' },
  unless: [not(oneOf('Bandwidth', ...fast))],
  alsoGood: [{ Bandwidth: '1Gbps' }],
  why: 'Direct Connect itself encrypts nothing: on the cross-connect in a shared building everything passes in the clear unless MACsec or a VPN covers it.',
  remedy: macSec,
  source: `${reference}-connection.html`,
});
export const lagMacSec = switchedOn({
  id: 'directconnect-lag-macsec',
  type: 'AWS::DirectConnect::Lag',
  title: 'Direct Connect link aggregation groups ask for ports that speak MACsec',
  path: 'RequestMACSec',
  concern: 'in-transit',
  severity: 'warning',
  beside: { ConnectionsBandwidth: '100Gbps' },
  unless: [not(oneOf('ConnectionsBandwidth', ...fast))],
  alsoGood: [{ ConnectionsBandwidth: '1Gbps' }],
  why: 'A group that was made without MACsec takes only connections without it: the whole bundle stays plaintext.',
  remedy: macSec,
  source: `${reference}-lag.html`,
});
export const privateInterfaceNoPlaintext = neverPlaintext({
  id: 'directconnect-private-virtual-interface-no-plaintext-key',
  type: 'AWS::DirectConnect::PrivateVirtualInterface',
  title: 'Private virtual interfaces of Direct Connect have no BGP key in plain text',
  path: 'BgpPeers[].AuthKey',
  why,
  source: `${reference}-privatevirtualinterface.html`,
});
export const publicInterfaceNoPlaintext = neverPlaintext({
  id: 'directconnect-public-virtual-interface-no-plaintext-key',
  type: 'AWS::DirectConnect::PublicVirtualInterface',
  title: 'Public virtual interfaces of Direct Connect have no BGP key in plain text',
  path: 'BgpPeers[].AuthKey',
  why: 'The BGP key is all that vouches for your public prefixes towards AWS on this interface.',
  source: `${reference}-publicvirtualinterface.html`,
});
export const transitInterfaceNoPlaintext = neverPlaintext({
  id: 'directconnect-transit-virtual-interface-no-plaintext-key',
  type: 'AWS::DirectConnect::TransitVirtualInterface',
  title: 'Transit virtual interfaces of Direct Connect have no BGP key in plain text',
  path: 'BgpPeers[].AuthKey',
  why: 'Behind a transit interface stand all VPCs of the transit gateway; its BGP key keeps strangers from announcing routes to them.',
  source: `${reference}-transitvirtualinterface.html`,
});

export const directconnect = service([
  connectionMacSec,
  lagMacSec,
  privateInterfaceNoPlaintext,
  publicInterfaceNoPlaintext,
  transitInterfaceNoPlaintext,
]);
