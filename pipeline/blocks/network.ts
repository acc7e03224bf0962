import { IsolatedNetwork, NetworkEncryption, SiteToSiteVpn } from '../../stacks/network';
import type { Block } from './block';

export const network: Block = ({ config, stack, keyArn, serviceRole, made }) => {
  const { interfaceEndpoints, encryption, exclusions, vpn } = config.network;
  const logKeyArn = keyArn('logs');
  const own = stack('network');
  const flowLogRole = serviceRole(own, 'flow-logs');
  const { vpc, endpoints } = new IsolatedNetwork(own, 'Network', { logKeyArn, flowLogRole, interfaceEndpoints });
  made.vpc = vpc;
  if (endpoints.secretsmanager) made.secretsEndpoint = endpoints.secretsmanager;
  // Each in a stack of its own: the local account lacks their types, and the rest of the network stands without them.
  if (vpn) new SiteToSiteVpn(stack('vpn'), 'Vpn', { vpc, logKeyArn, ...vpn });
  if (encryption !== 'off')
    new NetworkEncryption(stack('network-encryption'), 'Encryption', { vpc, mode: encryption, exclusions });
};
