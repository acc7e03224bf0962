import { directive } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const workspace = 'AWS::IoTSiteWise::Workspace';
const kms = { EncryptionConfiguration: { EncryptionType: 'KMS_BASED_ENCRYPTION' } };

export const workspaceCustomerKey = directive({
  id: 'iotsitewise-workspace-customer-key',
  title: 'IoT SiteWise workspaces encrypt under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: workspace,
  requires: all(oneOf('EncryptionConfiguration.EncryptionType', 'KMS_BASED_ENCRYPTION'), isCustomerKey('KmsKeyId')),
  why: 'Measurements of a plant show what it makes and how well it runs. SITEWISE_DEFAULT_ENCRYPTION keeps them under a key that AWS owns.',
  remedy: 'Set EncryptionType to KMS_BASED_ENCRYPTION and KmsKeyId to a key your team controls.',
  aliases: [],
  controls: [],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iotsitewise-workspace.html',
  examples: {
    good: [template(workspace, { ...kms, KmsKeyId: keyArn }, keyResource)],
    bad: [
      {},
      { EncryptionConfiguration: { EncryptionType: 'SITEWISE_DEFAULT_ENCRYPTION' } },
      kms,
      { ...kms, KmsKeyId: 'alias/aws/iotsitewise' },
      template(workspace, { ...kms, KmsKeyId: onlyIf(keyArn) }, keyResource),
      template(
        workspace,
        {
          EncryptionConfiguration: { EncryptionType: either('KMS_BASED_ENCRYPTION', 'SITEWISE_DEFAULT_ENCRYPTION') },
          KmsKeyId: keyArn,
        },
        keyResource,
      ),
    ],
    unknown: [{ ...kms, KmsKeyId: imported }],
  },
});

export const iotsitewise = service([workspaceCustomerKey]);
