import { directive } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const group = 'AWS::AIOps::InvestigationGroup';
const customerManaged = 'CUSTOMER_MANAGED_KMS_KEY';

export const investigationGroupCustomerKey = directive({
  id: 'aiops-investigation-group-customer-key',
  title: 'CloudWatch investigation groups encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: group,
  requires: all(
    oneOf('EncryptionConfig.EncryptionConfigurationType', customerManaged),
    isCustomerKey('EncryptionConfig.KmsKeyId'),
  ),
  why: 'An investigation gathers logs, metrics and findings of the whole account in one place; without a key of yours they lie under a key AWS owns.',
  remedy: `Set EncryptionConfig.EncryptionConfigurationType to ${customerManaged} and KmsKeyId to a key your team controls.`,
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-aiops-investigationgroup.html',
  examples: {
    good: [
      template(
        group,
        { EncryptionConfig: { EncryptionConfigurationType: customerManaged, KmsKeyId: keyArn } },
        keyResource,
      ),
    ],
    bad: [
      {},
      { EncryptionConfig: { EncryptionConfigurationType: 'AWS_OWNED_KEY' } },
      { EncryptionConfig: { EncryptionConfigurationType: customerManaged } },
      template(
        group,
        { EncryptionConfig: { EncryptionConfigurationType: customerManaged, KmsKeyId: onlyIf(keyArn) } },
        keyResource,
      ),
    ],
    unknown: [{ EncryptionConfig: { EncryptionConfigurationType: customerManaged, KmsKeyId: imported } }],
  },
});

export const aiops = service([investigationGroupCustomerKey]);
