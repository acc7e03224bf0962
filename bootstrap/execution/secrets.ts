import { actions, type Execution } from './execution';
import { functionStatements } from './functions';

export const secrets: Execution = {
  keysThrough: ['secretsmanager'],
  functions: true,
  statements: (at) => {
    const { allow, arn, inRegion, prefix } = at;
    return [
      ...functionStatements(at),
      // No GetSecretValue: CloudFormation makes secrets up and reads none.
      allow(
        'Secrets',
        actions(
          'secretsmanager',
          'CancelRotateSecret',
          'CreateSecret',
          'DeleteResourcePolicy',
          'DeleteSecret',
          'DescribeSecret',
          'GetResourcePolicy',
          'PutResourcePolicy',
          'RotateSecret',
          'TagResource',
          'UntagResource',
          'UpdateSecret',
          'ValidateResourcePolicy',
        ),
        [arn('secretsmanager', `secret:${prefix}*`)],
      ),
      allow('RandomPasswords', ['secretsmanager:GetRandomPassword'], ['*'], inRegion),
      // Secrets Manager asks that who sets a rotation may call its function.
      // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
      allow('Rotations', actions('lambda', 'AddPermission', 'GetPolicy', 'InvokeFunction', 'RemovePermission'), [
        arn('lambda', `function:${prefix}*`),
      ]),
      allow(
        'Endpoints',
        actions('ec2', 'CreateTags', 'CreateVpcEndpoint', 'DeleteVpcEndpoints', 'ModifyVpcEndpoint'),
        ['security-group', 'subnet', 'vpc', 'vpc-endpoint'].map((kind) => arn('ec2', `${kind}/*`)),
      ),
      allow('LooksAtEndpoints', ['ec2:DescribeVpcEndpoints', 'ec2:DescribeVpcEndpointServices'], ['*'], inRegion),
    ];
  },
};
