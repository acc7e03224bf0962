import { directive } from '../directive';
import { each, holdsNoCredential, isNotTrue, matches } from '../requirement';
import { either, imported, neverPlaintext, oneOfThese, onlyIf, service, switchedOn } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lightsail';
const credential = `export TOKEN=${'AKIA'}${'QWERTYUIOPASDFGH'}`;

export const databaseNoPlaintext = neverPlaintext({
  id: 'lightsail-database-no-plaintext-password',
  type: 'AWS::Lightsail::Database',
  title: 'Lightsail databases have no password in plain text',
  path: 'MasterUserPassword',
  why: 'The primary user may read and drop every table, and a Lightsail database can be made reachable for everybody with one setting.',
  remedy:
    'Leave MasterUserPassword out: Lightsail makes one. Or refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change the password with RotateMasterUserPassword.',
  source: `${reference}-database.html`,
});
export const distributionOriginHttps = oneOfThese({
  id: 'lightsail-distribution-origin-https',
  type: 'AWS::Lightsail::Distribution',
  title: 'Lightsail distributions fetch from their origin over HTTPS',
  path: 'Origin.ProtocolPolicy',
  concern: 'in-transit',
  allowed: ['https-only'],
  wrong: ['http-only'],
  why: 'With http-only the padlock of the visitor ends at the edge: cookies and forms go on to the origin in the clear.',
  source: `${reference}-distribution.html`,
});

const balancer = 'AWS::Lightsail::LoadBalancer';
export const loadBalancerTlsPolicy = directive({
  id: 'lightsail-load-balancer-tls-policy',
  title: 'Lightsail load balancers admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: balancer,
  requires: matches('TlsPolicyName', /-1-[23]-/),
  why: 'A load balancer that names no policy gets TLS-2016-08, which still admits TLS 1.0 and 1.1.',
  remedy: 'Name a policy for TLS 1.2; `aws lightsail get-load-balancer-tls-policies` lists them with their protocols.',
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/lightsail/latest/userguide/amazon-lightsail-configure-load-balancer-tls-security-policy.html',
  examples: {
    good: [{ TlsPolicyName: 'TLS-FS-Res-1-2-2019-08' }],
    bad: [
      {},
      { TlsPolicyName: 'TLS-2016-08' },
      { TlsPolicyName: onlyIf('TLS-FS-Res-1-2-2019-08') },
      { TlsPolicyName: either('TLS-FS-Res-1-2-2019-08', 'TLS-2016-08') },
    ],
    unknown: [{ TlsPolicyName: imported }],
  },
});
export const certificateRedirects = switchedOn({
  id: 'lightsail-load-balancer-tls-certificate-redirects',
  type: 'AWS::Lightsail::LoadBalancerTlsCertificate',
  title: 'Lightsail load balancers with a certificate send plain HTTP to HTTPS',
  path: 'HttpsRedirectionEnabled',
  concern: 'in-transit',
  beside: { IsAttached: true },
  unless: [isNotTrue('IsAttached')],
  alsoGood: [{}, { IsAttached: false }],
  why: 'Attaching a certificate opens HTTPS beside HTTP; who types the bare name goes on in the clear until redirected.',
  source: `${reference}-loadbalancertlscertificate.html`,
});

const instance = 'AWS::Lightsail::Instance';
export const instanceNoCredential = directive({
  id: 'lightsail-instance-no-credential',
  title: 'Lightsail instances have no credential in their launch script',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: instance,
  requires: holdsNoCredential('UserData'),
  why: 'The launch script stands in the template and stays on the disk of the instance, and in every snapshot of it.',
  remedy: 'Let the script fetch the credential from Secrets Manager or Parameter Store. Then replace the credential.',
  aliases: [],
  controls: [],
  source: `${reference}-instance.html`,
  examples: {
    good: [{}, { UserData: 'yum install -y nginx' }],
    bad: [{ UserData: credential }],
    unknown: [],
  },
});
const container = 'AWS::Lightsail::Container';
export const containerNoCredential = directive({
  id: 'lightsail-container-no-credential',
  title: 'Lightsail containers have no credential in an environment variable',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: container,
  requires: each('ContainerServiceDeployment.Containers', holdsNoCredential('Environment')),
  why: 'Lightsail shows the variables of every deployment, past ones too, to whoever may look at the container service.',
  remedy: 'Let the container fetch the credential from Secrets Manager when it starts. Then replace the credential.',
  aliases: [],
  controls: [],
  source: `${reference}-container.html`,
  examples: {
    good: [
      {},
      {
        ContainerServiceDeployment: {
          Containers: [{ ContainerName: 'web', Environment: [{ Variable: 'STAGE', Value: 'prod' }] }],
        },
      },
    ],
    bad: [
      {
        ContainerServiceDeployment: {
          Containers: [{ ContainerName: 'web', Environment: [{ Variable: 'KEY', Value: credential }] }],
        },
      },
    ],
    unknown: [],
  },
});

export const lightsail = service([
  databaseNoPlaintext,
  distributionOriginHttps,
  loadBalancerTlsPolicy,
  certificateRedirects,
  instanceNoCredential,
  containerNoCredential,
]);
