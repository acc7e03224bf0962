import { fsbp, inTransit, pci } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import {
  absent,
  absentOr,
  all,
  any,
  each,
  given,
  hasRelated,
  matches,
  noneOf,
  not,
  oneOf,
  type Requirement,
  some,
  tlsAtLeast,
  when,
} from '../requirement';
import { either, imported, neverPlaintext, oneOfThese, onlyIf, service, template } from './shared';

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

const rule = 'AWS::ElasticLoadBalancingV2::ListenerRule';
const toHttps: Requirement = all(oneOf('Type', 'redirect'), oneOf('RedirectConfig.Protocol', 'HTTPS'));
/** An HTTP listener of the name R, which redirects, with a rule of this action. */
const withRule = (action: Properties, listenerArn: Json = { Ref: 'R' }) =>
  template(listener, redirect('HTTPS'), {
    Rule: { Type: rule, Properties: { ListenerArn: listenerArn, Priority: 1, Actions: [action] } },
    Secure: { Type: listener, Properties: { Protocol: 'HTTPS', Port: 443 } },
  });

export const listenerEncrypted = directive({
  id: 'elb-listener-encrypted',
  title: 'Listeners of load balancers speak TLS, or send plain HTTP to HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: listener,
  // A listener of a Gateway Load Balancer has neither protocol nor port.
  unless: [all(absent('Protocol'), absent('Port'), given('DefaultActions'))],
  requires: any(
    oneOf('Protocol', 'HTTPS', 'TLS', 'QUIC'),
    all(
      oneOf('Protocol', 'HTTP'),
      given('DefaultActions'),
      each('DefaultActions', toHttps),
      not(hasRelated(rule, 'ListenerArn', some('Actions', not(toHttps)))),
    ),
  ),
  why: 'An HTTP listener takes cookies and passwords in the clear. One that redirects everything, in its rules too, takes nothing.',
  remedy:
    'Set Protocol to HTTPS (or TLS) with a certificate, or make a redirect to HTTPS its only action and that of its rules. TCP and UDP listeners pass bytes through: waive those whose payload is encrypted.',
  config: ['ALB_HTTP_TO_HTTPS_REDIRECTION_CHECK'],
  aliases: ['cfn_nag:W56', 'checkov:CKV_AWS_2', 'fsbp:ELB.1', 'fsbp:ELB.18'],
  controls: [...inTransit('ELB.1'), fsbp('ELB.18')],
  source: `${guide}/create-https-listener.html`,
  examples: {
    good: [
      https(),
      { Protocol: 'TLS' },
      redirect('HTTPS'),
      { LoadBalancerArn: 'gateway', DefaultActions: [{ Type: 'forward' }] },
      withRule({ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', StatusCode: 'HTTP_301' } }),
      withRule({ Type: 'forward', TargetGroupArn: 't' }, { Ref: 'Secure' }),
    ],
    bad: [
      {},
      { Protocol: 'HTTP' },
      { Protocol: 'TCP_QUIC', DefaultActions: [{ Type: 'forward' }] },
      withRule({ Type: 'forward', TargetGroupArn: 't' }),
      { Protocol: 'HTTP', DefaultActions: [{ Type: 'forward' }] },
      redirect('HTTP'),
      redirect(either('HTTPS', 'HTTP')),
      { Protocol: 'TCP', DefaultActions: [{ Type: 'forward' }] },
      { Protocol: onlyIf('HTTPS'), Port: 443, DefaultActions: [{ Type: 'forward' }] },
    ],
    unknown: [
      redirect(imported),
      withRule({ Type: 'forward', TargetGroupArn: 't' }, imported),
      { Protocol: imported, DefaultActions: [{ Type: 'forward' }] },
    ],
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
  controls: inTransit('ELB.17'),
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

const oidc = {
  AuthorizationEndpoint: 'https://id.example.com/authorize',
  ClientId: 'c',
  Issuer: 'https://id.example.com',
  TokenEndpoint: 'https://id.example.com/token',
  UserInfoEndpoint: 'https://id.example.com/userinfo',
};
const oidcWhy =
  'With the client secret anybody can redeem sign-ins as this application. It is in the template, its history and every description of the stack.';

export const listenerClientSecret = neverPlaintext({
  id: 'elb-listener-no-plaintext-client-secret',
  type: listener,
  title: 'Listeners of load balancers have no OIDC client secret in the template',
  path: 'DefaultActions[].AuthenticateOidcConfig.ClientSecret',
  beside: { DefaultActions: [{ Type: 'authenticate-oidc', AuthenticateOidcConfig: oidc }] },
  why: oidcWhy,
  source: `${guide}/listener-authenticate-users.html`,
});

export const ruleClientSecret = neverPlaintext({
  id: 'elb-listener-rule-no-plaintext-client-secret',
  type: rule,
  title: 'Listener rules have no OIDC client secret in the template',
  path: 'Actions[].AuthenticateOidcConfig.ClientSecret',
  beside: { Actions: [{ Type: 'authenticate-oidc', AuthenticateOidcConfig: oidc }] },
  why: oidcWhy,
  source: `${guide}/listener-authenticate-users.html`,
});

const sends = (protocol?: Json): Properties => ({
  Actions: [
    {
      Type: 'redirect',
      RedirectConfig: { StatusCode: 'HTTP_301', ...(protocol === undefined ? {} : { Protocol: protocol }) },
    },
  ],
});
export const ruleRedirects = directive({
  id: 'elb-listener-rule-no-redirect-to-http',
  title: 'Listener rules do not redirect to plain HTTP',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: rule,
  requires: each('Actions', noneOf('RedirectConfig.Protocol', 'HTTP')),
  why: 'The redirect tells the client to send the same request, cookies and all, in the clear.',
  remedy: 'Set RedirectConfig.Protocol to HTTPS.',
  aliases: [],
  controls: [],
  source: `${guide}/rule-action-types.html`,
  examples: {
    good: [sends('HTTPS'), sends(), { Actions: [{ Type: 'forward', TargetGroupArn: 't' }] }],
    bad: [sends('HTTP'), sends(either('HTTPS', 'HTTP'))],
    unknown: [sends(imported)],
  },
});

export const targetGroupEncrypted = oneOfThese({
  id: 'elb-target-group-encrypted',
  type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  title: 'Load balancers speak TLS to their targets',
  path: 'Protocol',
  beside: { Port: 443, VpcId: 'v' },
  allowed: ['HTTPS', 'TLS', 'QUIC'],
  wrong: ['HTTP', 'TCP', 'UDP', 'TCP_UDP', 'TCP_QUIC'],
  unless: [oneOf('TargetType', 'lambda', 'alb'), oneOf('Protocol', 'GENEVE')],
  concern: 'in-transit',
  why: 'The load balancer ends the TLS of the client; over HTTP the last stretch to the target is plaintext again.',
  remedy:
    'Set Protocol to HTTPS or TLS and give the targets a certificate; a load balancer takes a self-signed one as well. Where TCP carries TLS through to the target, waive it.',
  alsoGood: [{ TargetType: 'lambda' }, { TargetType: 'alb', Protocol: 'TCP' }, { Protocol: 'GENEVE', Port: 6081 }],
  config: ['ELBV2_TARGETGROUP_PROTOCOL_ENCRYPTED'],
  source: 'https://docs.aws.amazon.com/config/latest/developerguide/elbv2-targetgroup-protocol-encrypted.html',
});

const classic = 'AWS::ElasticLoadBalancing::LoadBalancer';
const classicGuide = 'https://docs.aws.amazon.com/elasticloadbalancing/latest/classic';
const speaks = (protocol: Json, rest: Properties = {}): Properties => ({
  Listeners: [{ LoadBalancerPort: '443', InstancePort: '443', Protocol: protocol, ...rest }],
});
const secure = /^(https|ssl)$/i;

export const classicListenersEncrypted = directive({
  id: 'elb-classic-listener-encrypted',
  title: 'Listeners of Classic Load Balancers speak TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: classic,
  requires: each('Listeners', matches('Protocol', secure)),
  why: 'A Classic Load Balancer cannot redirect: whatever reaches an HTTP listener has crossed the network in the clear.',
  remedy: 'Set Protocol to HTTPS or SSL with a certificate in every listener, and remove the others.',
  config: ['ELB_TLS_HTTPS_LISTENERS_ONLY'],
  aliases: ['fsbp:ELB.3', 'cdk-nag:AwsSolutions-ELB5'],
  controls: [fsbp('ELB.3')],
  source: `${classicGuide}/elb-https-load-balancers.html`,
  examples: {
    good: [speaks('HTTPS'), speaks('SSL')],
    bad: [speaks('HTTP'), speaks('TCP'), speaks(either('HTTPS', 'HTTP'))],
    unknown: [speaks(imported)],
  },
});

export const classicBackendsEncrypted = directive({
  id: 'elb-classic-backend-encrypted',
  title: 'Classic Load Balancers do not undo TLS towards their instances',
  concern: 'in-transit',
  tier: 'encrypted',
  // AWS lists it among the ordinary configurations; no control of Security Hub asks about this side.
  severity: 'warning',
  type: classic,
  requires: each(
    'Listeners',
    when(matches('Protocol', secure), absentOr('InstanceProtocol', matches('InstanceProtocol', secure))),
  ),
  why: 'With InstanceProtocol HTTP or TCP the load balancer ends the TLS of the client and sends the rest of the way in plaintext.',
  remedy: 'Set InstanceProtocol to HTTPS (or SSL) and give the instances a certificate.',
  aliases: [],
  controls: [],
  source: `${classicGuide}/elb-listener-config.html`,
  examples: {
    good: [speaks('HTTPS', { InstanceProtocol: 'HTTPS' }), speaks('SSL'), speaks('HTTP', { InstanceProtocol: 'HTTP' })],
    bad: [
      speaks('HTTPS', { InstanceProtocol: 'HTTP' }),
      speaks('SSL', { InstanceProtocol: 'TCP' }),
      speaks('HTTPS', { InstanceProtocol: either('HTTPS', 'HTTP') }),
    ],
    unknown: [speaks('HTTPS', { InstanceProtocol: imported })],
  },
});

const negotiates = (...attributes: readonly Properties[]): Properties => ({
  ...speaks('HTTPS', { PolicyNames: ['tls'] }),
  Policies: [{ PolicyName: 'tls', PolicyType: 'SSLNegotiationPolicyType', Attributes: attributes }],
});
const predefined = (value: Json) => negotiates({ Name: 'Reference-Security-Policy', Value: value });
const older = ['Protocol-SSLv3', 'Protocol-TLSv1', 'Protocol-TLSv1.1'];

export const classicTlsPolicy = directive({
  id: 'elb-classic-tls-policy',
  title: 'Classic Load Balancers admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: classic,
  requires: when(
    some('Listeners', matches('Protocol', secure)),
    all(
      each('Listeners', when(matches('Protocol', secure), given('PolicyNames'))),
      some('Policies', oneOf('PolicyType', 'SSLNegotiationPolicyType')),
      each(
        'Policies',
        when(
          oneOf('PolicyType', 'SSLNegotiationPolicyType'),
          any(
            some('Attributes', all(oneOf('Name', 'Reference-Security-Policy'), tlsAtLeast('Value', 'elb', '1.2'))),
            all(
              some('Attributes', all(oneOf('Name', 'Protocol-TLSv1.2'), matches('Value', /^true$/i))),
              each('Attributes', when(oneOf('Name', ...older), not(matches('Value', /^true$/i)))),
            ),
          ),
        ),
      ),
    ),
  ),
  why: 'A listener without a policy gets ELBSecurityPolicy-2016-08, which admits TLS 1.0.',
  remedy:
    'Add a policy of type SSLNegotiationPolicyType with the attribute Reference-Security-Policy: ELBSecurityPolicy-TLS-1-2-2017-01, and name it in PolicyNames of each HTTPS or SSL listener.',
  config: ['ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK'],
  aliases: ['fsbp:ELB.8'],
  controls: [...inTransit('ELB.8'), pci('4.2.1', 'ELB.8')],
  source: `${classicGuide}/elb-security-policy-table.html`,
  examples: {
    good: [
      predefined('ELBSecurityPolicy-TLS-1-2-2017-01'),
      negotiates({ Name: 'Protocol-TLSv1.2', Value: 'true' }, { Name: 'Protocol-TLSv1', Value: 'false' }),
      speaks('HTTP'),
    ],
    bad: [
      speaks('HTTPS'),
      { ...predefined('ELBSecurityPolicy-TLS-1-2-2017-01'), ...speaks('HTTPS') },
      predefined('ELBSecurityPolicy-2016-08'),
      predefined(either('ELBSecurityPolicy-TLS-1-2-2017-01', 'ELBSecurityPolicy-2016-08')),
      negotiates({ Name: 'Protocol-TLSv1.2', Value: 'true' }, { Name: 'Protocol-TLSv1', Value: 'true' }),
    ],
    unknown: [predefined(imported), predefined('ELBSecurityPolicy-TLS19-2039-01')],
  },
});

const broken = /^(.*-)?(RC2|RC4|DES|DES-CBC3?|MD5|EXP|NULL|ADH|IDEA|SEED)(-.*)?$/;

export const classicCiphers = directive({
  id: 'elb-classic-ciphers',
  title: 'TLS policies of Classic Load Balancers enable no broken cipher',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: classic,
  requires: each(
    'Policies',
    when(
      oneOf('PolicyType', 'SSLNegotiationPolicyType'),
      each('Attributes', when(matches('Name', broken), not(matches('Value', /^true$/i)))),
    ),
  ),
  why: 'RC2, RC4, DES, 3DES, MD5, export and anonymous ciphers can be broken, whichever version of TLS carries them, and AWS enables none of them in a current policy.',
  remedy:
    'Remove the attribute, or set Reference-Security-Policy: ELBSecurityPolicy-TLS-1-2-2017-01 in the place of a list of ciphers.',
  aliases: ['fsbp:ELB.8'],
  controls: inTransit('ELB.8'),
  source: `${classicGuide}/elb-ssl-security-policy.html`,
  examples: {
    good: [
      {},
      predefined('ELBSecurityPolicy-TLS-1-2-2017-01'),
      negotiates({ Name: 'ECDHE-RSA-AES128-GCM-SHA256', Value: 'true' }, { Name: 'RC4-MD5', Value: 'false' }),
    ],
    bad: [
      negotiates({ Name: 'RC4-MD5', Value: 'true' }),
      negotiates({ Name: 'DES-CBC3-SHA', Value: true }),
      negotiates({ Name: 'EXP-RC2-CBC-MD5', Value: either('false', 'true') }),
    ],
    unknown: [negotiates({ Name: 'RC4-SHA', Value: imported })],
  },
});

export const elb = service([
  listenerEncrypted,
  listenerTlsPolicy,
  listenerClientSecret,
  ruleRedirects,
  ruleClientSecret,
  targetGroupEncrypted,
  classicListenersEncrypted,
  classicBackendsEncrypted,
  classicTlsPolicy,
  classicCiphers,
]);
