import { customerKey, service } from './shared';

export const detectorCustomerKey = customerKey({
  id: 'lookoutmetrics-anomaly-detector-customer-key',
  type: 'AWS::LookoutMetrics::AnomalyDetector',
  title: 'Lookout for Metrics detectors encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'A detector keeps the business metrics it learns from; AWS ended the service, so a key of yours is what makes leftovers unreadable.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lookoutmetrics-anomalydetector.html',
});

export const lookoutmetrics = service([detectorCustomerKey]);
