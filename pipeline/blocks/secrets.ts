import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { GeneratedSecret, RotatedDatabaseCredentials } from '../../stacks/secrets';
import { names } from '../names';
import { type Block, needed } from './block';

/** Two stacks: the local account has no rotation, and the secrets that need none are deployed there without it. */
export const secrets: Block = ({ config, environment, stack, key, keyArn, made }) => {
  const plain = stack('secrets');
  new GeneratedSecret(plain, 'Sessions', {
    key: key(plain, 'secrets'),
    description: 'Signs the sessions of the application',
    // Named, so that CloudFormation may be let at the secrets of this environment alone.
    secretName: `${plain.stackName}/sessions`,
  });

  const rotation = stack('rotation');
  const { account, partition } = rotation;
  // The boundary of the environment lets nothing make a role without it.
  const boundary = `arn:${partition}:iam::${account}:policy/${names(config.name).boundary(environment.name)}`;
  iam.PermissionsBoundary.of(rotation).apply(iam.ManagedPolicy.fromManagedPolicyArn(rotation, 'Boundary', boundary));
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
    secretsEndpoint:
      made.secretsEndpoint ??
      new ec2.InterfaceVpcEndpoint(rotation, 'SecretsManager', {
        vpc,
        service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
        subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        open: false,
      }),
    ...(database.secret ? { superuser: database.secret } : {}),
    logKey: kms.Key.fromKeyArn(rotation, 'LogKey', keyArn('logs')),
  });
};
