import { given, not } from '../requirement';
import { customerKey, service, switchedOn } from './shared';

const template = 'AWS::MGN::LaunchConfigurationTemplate';
const source =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mgn-launchconfigurationtemplate.html';
const actions = { PostLaunchActions: { Deployment: 'TEST_AND_CUTOVER' } };
const unless = [not(given('PostLaunchActions'))];

export const parametersEncrypted = switchedOn({
  id: 'mgn-launch-configuration-template-parameters-encrypted',
  type: template,
  title: 'Application Migration encrypts the parameters of post-launch actions',
  path: 'EnableParametersEncryption',
  beside: actions,
  unless,
  why: 'Post-launch actions keep their parameters in Parameter Store, as plain strings unless asked: join passwords and licence keys among them.',
  source,
  alsoGood: [{}],
});
export const parametersCustomerKey = customerKey({
  id: 'mgn-launch-configuration-template-parameters-customer-key',
  type: template,
  title: 'Application Migration encrypts the parameters of post-launch actions under a customer managed key',
  path: 'ParametersEncryptionKey',
  beside: { ...actions, EnableParametersEncryption: true },
  unless,
  why: 'With a key of yours only the servers being launched need decrypt what the actions are given.',
  source,
  alsoGood: [{}],
});

export const mgn = service([parametersEncrypted, parametersCustomerKey]);
