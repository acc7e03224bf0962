import { oneOfThese, service } from './shared';

export const accessSourceProtocol = oneOfThese({
  id: 'route53globalresolver-access-source-protocol',
  type: 'AWS::Route53GlobalResolver::AccessSource',
  title: 'Access sources of Route 53 Global Resolver take only encrypted DNS',
  concern: 'in-transit',
  path: 'Protocol',
  allowed: ['DOT', 'DOH'],
  wrong: ['DO53'],
  why: 'Over Do53 the names a client looks up cross the internet in plaintext, and answers can be forged on the way.',
  source: 'https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/gr-understanding-access-control-methods.html',
});

export const route53globalresolver = service([accessSourceProtocol]);
