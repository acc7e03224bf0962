import { absent } from '../requirement';
import { customerKey, service } from './shared';

const recording = 'ConnectionRecordingPreferences';

export const recordingCustomerKey = customerKey({
  id: 'ssmguiconnect-preferences-recording-customer-key',
  type: 'AWS::SSMGuiConnect::Preferences',
  title: 'Recordings of RDP connections are processed under a customer managed key',
  path: `${recording}.KMSKeyArn`,
  beside: {
    [recording]: { RecordingDestinations: { S3Buckets: [{ BucketName: 'recordings', BucketOwner: '111122223333' }] } },
  },
  unless: [absent(recording)],
  alsoGood: [{}],
  why: 'A recording shows everything an administrator saw and typed on the screen of a server; only your key keeps it yours while it is processed.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssmguiconnect-preferences.html',
});

export const ssmguiconnect = service([recordingCustomerKey]);
