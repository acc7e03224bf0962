import { customerKey, service } from './shared';

const resource = (type: string, what: string, why: string) =>
  customerKey({
    id: `resiliencehub-${type.toLowerCase()}-customer-key`,
    type: `AWS::ResilienceHubV2::${type}`,
    title: `Resilience Hub ${what} encrypt under a customer managed key`,
    path: 'KmsKeyId',
    why,
    remedy: `Changing it replaces the ${type.toLowerCase()}.`,
    source: `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-resiliencehubv2-${type.toLowerCase()}.html`,
  });

export const policyCustomerKey = resource(
  'Policy',
  'policies',
  'The policy says how long each part of the business may be down, under a key AWS owns unless one of yours is named.',
);
export const serviceCustomerKey = resource(
  'Service',
  'services',
  'A service lists its resources, dependencies and the assertions on how it fails: a map for an attacker, under a key AWS owns unless one of yours is named.',
);
export const systemCustomerKey = resource(
  'System',
  'systems',
  'A system says which services depend on each other, under a key AWS owns unless one of yours is named.',
);

export const resiliencehub = service([policyCustomerKey, serviceCustomerKey, systemCustomerKey]);
