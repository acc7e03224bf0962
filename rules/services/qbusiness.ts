import { customerKey, service } from './shared';

export const applicationCustomerKey = customerKey({
  id: 'qbusiness-application-customer-key',
  type: 'AWS::QBusiness::Application',
  title: 'Q Business applications encrypt under a customer managed key',
  path: 'EncryptionConfiguration.KmsKeyId',
  why: 'The index gathers documents from every source of the company, under a key of AWS unless the application names yours.',
  remedy: 'Name a symmetric KMS key your team controls. A new value replaces the application.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-qbusiness-application.html',
});

export const qbusiness = service([applicationCustomerKey]);
