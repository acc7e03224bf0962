import type { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { answersOverTlsOnly } from '../../stacks/network';
import { GeneratedSecret, RotatedDatabaseCredentials } from '../../stacks/secrets';
import { type Block, needed } from './block';

/** Two stacks: the local account has no rotation, and the secrets that need none are deployed there without it. */
export const secrets: Block = ({ stack, key, keyArn, made }) => {
  const plain = stack('secrets');
  new GeneratedSecret(plain, 'Sessions', {
    key: key(plain, 'secrets'),
    description: 'Signs the sessions of the application',
    // Named, so that CloudFormation may be let at the secrets of this environment alone.
    secretName: `${plain.stackName}/sessions`,
  });

  const rotation = stack('rotation');
  const vpc = needed(made.vpc, 'network');
  const database = needed(made.database, 'rds');
  new RotatedDatabaseCredentials(rotation, 'Orders', {
    key: key(rotation, 'secrets'),
    database,
    engine: 'postgres',
    username: 'orders',
    databaseName: 'orders',
    secretName: `${rotation.stackName}/orders`,
    vpc,
    secretsEndpoint: made.secretsEndpoint ?? endpointIn(rotation, vpc),
    ...(database.secret ? { superuser: database.secret } : {}),
    logKey: kms.Key.fromKeyArn(rotation, 'LogKey', keyArn('logs')),
  });
};

/** A network without an endpoint of Secrets Manager gets one: the function reaches it by no other way. */
function endpointIn(scope: Stack, vpc: ec2.IVpc): ec2.InterfaceVpcEndpoint {
  const endpoint = new ec2.InterfaceVpcEndpoint(scope, 'SecretsManager', {
    vpc,
    service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    open: false,
  });
  answersOverTlsOnly(endpoint);
  return endpoint;
}
