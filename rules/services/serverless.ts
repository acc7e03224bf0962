import { type Directive, directive, type Json, type Properties } from '../directive';
import { absentOr, given, not, tlsAtLeast } from '../requirement';
import { either, imported, onlyIf, service } from './shared';

const guide = 'https://docs.aws.amazon.com/serverless-application-model/latest/developerguide';
const domain = (policy?: Json): Properties => ({
  StageName: 'prod',
  Domain: {
    DomainName: 'api.example.com',
    CertificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/c',
    ...(policy === undefined ? {} : { SecurityPolicy: policy }),
  },
});

const tlsPolicy = (rest: Pick<Directive, 'id' | 'type' | 'title' | 'why' | 'source'> & Partial<Directive>): Directive =>
  directive({
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'error',
    unless: [not(given('Domain'))],
    requires: tlsAtLeast('Domain.SecurityPolicy', 'api-gateway', '1.2'),
    fix: { 'Domain.SecurityPolicy': 'TLS_1_2' },
    aliases: [],
    controls: [],
    examples: {
      good: [{ StageName: 'prod' }, domain('TLS_1_2')],
      bad: [domain(), domain('TLS_1_0'), domain(onlyIf('TLS_1_2'))],
      unknown: [domain(imported), domain('TLS_9_9')],
    },
    ...rest,
  });

export const apiDomainTlsPolicy = tlsPolicy({
  id: 'serverless-api-domain-tls-policy',
  type: 'AWS::Serverless::Api',
  title: 'Domains of SAM APIs admit nothing below TLS 1.2',
  why: 'SAM makes an API Gateway domain of it; naming the policy keeps clients with TLS 1.0 out.',
  source: `${guide}/sam-property-api-domainconfiguration.html`,
});

export const httpApiDomainTlsPolicy = tlsPolicy({
  id: 'serverless-http-api-domain-tls-policy',
  type: 'AWS::Serverless::HttpApi',
  title: 'Domains of SAM HTTP APIs admit nothing below TLS 1.2',
  requires: absentOr('Domain.SecurityPolicy', tlsAtLeast('Domain.SecurityPolicy', 'api-gateway', '1.2')),
  why: 'TLS 1.2 is what a domain of an HTTP API gets by itself; only a policy named in the template can lower it.',
  source: `${guide}/sam-property-httpapi-httpapidomainconfiguration.html`,
  examples: {
    good: [{ StageName: 'prod' }, domain(), domain('TLS_1_2')],
    bad: [domain('TLS_1_0'), domain(either('TLS_1_2', 'TLS_1_0'))],
    unknown: [domain(imported), domain('TLS_9_9')],
  },
});

const clientCertificates =
  'It asks clients for a certificate: that says who may call, while the traffic is TLS with it or without.';

/** Most of what SAM types hold is judged on the types they are deployed as: the lint rewrites them first. */
export const serverless = service([apiDomainTlsPolicy, httpApiDomainTlsPolicy], {
  'AWS::Serverless::Api': { 'Domain.MutualTlsAuthentication': clientCertificates },
  'AWS::Serverless::HttpApi': { 'Domain.MutualTlsAuthentication': clientCertificates },
  'AWS::Serverless::Function': {
    KmsKeyArn: 'The function is judged as the AWS::Lambda::Function it is deployed as, KmsKeyArn included.',
  },
  'AWS::Serverless::SimpleTable': {
    SSESpecification: 'The table is judged as the AWS::DynamoDB::Table it is deployed as, SSESpecification included.',
  },
});
