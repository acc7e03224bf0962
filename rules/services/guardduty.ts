import { customerKey, service } from './shared';

export const publishingDestinationCustomerKey = customerKey({
  id: 'guardduty-publishing-destination-customer-key',
  type: 'AWS::GuardDuty::PublishingDestination',
  title: 'GuardDuty exports findings under a customer managed key',
  path: 'DestinationProperties.KmsKeyArn',
  beside: { DestinationProperties: { DestinationArn: 'arn:aws:s3:::findings' } },
  why: 'Findings tell an intruder what has been noticed, on which instance and by which role.',
  remedy: 'Set DestinationProperties.KmsKeyArn, and let guardduty.amazonaws.com use the key in its policy.',
  source: 'https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html',
});

export const guardduty = service([publishingDestinationCustomerKey]);
