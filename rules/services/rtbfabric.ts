import { directive } from '../directive';
import { each, oneOf } from '../requirement';
import { either, imported, oneOfThese, service } from './shared';

const gateway = 'AWS::RTBFabric::ResponderGateway';

export const gatewayHttps = oneOfThese({
  id: 'rtbfabric-responder-gateway-https',
  type: gateway,
  title: 'Responder gateways speak HTTPS to the bidder',
  path: 'Protocol',
  allowed: ['HTTPS'],
  wrong: ['HTTP'],
  concern: 'in-transit',
  why: 'Bid requests carry device identifiers and places of people; over HTTP they reach the bidder in the clear.',
  source: 'https://docs.aws.amazon.com/rtb-fabric/latest/api/API_ResponderGatewayConfigParameters.html',
});
export const gatewayListenerHttps = directive({
  id: 'rtbfabric-responder-gateway-listener-https',
  title: 'Responder gateways take requests only over HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: gateway,
  requires: each('ListenerConfig.Protocols', oneOf('', 'HTTPS')),
  why: 'A listener that takes HTTP beside HTTPS lets each requester choose to send bid requests in the clear.',
  fix: { 'ListenerConfig.Protocols': ['HTTPS'] },
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/rtb-fabric/latest/api/API_ListenerConfig.html',
  examples: {
    good: [{}, { ListenerConfig: { Protocols: ['HTTPS'] } }],
    bad: [
      { ListenerConfig: { Protocols: ['HTTP', 'HTTPS'] } },
      { ListenerConfig: { Protocols: ['HTTP'] } },
      { ListenerConfig: { Protocols: [either('HTTPS', 'HTTP')] } },
    ],
    unknown: [{ ListenerConfig: { Protocols: [imported] } }, { ListenerConfig: { Protocols: imported } }],
  },
});

export const rtbfabric = service([gatewayHttps, gatewayListenerHttps]);
