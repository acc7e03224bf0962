import { customerKey, service, switchedOn } from './shared';

const policy = 'AWS::DLM::LifecyclePolicy';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dlm-lifecyclepolicy.html';
const scheduled = 'PolicyDetails.Schedules[].CrossRegionCopyRules[]';
const onEvent = 'PolicyDetails.Actions[].CrossRegionCopy[]';
const noCopies = { PolicyDetails: { Schedules: [{ CreateRule: { Interval: 12 } }] } };

export const copyEncrypted = switchedOn({
  id: 'dlm-lifecycle-policy-copy-encrypted',
  type: policy,
  title: 'Lifecycle policies encrypt the snapshots they copy to other Regions',
  path: `${scheduled}.Encrypted`,
  alsoGood: [{}, noCopies],
  why: 'A copy of a plaintext snapshot stays plaintext in the target Region unless the rule asks, or that Region encrypts by default.',
  remedy: 'Set Encrypted to true in every rule of CrossRegionCopyRules; copies made before stay as they are.',
  source,
});
export const copyCustomerKey = customerKey({
  id: 'dlm-lifecycle-policy-copy-customer-key',
  type: policy,
  title: 'Lifecycle policies copy snapshots to other Regions under a customer managed key',
  path: `${scheduled}.CmkArn`,
  beside: { PolicyDetails: { Schedules: [{ CrossRegionCopyRules: [{ Encrypted: true }] }] } },
  alsoGood: [{}, noCopies],
  why: 'Without CmkArn the copy takes the default EBS key of the target Region, as a rule aws/ebs, whose copies cannot be shared with a recovery account.',
  remedy:
    'Name a key of the target Region in CmkArn; the default role of Data Lifecycle Manager must be allowed to use it.',
  source,
});
export const eventCopyEncrypted = switchedOn({
  id: 'dlm-lifecycle-policy-event-copy-encrypted',
  type: policy,
  title: 'Event-based lifecycle policies encrypt the snapshots they copy',
  path: `${onEvent}.EncryptionConfiguration.Encrypted`,
  alsoGood: [{}],
  why: 'A snapshot another account shares with you lands as plaintext in your account if it came so and the action does not ask for encryption.',
  remedy: 'Set Encrypted to true in EncryptionConfiguration of every cross-Region copy action.',
  source,
});
export const eventCopyCustomerKey = customerKey({
  id: 'dlm-lifecycle-policy-event-copy-customer-key',
  type: policy,
  title: 'Event-based lifecycle policies copy snapshots under a customer managed key',
  path: `${onEvent}.EncryptionConfiguration.CmkArn`,
  beside: { PolicyDetails: { Actions: [{ CrossRegionCopy: [{ EncryptionConfiguration: { Encrypted: true } }] }] } },
  alsoGood: [{}],
  why: 'Shared snapshots are copied to be out of reach of their owner; under the default EBS key, not a key of your own, nobody decides who restores them.',
  remedy: 'Name a key of the target Region in CmkArn of every cross-Region copy action.',
  source,
});

export const dlm = service([copyEncrypted, copyCustomerKey, eventCopyEncrypted, eventCopyCustomerKey]);
