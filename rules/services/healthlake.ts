import { directive } from '../directive';
import { all, isCustomerKey, oneOf } from '../requirement';
import { customerKey, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const kms = 'SseConfiguration.KmsEncryptionConfig';

export const datastoreCustomerKey = directive({
  ...customerKey({
    id: 'healthlake-fhir-datastore-customer-key',
    type: 'AWS::HealthLake::FHIRDatastore',
    title: 'HealthLake data stores encrypt under a customer managed key',
    path: `${kms}.KmsKeyId`,
    beside: { SseConfiguration: { KmsEncryptionConfig: { CmkType: 'CUSTOMER_MANAGED_KMS_KEY' } } },
    why: 'Patient records lie under a key AWS owns unless the data store names yours, and only yours lets you prove who read them.',
    remedy:
      'Set CmkType to CUSTOMER_MANAGED_KMS_KEY and KmsKeyId to your key. A changed key replaces the data store: export the records first.',
    source: `${guide}/aws-resource-healthlake-fhirdatastore.html`,
    alsoBad: [{}, { SseConfiguration: { KmsEncryptionConfig: { CmkType: 'AWS_OWNED_KMS_KEY' } } }],
  }),
  requires: all(oneOf(`${kms}.CmkType`, 'CUSTOMER_MANAGED_KMS_KEY'), isCustomerKey(`${kms}.KmsKeyId`)),
});
export const profileCustomerKey = customerKey({
  id: 'healthlake-data-transformation-profile-customer-key',
  type: 'AWS::HealthLake::DataTransformationProfile',
  title: 'HealthLake data transformation profiles encrypt under a customer managed key',
  path: 'KmsKeyId',
  why: 'The templates tell how patient data is mapped into FHIR. Without KmsKeyId they lie under a key AWS owns.',
  source: `${guide}/aws-resource-healthlake-datatransformationprofile.html`,
});

export const healthlake = service([datastoreCustomerKey, profileCustomerKey]);
