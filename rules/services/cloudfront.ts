import { inTransit, pci } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { absent, all, each, given, isNotTrue, not, oneOf, type Requirement, tlsAtLeast, when } from '../requirement';
import { either, imported, onlyIf, service } from './shared';

const distribution = 'AWS::CloudFront::Distribution';
const guide = 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide';
const of = (config: Properties): Properties => ({ DistributionConfig: config });
const viewer = (policy: Json): Properties => of({ DefaultCacheBehavior: { ViewerProtocolPolicy: policy } });
const encrypting = ['https-only', 'redirect-to-https'];

export const viewersEncrypted = directive({
  id: 'cloudfront-viewer-https',
  title: 'CloudFront serves viewers only over HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: distribution,
  requires: all(
    oneOf('DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy', ...encrypting),
    each('DistributionConfig.CacheBehaviors', oneOf('ViewerProtocolPolicy', ...encrypting)),
  ),
  why: 'With allow-all CloudFront hands out the same content in plaintext to whoever asks so.',
  remedy: 'Set ViewerProtocolPolicy of every cache behavior to redirect-to-https, or https-only for an API.',
  config: ['CLOUDFRONT_VIEWER_POLICY_HTTPS'],
  aliases: ['checkov:CKV_AWS_34', 'fsbp:CloudFront.3'],
  controls: [...inTransit('CloudFront.3'), pci('4.2.1', 'CloudFront.3')],
  source: `${guide}/using-https-viewers-to-cloudfront.html`,
  examples: {
    good: [viewer('https-only'), viewer('redirect-to-https')],
    bad: [
      viewer('allow-all'),
      viewer(either('https-only', 'allow-all')),
      of({
        DefaultCacheBehavior: { ViewerProtocolPolicy: 'https-only' },
        CacheBehaviors: [{ PathPattern: '/x', ViewerProtocolPolicy: 'allow-all' }],
      }),
    ],
    unknown: [viewer(imported)],
  },
});

const certificate = (rest: Properties): Properties =>
  of({ ViewerCertificate: { AcmCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/c', ...rest } });

export const viewerTlsPolicy = directive({
  id: 'cloudfront-viewer-tls-policy',
  title: 'CloudFront distributions with their own certificate admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: distribution,
  requires: all(
    isNotTrue('DistributionConfig.ViewerCertificate.CloudFrontDefaultCertificate'),
    given('DistributionConfig.ViewerCertificate'),
    tlsAtLeast('DistributionConfig.ViewerCertificate.MinimumProtocolVersion', 'cloudfront', '1.2'),
  ),
  why: 'With the default certificate, or without a version, CloudFront admits viewers down to TLS 1.0.',
  remedy: 'Use your own certificate and set MinimumProtocolVersion to TLSv1.2_2025 or TLSv1.3_2025.',
  config: ['CLOUDFRONT_SECURITY_POLICY_CHECK'],
  aliases: ['cfn_nag:W70', 'checkov:CKV_AWS_174', 'cdk-nag:AwsSolutions-CFR4'],
  controls: [],
  source: `${guide}/secure-connections-supported-viewer-protocols-ciphers.html`,
  examples: {
    good: [
      certificate({ MinimumProtocolVersion: 'TLSv1.2_2021' }),
      certificate({ MinimumProtocolVersion: 'TLSv1.3_2025' }),
    ],
    bad: [
      of({}),
      certificate({}),
      certificate({ MinimumProtocolVersion: 'TLSv1.1_2016' }),
      certificate({ MinimumProtocolVersion: onlyIf('TLSv1.2_2021') }),
      of({ ViewerCertificate: { CloudFrontDefaultCertificate: 'true', MinimumProtocolVersion: 'TLSv1.2_2021' } }),
    ],
    unknown: [certificate({ MinimumProtocolVersion: imported }), certificate({ MinimumProtocolVersion: 'TLSv9' })],
  },
});

const origin = (custom: Properties): Properties =>
  of({ Origins: [{ Id: 'o', DomainName: 'd', CustomOriginConfig: custom }] });

const legacyOrigin = (custom: Properties): Properties => of({ CustomOrigin: { DNSName: 'd', ...custom } });
/** Of every custom origin, in the list of origins or in the legacy property that holds one. */
const ofCustomOrigins = (demand: (at: string) => Requirement): Requirement =>
  all(
    each('DistributionConfig.Origins', when(not(absent('CustomOriginConfig')), demand('CustomOriginConfig'))),
    when(not(absent('DistributionConfig.CustomOrigin')), demand('DistributionConfig.CustomOrigin')),
  );
const modern = (list: string): Requirement => all(given(list), each(list, tlsAtLeast('', 'generic', '1.2')));

export const originsEncrypted = directive({
  id: 'cloudfront-origin-https',
  title: 'CloudFront talks to custom origins only over HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: distribution,
  requires: ofCustomOrigins((at) => oneOf(`${at}.OriginProtocolPolicy`, 'https-only')),
  why: 'The way from the edge to the origin crosses the open network; match-viewer is plaintext whenever the viewer is.',
  remedy: 'Set OriginProtocolPolicy to https-only; the origin needs a certificate CloudFront trusts.',
  config: ['CLOUDFRONT_TRAFFIC_TO_ORIGIN_ENCRYPTED'],
  aliases: ['fsbp:CloudFront.9', 'cdk-nag:AwsSolutions-CFR5'],
  controls: [...inTransit('CloudFront.9'), pci('4.2.1', 'CloudFront.9')],
  source: `${guide}/using-https-cloudfront-to-custom-origin.html`,
  examples: {
    good: [
      of({ Origins: [{ Id: 's3', S3OriginConfig: {} }] }),
      origin({ OriginProtocolPolicy: 'https-only' }),
      legacyOrigin({ OriginProtocolPolicy: 'https-only' }),
    ],
    bad: [
      legacyOrigin({ OriginProtocolPolicy: 'match-viewer' }),
      origin({ OriginProtocolPolicy: 'http-only' }),
      origin({ OriginProtocolPolicy: 'match-viewer' }),
      origin({ OriginProtocolPolicy: either('https-only', 'http-only') }),
    ],
    unknown: [origin({ OriginProtocolPolicy: imported })],
  },
});

export const originProtocols = directive({
  id: 'cloudfront-origin-tls-versions',
  title: 'CloudFront offers custom origins nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: distribution,
  requires: ofCustomOrigins((at) => modern(`${at}.OriginSSLProtocols`)),
  why: 'An origin that is offered SSLv3 or TLS 1.0 may choose it, and an attacker between can make it choose.',
  remedy: 'Set OriginSSLProtocols to TLSv1.2 alone.',
  config: ['CLOUDFRONT_NO_DEPRECATED_SSL_PROTOCOLS'],
  aliases: ['fsbp:CloudFront.10', 'cdk-nag:AwsSolutions-CFR5'],
  controls: [...inTransit('CloudFront.10'), pci('4.2.1', 'CloudFront.10')],
  source: `${guide}/using-https-cloudfront-to-custom-origin.html`,
  examples: {
    good: [origin({ OriginSSLProtocols: ['TLSv1.2'] }), of({ Origins: [{ Id: 's3', S3OriginConfig: {} }] })],
    bad: [
      origin({}),
      legacyOrigin({ OriginSSLProtocols: ['SSLv3', 'TLSv1.2'] }),
      origin({ OriginSSLProtocols: ['TLSv1.2', 'TLSv1'] }),
      origin({ OriginSSLProtocols: ['TLSv1.2', either('TLSv1.2', 'SSLv3')] }),
    ],
    unknown: [origin({ OriginSSLProtocols: [imported] })],
  },
});

const vpcOrigin = 'AWS::CloudFront::VpcOrigin';
const vpc = (endpoint: Properties): Properties => ({
  VpcOriginEndpointConfig: { Name: 'o', Arn: 'arn:aws:elasticloadbalancing:::loadbalancer/app/a/1', ...endpoint },
});

export const vpcOriginsEncrypted = directive({
  id: 'cloudfront-vpc-origin-https',
  title: 'CloudFront talks to VPC origins only over HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: vpcOrigin,
  requires: oneOf('VpcOriginEndpointConfig.OriginProtocolPolicy', 'https-only'),
  why: 'The private way into the VPC does not encrypt by itself: with http-only, or match-viewer and a viewer over HTTP, the load balancer gets plaintext.',
  fix: { 'VpcOriginEndpointConfig.OriginProtocolPolicy': 'https-only' },
  aliases: [],
  controls: [],
  source: `${guide}/private-content-vpc-origins.html`,
  examples: {
    good: [vpc({ OriginProtocolPolicy: 'https-only' })],
    bad: [
      vpc({}),
      vpc({ OriginProtocolPolicy: 'http-only' }),
      vpc({ OriginProtocolPolicy: either('https-only', 'match-viewer') }),
    ],
    unknown: [vpc({ OriginProtocolPolicy: imported })],
  },
});

export const vpcOriginProtocols = directive({
  id: 'cloudfront-vpc-origin-tls-versions',
  title: 'CloudFront offers VPC origins nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: vpcOrigin,
  requires: modern('VpcOriginEndpointConfig.OriginSSLProtocols'),
  why: 'A load balancer in the VPC whose policy still takes TLS 1.0 gets TLS 1.0 when CloudFront offers it.',
  fix: { 'VpcOriginEndpointConfig.OriginSSLProtocols': ['TLSv1.2'] },
  aliases: [],
  controls: [],
  source: `${guide}/private-content-vpc-origins.html`,
  examples: {
    good: [vpc({ OriginSSLProtocols: ['TLSv1.2'] })],
    bad: [
      vpc({}),
      vpc({ OriginSSLProtocols: ['TLSv1.1', 'TLSv1.2'] }),
      vpc({ OriginSSLProtocols: onlyIf(['TLSv1.2']) }),
    ],
    unknown: [vpc({ OriginSSLProtocols: [imported] })],
  },
});

const port = 'It says at which port HTTPS is spoken; whether it is spoken says OriginProtocolPolicy.';
const fields =
  'It encrypts single form fields once more, inside HTTPS, for an application that holds the private key; no distribution owes that.';
const mutual =
  'It makes one side show a certificate: who may connect hangs on it, not whether the connection is encrypted.';

export const cloudfront = service(
  [viewersEncrypted, viewerTlsPolicy, originsEncrypted, originProtocols, vpcOriginsEncrypted, vpcOriginProtocols],
  {
    [distribution]: {
      'DistributionConfig.Origins[].CustomOriginConfig.HTTPSPort': port,
      'DistributionConfig.CustomOrigin.HTTPSPort': port,
      'DistributionConfig.Origins[].CustomOriginConfig.OriginMtlsConfig': mutual,
      'DistributionConfig.ViewerMtlsConfig': mutual,
      'DistributionConfig.ViewerCertificate.SslSupportMethod':
        'It chooses between one address for all certificates and a dedicated one: how old a client may be, not what is encrypted.',
      'DistributionConfig.DefaultCacheBehavior.FieldLevelEncryptionId': fields,
      'DistributionConfig.CacheBehaviors[].FieldLevelEncryptionId': fields,
    },
    'AWS::CloudFront::FieldLevelEncryptionProfile': { FieldLevelEncryptionProfileConfig: fields },
    [vpcOrigin]: { 'VpcOriginEndpointConfig.HTTPSPort': port },
  },
);
