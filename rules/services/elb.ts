import { fsbp, inTransit } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { all, any, each, oneOf, tlsAtLeast, when } from '../requirement';
import { either, imported, onlyIf, service } from './shared';

const listener = 'AWS::ElasticLoadBalancingV2::Listener';
const guide = 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application';

const redirect = (protocol: Json): Properties => ({
  Protocol: 'HTTP',
  DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: protocol, StatusCode: 'HTTP_301' } }],
});
const https = (policy?: Json): Properties => ({
  Protocol: 'HTTPS',
  ...(policy === undefined ? {} : { SslPolicy: policy }),
});

export const listenerEncrypted = directive({
  id: 'elb-listener-encrypted',
  title: 'Listeners of load balancers speak TLS, or send plain HTTP to HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: listener,
  requires: any(
    oneOf('Protocol', 'HTTPS', 'TLS', 'QUIC', 'TCP_QUIC', 'GENEVE'),
    all(
      oneOf('Protocol', 'HTTP'),
      each('DefaultActions', all(oneOf('Type', 'redirect'), oneOf('RedirectConfig.Protocol', 'HTTPS'))),
    ),
  ),
  why: 'An HTTP listener takes cookies and passwords in the clear. One that only redirects takes nothing.',
  remedy:
    'Set Protocol to HTTPS (or TLS) with a certificate, or make the only default action a redirect to HTTPS. TCP and UDP listeners pass bytes through: waive those whose payload is encrypted.',
  config: ['ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK'],
  aliases: ['cfn_nag:W56', 'checkov:CKV_AWS_2', 'fsbp:ELB.1'],
  controls: inTransit('ELB.1'),
  source: `${guide}/create-https-listener.html`,
  examples: {
    good: [https(), { Protocol: 'TLS' }, redirect('HTTPS')],
    bad: [
      { Protocol: 'HTTP', DefaultActions: [{ Type: 'forward' }] },
      redirect('HTTP'),
      redirect(either('HTTPS', 'HTTP')),
      { Protocol: 'TCP', DefaultActions: [{ Type: 'forward' }] },
      { Protocol: onlyIf('HTTPS'), DefaultActions: [{ Type: 'forward' }] },
    ],
    unknown: [redirect(imported), { Protocol: imported, DefaultActions: [{ Type: 'forward' }] }],
  },
});

export const listenerTlsPolicy = directive({
  id: 'elb-listener-tls-policy',
  title: 'TLS listeners of load balancers admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: listener,
  requires: when(oneOf('Protocol', 'HTTPS', 'TLS'), tlsAtLeast('SslPolicy', 'elb', '1.2')),
  why: 'A listener that names no policy gets ELBSecurityPolicy-2016-08 through CloudFormation, which admits TLS 1.0.',
  fix: { SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09' },
  config: ['ELBV2_PREDEFINED_SECURITY_POLICY_SSL_CHECK'],
  aliases: ['cfn_nag:W55', 'checkov:CKV_AWS_103', 'fsbp:ELB.17'],
  controls: [fsbp('ELB.17')],
  source: `${guide}/describe-ssl-policies.html`,
  examples: {
    good: [
      https('ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09'),
      https('ELBSecurityPolicy-TLS13-1-3-2021-06'),
      redirect('HTTPS'),
    ],
    bad: [
      https(),
      https('ELBSecurityPolicy-2016-08'),
      https('ELBSecurityPolicy-TLS13-1-0-PQ-2025-09'),
      { Protocol: 'TLS', SslPolicy: onlyIf('ELBSecurityPolicy-TLS13-1-2-2021-06') },
    ],
    unknown: [https('ELBSecurityPolicy-TLS19-2039-01'), { Protocol: 'HTTPS', SslPolicy: imported }],
  },
});

export const elb = service([listenerEncrypted, listenerTlsPolicy]);
