import { customerKey, service } from './shared';

export const environmentCustomerKey = customerKey({
  id: 'workspacesthinclient-environment-customer-key',
  type: 'AWS::WorkSpacesThinClient::Environment',
  title: 'WorkSpaces Thin Client environments encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The service keeps device identifiers, user settings and the times of sessions: a log of who works when, under a key of AWS unless given yours.',
  source: 'https://docs.aws.amazon.com/workspaces-thin-client/latest/ag/data-encryption.html',
});

export const workspacesthinclient = service([environmentCustomerKey]);
