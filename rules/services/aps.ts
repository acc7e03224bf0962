import { customerKey, service } from './shared';

export const workspaceCustomerKey = customerKey({
  id: 'aps-workspace-customer-key',
  type: 'AWS::APS::Workspace',
  title: 'Prometheus workspaces encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'Metrics and their labels name hosts, customers and load. Without KmsKeyArn the workspace keeps them under a key that AWS owns, and the choice cannot be changed later.',
  source: 'https://docs.aws.amazon.com/prometheus/latest/userguide/encryption-at-rest-Amazon-Service-Prometheus.html',
});

export const aps = service([workspaceCustomerKey]);
