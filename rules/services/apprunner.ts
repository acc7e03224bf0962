import { customerKey, service } from './shared';

export const serviceCustomerKey = customerKey({
  id: 'apprunner-service-customer-key',
  type: 'AWS::AppRunner::Service',
  title: 'App Runner services encrypt under a customer managed key',
  path: 'EncryptionConfiguration.KmsKey',
  why: 'App Runner keeps copies of your source or image and the service logs, under a key of AWS unless given yours.',
  remedy: 'The key can be named only when the service is made: changing it replaces the service and its domain.',
  source: 'https://docs.aws.amazon.com/apprunner/latest/dg/security-data-protection-encryption.html',
});

export const apprunner = service([serviceCustomerKey]);
