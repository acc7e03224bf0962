import { customerKey, service } from './shared';

export const domainCustomerKey = customerKey({
  id: 'voiceid-domain-customer-key',
  type: 'AWS::VoiceID::Domain',
  title: 'Voice ID domains encrypt under a customer managed key',
  path: 'ServerSideEncryptionConfiguration.KmsKeyId',
  why: 'A voiceprint is biometric data that its speaker cannot change; the domain must name the key, and one AWS manages your team cannot revoke.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-voiceid-domain.html',
});

export const voiceid = service([domainCustomerKey]);
