import { oneOf } from '../requirement';
import { oneOfThese, service } from './shared';

export const listenerEncrypted = oneOfThese({
  id: 'vpclattice-listener-encrypted',
  type: 'AWS::VpcLattice::Listener',
  title: 'VPC Lattice listeners speak TLS',
  concern: 'in-transit',
  path: 'Protocol',
  allowed: ['HTTPS', 'TLS_PASSTHROUGH'],
  wrong: ['HTTP'],
  why: 'An HTTP listener takes requests from other VPCs and accounts in the clear, with whatever tokens they carry.',
  remedy: 'Set Protocol to HTTPS; Lattice provides a certificate for its own domain name. It replaces the listener.',
  source: 'https://docs.aws.amazon.com/vpc-lattice/latest/ug/listeners.html',
});
export const targetGroupEncrypted = oneOfThese({
  id: 'vpclattice-target-group-encrypted',
  type: 'AWS::VpcLattice::TargetGroup',
  title: 'VPC Lattice target groups speak TLS to their targets',
  concern: 'in-transit',
  path: 'Config.Protocol',
  beside: { Type: 'INSTANCE' },
  unless: [oneOf('Type', 'LAMBDA')],
  allowed: ['HTTPS', 'TCP'],
  wrong: ['HTTP'],
  why: 'Behind an HTTPS listener Lattice still sends requests on in plaintext to a target group that speaks HTTP.',
  remedy:
    'Set Config.Protocol to HTTPS, or to TCP behind a TLS passthrough listener, where the targets decrypt. It replaces the target group.',
  source: 'https://docs.aws.amazon.com/vpc-lattice/latest/ug/listeners.html',
  alsoGood: [{ Type: 'LAMBDA' }],
});

export const vpclattice = service([listenerEncrypted, targetGroupEncrypted]);
