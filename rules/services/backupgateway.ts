import { customerKey, neverPlaintext, service } from './shared';

const hypervisor = 'AWS::BackupGateway::Hypervisor';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-backupgateway-hypervisor.html';

export const hypervisorCustomerKey = customerKey({
  id: 'backupgateway-hypervisor-customer-key',
  type: hypervisor,
  title: 'Backup gateway hypervisors are kept under a customer managed key',
  path: 'KmsKeyArn',
  why: 'AWS Backup keeps the sign-in of the whole hypervisor, and so of every virtual machine on it, under a key of AWS unless given yours.',
  remedy: 'Set KmsKeyArn. Changing it replaces the hypervisor: give it its machines and gateways again.',
  source,
});
export const hypervisorNoPlaintext = neverPlaintext({
  id: 'backupgateway-hypervisor-no-plaintext-password',
  type: hypervisor,
  title: 'Backup gateway hypervisors have no password in plain text',
  path: 'Password',
  why: 'The password opens the hypervisor, and with it the disks of every virtual machine that is backed up.',
  source,
});

export const backupgateway = service([hypervisorCustomerKey, hypervisorNoPlaintext]);
