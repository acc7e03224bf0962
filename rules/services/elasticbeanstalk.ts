import { type Directive, directive, type Example, type Json, type Properties } from '../directive';
import {
  all,
  any,
  each,
  given,
  holdsNoCredential,
  isNotPlaintext,
  matches,
  noneOf,
  not,
  oneOf,
  type Requirement,
  some,
  tlsAtLeast,
  when,
} from '../requirement';
import { either, imported, service, template } from './shared';

// Everything about an environment stands in OptionSettings: a list of namespace, option name and value.
const guide = 'https://docs.aws.amazon.com/elasticbeanstalk/latest/dg';
const options = `${guide}/command-options-general.html`;

/** A setting that is this option of one of these namespaces. */
const isOption = (namespace: Requirement, ...names: readonly [string, ...string[]]): Requirement =>
  all(namespace, oneOf('OptionName', ...names));
const namespaced = (...names: readonly [string, ...string[]]): Requirement => oneOf('Namespace', ...names);
const someSetting = (setting: Requirement): Requirement => some('OptionSettings', setting);
const eachSetting = (option: Requirement, demand: Requirement): Requirement =>
  each('OptionSettings', when(option, demand));

const elbv2Listener = matches('Namespace', /^aws:elbv2:listener:/);
const classicListener = matches('Namespace', /^aws:elb:listener:/);
const classicPolicy = matches('Namespace', /^aws:elb:policies:/);
const environmentOption = namespaced('aws:elasticbeanstalk:environment');

const elbv2Https = all(isOption(elbv2Listener, 'Protocol'), oneOf('Value', 'HTTPS'));
const classicHttps = any(
  all(isOption(classicListener, 'ListenerProtocol'), oneOf('Value', 'HTTPS', 'SSL')),
  all(isOption(namespaced('aws:elb:loadbalancer'), 'LoadBalancerHTTPSPort'), noneOf('Value', 'OFF')),
);

/** Where there is no load balancer of the environment's own that could end TLS. */
const noLoadBalancer: readonly Requirement[] = [
  someSetting(all(isOption(environmentOption, 'EnvironmentType'), oneOf('Value', 'SingleInstance'))),
  someSetting(all(isOption(environmentOption, 'LoadBalancerType'), oneOf('Value', 'network'))),
  someSetting(all(isOption(environmentOption, 'LoadBalancerIsShared'), oneOf('Value', 'true'))),
];

const setting = (namespace: string, name: string, value: Json): Properties => ({
  Namespace: namespace,
  OptionName: name,
  Value: value,
});
const settings = (...list: readonly Json[]): Properties => ({ OptionSettings: list });
const https = setting('aws:elbv2:listener:443', 'Protocol', 'HTTPS');
const policy = (value: Json): Properties => setting('aws:elbv2:listener:443', 'SSLPolicy', value);
const certificate = setting('aws:elbv2:listener:443', 'SSLCertificateArns', 'arn:aws:acm:x');
const classic = (value: Json): Properties => setting('aws:elb:listener:443', 'ListenerProtocol', value);
const singleInstance = setting('aws:elasticbeanstalk:environment', 'EnvironmentType', 'SingleInstance');
const networkBalancer = setting('aws:elasticbeanstalk:environment', 'LoadBalancerType', 'network');

/** Environments and the templates they are made from take the same settings. */
function settingsOf(kind: {
  readonly id: 'environment' | 'configuration-template';
  readonly type: string;
  readonly title: string;
  /** Settings may come from elsewhere. */
  readonly inherits: Requirement;
  readonly unless: readonly Requirement[];
  readonly inheriting: readonly [Properties, ...Properties[]];
  readonly exempted: readonly Properties[];
}): readonly Directive[] {
  const { type, title } = kind;
  const named = (practice: string) => `elasticbeanstalk-${kind.id}-${practice}`;
  const unless = [...noLoadBalancer, ...kind.unless];
  const withParameter = (list: (value: Json) => Properties, parameter: Properties): Example =>
    template(type, list({ Ref: 'P' }), {}, { Parameters: { P: { Type: 'String', ...parameter } } });
  const password = (value: Json): Properties => settings(setting('aws:rds:dbinstance', 'DBPassword', value));
  const variable = (value: Json): Properties =>
    settings(setting('aws:elasticbeanstalk:application:environment', 'TOKEN', value));
  const token = `ghp_${'a1B2'.repeat(9)}`;

  const listenerEncrypted = directive({
    id: named('listener-encrypted'),
    title: `${title} listen on HTTPS`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'error',
    type,
    unless,
    requires: all(
      any(kind.inherits, someSetting(any(elbv2Https, classicHttps))),
      eachSetting(
        isOption(matches('Namespace', /^aws:elbv2:listener:(?!default$|80$)/), 'Protocol'),
        oneOf('Value', 'HTTPS'),
      ),
      eachSetting(
        isOption(matches('Namespace', /^aws:elb:listener:(?!80$)/), 'ListenerProtocol'),
        oneOf('Value', 'HTTPS', 'SSL'),
      ),
    ),
    why: 'The load balancer that Elastic Beanstalk makes listens on plain HTTP alone until the settings give it a TLS listener.',
    remedy:
      'Set Protocol of aws:elbv2:listener:443 to HTTPS and SSLCertificateArns to your certificate (classic: ListenerProtocol and SSLCertificateId of aws:elb:listener:443). Where configuration files of the application do so, waive this.',
    aliases: [],
    controls: [],
    source: `${guide}/configuring-https-elb.html`,
    examples: {
      good: [
        settings(https, certificate),
        settings(classic('HTTPS')),
        settings(setting('aws:elb:loadbalancer', 'LoadBalancerHTTPSPort', '443')),
        settings(singleInstance),
        settings(networkBalancer, setting('aws:elbv2:listener:443', 'Protocol', 'TCP')),
        ...kind.inheriting,
        ...kind.exempted,
      ],
      bad: [
        {},
        settings(setting('aws:elbv2:listener:443', 'Protocol', 'HTTP')),
        settings(https, setting('aws:elbv2:listener:8080', 'Protocol', 'HTTP')),
        settings(setting('aws:elbv2:listener:443', 'Protocol', either('HTTPS', 'HTTP'))),
        settings(classic('TCP')),
      ],
      unknown: [{ OptionSettings: imported }, settings(setting('aws:elbv2:listener:443', 'Protocol', imported))],
    },
  });

  const isOff = (namespace: string, name = 'ListenerEnabled', value: Json = 'false') =>
    settings(https, setting(namespace, name, value));
  const plainListenerOff = directive({
    id: named('plain-listener-off'),
    title: `${title} have no listener for plain HTTP`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'warning',
    type,
    unless,
    requires: any(
      kind.inherits,
      someSetting(
        any(
          all(
            isOption(
              namespaced(
                'aws:elbv2:listener:default',
                'aws:elbv2:listener:80',
                'aws:elb:listener',
                'aws:elb:listener:80',
              ),
              'ListenerEnabled',
            ),
            oneOf('Value', 'false'),
          ),
          all(
            isOption(namespaced('aws:elbv2:listener:default', 'aws:elbv2:listener:80'), 'Protocol'),
            oneOf('Value', 'HTTPS'),
          ),
          all(isOption(namespaced('aws:elb:loadbalancer'), 'LoadBalancerHTTPPort'), oneOf('Value', 'OFF')),
        ),
      ),
    ),
    why: 'The default listener on port 80 stays open beside one for HTTPS, and forwards what it gets to the application in the clear.',
    remedy:
      'Set ListenerEnabled of aws:elbv2:listener:default (classic: aws:elb:listener) to false. Where the application sends plain requests to HTTPS, waive this.',
    aliases: [],
    controls: [],
    source: options,
    examples: {
      good: [
        isOff('aws:elbv2:listener:default'),
        isOff('aws:elbv2:listener:default', 'ListenerEnabled', false),
        isOff('aws:elb:listener'),
        isOff('aws:elb:loadbalancer', 'LoadBalancerHTTPPort', 'OFF'),
        settings(setting('aws:elbv2:listener:default', 'Protocol', 'HTTPS')),
        settings(singleInstance),
        ...kind.inheriting,
        ...kind.exempted,
      ],
      bad: [
        {},
        settings(https),
        isOff('aws:elbv2:listener:default', 'ListenerEnabled', 'true'),
        isOff('aws:elbv2:listener:443'),
      ],
      unknown: [{ OptionSettings: imported }, isOff('aws:elbv2:listener:default', 'ListenerEnabled', imported)],
    },
  });

  const tlsPolicy = directive({
    id: named('tls-policy'),
    title: `${title} admit nothing below TLS 1.2`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'error',
    type,
    unless,
    requires: all(
      eachSetting(isOption(elbv2Listener, 'SSLPolicy'), tlsAtLeast('Value', 'elb', '1.2')),
      eachSetting(isOption(classicPolicy, 'SSLReferencePolicy'), tlsAtLeast('Value', 'elb', '1.2')),
      eachSetting(isOption(classicPolicy, 'SSLProtocols'), not(matches('Value', /SSLv|TLSv1(?!\.[23])/))),
      when(someSetting(elbv2Https), someSetting(isOption(elbv2Listener, 'SSLPolicy'))),
      when(someSetting(classicHttps), someSetting(isOption(classicPolicy, 'SSLReferencePolicy', 'SSLProtocols'))),
    ),
    why: 'An HTTPS listener whose settings name no policy takes the default of Elastic Load Balancing, which admits TLS 1.0.',
    remedy:
      'Set SSLPolicy of the listener to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09 (classic: SSLReferencePolicy of a policy to ELBSecurityPolicy-TLS-1-2-2017-01, and LoadBalancerPorts to its ports).',
    aliases: [],
    controls: [],
    source: options,
    examples: {
      good: [
        settings(https, policy('ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09')),
        settings(
          classic('HTTPS'),
          setting('aws:elb:policies:tls', 'SSLReferencePolicy', 'ELBSecurityPolicy-TLS-1-2-2017-01'),
        ),
        settings(classic('SSL'), setting('aws:elb:policies:tls', 'SSLProtocols', 'Protocol-TLSv1.2')),
        {},
        settings(singleInstance),
        ...kind.exempted,
      ],
      bad: [
        settings(https),
        settings(https, policy('ELBSecurityPolicy-2016-08')),
        settings(https, policy(either('ELBSecurityPolicy-TLS13-1-2-2021-06', 'ELBSecurityPolicy-2016-08'))),
        settings(classic('HTTPS')),
        settings(classic('HTTPS'), setting('aws:elb:policies:tls', 'SSLReferencePolicy', 'ELBSecurityPolicy-2016-08')),
        settings(classic('HTTPS'), setting('aws:elb:policies:tls', 'SSLProtocols', 'Protocol-TLSv1,Protocol-TLSv1.2')),
      ],
      unknown: [settings(https, policy('ELBSecurityPolicy-TLS19-2039-01')), settings(https, policy(imported))],
    },
  });

  const noPlaintextPassword = directive({
    id: named('no-plaintext-password'),
    title: `${title} take the database password from a secret`,
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'fatal',
    type,
    requires: eachSetting(isOption(namespaced('aws:rds:dbinstance'), 'DBPassword'), isNotPlaintext('Value')),
    why: 'DBPassword is that of the master user, and everyone who may describe the configuration of the environment or read the template has it.',
    remedy:
      'Refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}, or keep the database outside the environment. Then change the password.',
    notExpressible: { live: 'The APIs do not return the value, and the live readers never read a secret.' },
    aliases: [],
    controls: [],
    source: options,
    examples: {
      good: [
        {},
        password('{{resolve:secretsmanager:app/db:SecretString:password}}'),
        withParameter(password, { NoEcho: true }),
        settings(setting('aws:rds:dbinstance', 'DBUser', 'app')),
      ],
      bad: [
        password('correct-horse'),
        password(either('{{resolve:secretsmanager:app/db:SecretString:password}}', 'correct-horse')),
        withParameter(password, { NoEcho: true, Default: 'correct-horse' }),
      ],
      unknown: [password(imported)],
    },
  });

  const noCredentialVariable = directive({
    id: named('no-credential-variable'),
    title: `${title} have no credential in an environment variable`,
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'fatal',
    type,
    requires: eachSetting(namespaced('aws:elasticbeanstalk:application:environment'), holdsNoCredential('Value')),
    why: 'Environment properties are shown in the console and stand in plain text on every instance and in every saved configuration.',
    remedy:
      'Keep the credential in Secrets Manager or Parameter Store and give the environment variable its ARN as a secret. Then change the credential.',
    aliases: [],
    controls: [],
    source: `${guide}/AWSHowTo.secrets.env-vars.html`,
    examples: {
      good: [{}, variable('verbose'), variable('{{resolve:secretsmanager:app:SecretString:token}}')],
      bad: [variable(token), variable(either('verbose', token))],
      unknown: [{ OptionSettings: imported }],
    },
  });

  return [listenerEncrypted, plainListenerOff, tlsPolicy, noPlaintextPassword, noCredentialVariable];
}

const worker: Properties = { Tier: { Name: 'Worker', Type: 'SQS/HTTP' } };
export const environment = settingsOf({
  id: 'environment',
  type: 'AWS::ElasticBeanstalk::Environment',
  title: 'Elastic Beanstalk environments',
  inherits: given('TemplateName'),
  unless: [oneOf('Tier.Name', 'Worker')],
  inheriting: [{ TemplateName: 'web' }],
  exempted: [worker],
});
export const configurationTemplate = settingsOf({
  id: 'configuration-template',
  type: 'AWS::ElasticBeanstalk::ConfigurationTemplate',
  title: 'Elastic Beanstalk configuration templates',
  inherits: any(given('SourceConfiguration'), given('EnvironmentId')),
  unless: [],
  inheriting: [
    { EnvironmentId: 'e-1234567890' },
    { SourceConfiguration: { ApplicationName: 'a', TemplateName: 'web' } },
  ],
  exempted: [],
});

export const elasticbeanstalk = service([...environment, ...configurationTemplate]);
