import { customerKey, service } from './shared';

export const replicationSetCustomerKey = customerKey({
  id: 'ssmincidents-replication-set-customer-key',
  type: 'AWS::SSMIncidents::ReplicationSet',
  title: 'Incident Manager replication sets encrypt under a customer managed key in each region',
  path: 'Regions[].RegionConfiguration.SseKmsKeyId',
  beside: { Regions: [{ RegionName: 'eu-west-1' }] },
  why: 'Incident records and contacts say what broke, how, and whom to call. They are copied to each region of the set, under the key named for that region.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssmincidents-replicationset.html',
});

export const ssmincidents = service([replicationSetCustomerKey]);
