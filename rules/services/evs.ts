import { customerKey, service } from './shared';

export const environmentCustomerKey = customerKey({
  id: 'evs-environment-customer-key',
  type: 'AWS::EVS::Environment',
  title: 'EVS environments keep the VCF credentials under a customer managed key',
  path: 'KmsKeyId',
  why: 'The secrets hold the administrator passwords of vCenter, NSX and SDDC Manager; under aws/secretsmanager every principal with GetSecretValue reads them.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-evs-environment.html',
});

export const evs = service([environmentCustomerKey]);
