import { given, not } from '../requirement';
import { customerKey, service } from './shared';

export const streamProcessorCustomerKey = customerKey({
  id: 'rekognition-stream-processor-customer-key',
  type: 'AWS::Rekognition::StreamProcessor',
  title: 'Rekognition stream processors write their images under a customer managed key',
  path: 'KmsKeyId',
  // A face search writes to a Kinesis data stream and takes no key.
  unless: [not(given('ConnectedHomeSettings'))],
  beside: { ConnectedHomeSettings: { Labels: ['PERSON'] } },
  alsoGood: [{ FaceSearchSettings: { CollectionId: 'staff' } }],
  why: 'Label detection puts frames of people at the door into your bucket, and KmsKeyId is the key they are encrypted with.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rekognition-streamprocessor.html',
});

export const rekognition = service([streamProcessorCustomerKey]);
