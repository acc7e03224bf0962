import { directive } from '../directive';
import { all, each, given, oneOf } from '../requirement';
import { either, imported, oneOfThese, onlyIf, service } from './shared';

const source = 'https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_TargetAddress.html';

export const resolverEndpointDoh = directive({
  id: 'route53resolver-resolver-endpoint-doh',
  title: 'Resolver endpoints speak only DNS over HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::Route53Resolver::ResolverEndpoint',
  unless: [oneOf('Direction', 'INBOUND_DELEGATION')],
  requires: all(given('Protocols'), each('Protocols', oneOf('', 'DoH', 'DoH-FIPS'))),
  why: 'Do53, which an endpoint speaks when it names no protocol, sends every name your network looks up in the clear, for anyone on the way to read and to forge. Delegation endpoints can speak nothing else.',
  remedy:
    'Set Protocols to DoH alone. An inbound endpoint goes from Do53 to DoH in two steps: first both, then DoH alone, once all resolvers of the network have followed. Waive the endpoint where they cannot.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-forwarding-inbound-queries-values.html',
  examples: {
    good: [
      { Direction: 'INBOUND', Protocols: ['DoH'] },
      { Direction: 'INBOUND', Protocols: ['DoH-FIPS'] },
      { Direction: 'OUTBOUND', Protocols: ['DoH'] },
      { Direction: 'INBOUND_DELEGATION' },
    ],
    bad: [
      { Direction: 'INBOUND' },
      { Direction: 'INBOUND', Protocols: [] },
      { Direction: 'INBOUND', Protocols: ['Do53'] },
      { Direction: 'OUTBOUND', Protocols: ['DoH', 'Do53'] },
      { Direction: 'OUTBOUND', Protocols: onlyIf(['DoH']) },
      { Direction: 'OUTBOUND', Protocols: [either('DoH', 'Do53')] },
    ],
    unknown: [
      { Direction: 'INBOUND', Protocols: [imported] },
      { Direction: 'INBOUND', Protocols: imported },
    ],
  },
});
export const resolverRuleDoh = oneOfThese({
  id: 'route53resolver-resolver-rule-doh',
  type: 'AWS::Route53Resolver::ResolverRule',
  title: 'Resolver rules forward queries over HTTPS',
  path: 'TargetIps[].Protocol',
  allowed: ['DoH'],
  wrong: ['Do53'],
  beside: { RuleType: 'FORWARD', TargetIps: [{ Ip: '192.0.2.53' }] },
  concern: 'in-transit',
  why: 'A target without a protocol is asked over Do53: the names a VPC looks up leave it in the clear, and the answers can be forged.',
  remedy: 'Set Protocol to DoH on each target, and let the outbound endpoint speak DoH as well.',
  source,
  alsoGood: [{ RuleType: 'SYSTEM', DomainName: 'example.com' }],
});

export const route53resolver = service([resolverEndpointDoh, resolverRuleDoh]);
