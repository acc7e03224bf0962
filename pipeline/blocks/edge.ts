import { readFileSync } from 'node:fs';
import type { Stack } from 'aws-cdk-lib';
import { CfnHostedZone } from 'aws-cdk-lib/aws-route53';
import { cryptoPolicy } from '../../stacks/crypto-policy';
import {
  AlarmTopic,
  EncryptedApi,
  EncryptedLoadBalancer,
  EncryptedSite,
  PublicCertificate,
  Shielded,
} from '../../stacks/edge';
import { home } from '../home';
import { type Block, needed } from './block';

export const edge: Block = ({ config, environment, stack, key, keyArn, serviceRole, made }) => {
  const at = needed(environment.edge, 'edge');
  const { domain } = at;
  const { loadBalancer, clientAuthorities, shield } = config.edge;
  const policy = cryptoPolicy(at.cryptoPolicy);
  const logKeyArn = keyArn('logs');

  const edge = stack('edge');
  // The configuration lets the local account alone have none.
  const hostedZoneId = at.hostedZoneId ?? new CfnHostedZone(edge, 'Zone', { name: `${domain}.` }).ref;
  const { email } = config.notifications;
  const alarms =
    email.length > 0 ? { alarmTopicArn: new AlarmTopic(edge, 'Alarms', { key: key(edge, 'logs'), email }).arn } : {};
  const certificate = (scope: Stack, id: string, domainName: string): string =>
    new PublicCertificate(scope, id, { domainName, hostedZoneId, policy, ...alarms }).arn;

  const site = new EncryptedSite(edge, 'Site', {
    domainName: domain,
    hostedZoneId,
    certificateArn: at.certificateArn ?? certificate(edge, 'SiteCertificate', domain),
    key: key(edge, 'storage'),
    keyArn: keyArn('storage'),
    logKeyArn,
    pageRole: serviceRole(edge, 'page'),
    page: readFileSync(home('stacks', 'page', 'index.html'), 'utf8'),
    policy,
  });
  const api = `api.${domain}`;
  new EncryptedApi(edge, 'Api', {
    domainName: api,
    hostedZoneId,
    certificateArn: certificate(edge, 'ApiCertificate', api),
    logKeyArn,
    logRoleArn: serviceRole(edge, 'api-logs').roleArn,
    policy,
  });
  if (loadBalancer) {
    const balancer = stack('load-balancer');
    const internal = `internal.${domain}`;
    new EncryptedLoadBalancer(balancer, 'LoadBalancer', {
      vpc: needed(made.vpc, 'network'),
      certificateArn: certificate(balancer, 'Certificate', internal),
      domainName: internal,
      hostedZoneId,
      policy,
      ...(clientAuthorities ? { clientAuthorities } : {}),
    });
  }
  // In a stack of its own: the local account has no Shield.
  if (shield) new Shielded(stack('edge-shield'), 'Shield', { resources: { Site: site.distribution.distributionArn } });
};
