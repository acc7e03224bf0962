import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CodeBuildClient, StartBuildCommand } from '@aws-sdk/client-codebuild';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { indexDirectives, judgeLive } from '../../rules/judge';
import { readStack } from '../../rules/live/read';
import { catalogue } from '../../rules/services';
import type { Verdict } from '../../rules/verdict';
import { type LocalAccount, startLocalAccount } from '../../scripts/local-account/account';
import { descendants, integration, isAlive, makeRoot, makeSandbox, type Sandbox, until } from './support';

const REGION = 'us-east-1';
const ACCOUNT = '111122223333';
const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };

/** The same resources with encryption on, or as far off as each service lets it. */
function control(on: boolean): string {
  const key = { 'Fn::GetAtt': ['Key', 'Arn'] };
  const when = <T extends object>(properties: T) => (on ? properties : {});
  return JSON.stringify({
    Resources: {
      Key: {
        Type: 'AWS::KMS::Key',
        Properties: {
          KeyPolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' } },
                Action: 'kms:*',
                Resource: '*',
              },
            ],
          },
        },
      },
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: when({
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              {
                BucketKeyEnabled: true,
                ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
              },
            ],
          },
        }),
      },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          ...when({ SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: key } }),
        },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: on ? { KmsMasterKeyId: key } : { SqsManagedSseEnabled: false } },
      Topic: { Type: 'AWS::SNS::Topic', Properties: when({ KmsMasterKeyId: key }) },
      Volume: {
        Type: 'AWS::EC2::Volume',
        Properties: { AvailabilityZone: `${REGION}a`, Size: 1, Encrypted: on, ...when({ KmsKeyId: key }) },
      },
      Database: {
        Type: 'AWS::RDS::DBInstance',
        Properties: {
          DBInstanceClass: 'db.t4g.micro',
          Engine: 'postgres',
          AllocatedStorage: '20',
          MasterUsername: 'control',
          ManageMasterUserPassword: true,
          StorageEncrypted: on,
          ...when({ KmsKeyId: key }),
        },
      },
      Trail: {
        Type: 'AWS::CloudTrail::Trail',
        Properties: {
          S3BucketName: { Ref: 'Bucket' },
          IsLogging: on,
          EnableLogFileValidation: on,
          ...when({ KMSKeyId: key }),
        },
      },
      Logs: { Type: 'AWS::Logs::LogGroup', Properties: when({ KmsKeyId: key }) },
      Files: {
        Type: 'AWS::EFS::FileSystem',
        Properties: { Encrypted: on, ...when({ KmsKeyId: key, FileSystemPolicy: denyPlain('elasticfilesystem:*') }) },
      },
      Cluster: {
        Type: 'AWS::RDS::DBCluster',
        Properties: {
          Engine: 'aurora-postgresql',
          MasterUsername: 'control',
          ManageMasterUserPassword: true,
          StorageEncrypted: on,
          ...when({ KmsKeyId: key, MasterUserSecret: { KmsKeyId: key } }),
        },
      },
      ClusterParameters: {
        Type: 'AWS::RDS::DBClusterParameterGroup',
        Properties: {
          Description: 'control',
          Family: 'aurora-postgresql16',
          Parameters: { 'rds.force_ssl': on ? '1' : '0' },
        },
      },
      Cache: {
        Type: 'AWS::ElastiCache::ReplicationGroup',
        Properties: {
          ReplicationGroupDescription: 'control',
          Engine: 'valkey',
          AtRestEncryptionEnabled: on,
          TransitEncryptionEnabled: on,
          ...when({ KmsKeyId: key, TransitEncryptionMode: 'required' }),
        },
      },
      Search: {
        Type: 'AWS::OpenSearchService::Domain',
        Properties: {
          EncryptionAtRestOptions: { Enabled: on, ...when({ KmsKeyId: key }) },
          NodeToNodeEncryptionOptions: { Enabled: on },
          DomainEndpointOptions: {
            EnforceHTTPS: on,
            TLSSecurityPolicy: on ? 'Policy-Min-TLS-1-2-PFS-2023-10' : 'Policy-Min-TLS-1-0-2019-07',
          },
        },
      },
      Stream: {
        Type: 'AWS::Kinesis::Stream',
        Properties: { ShardCount: 1, ...when({ StreamEncryption: { EncryptionType: 'KMS', KeyId: key } }) },
      },
      Images: {
        Type: 'AWS::ECR::Repository',
        Properties: when({ EncryptionConfiguration: { EncryptionType: 'KMS', KmsKey: key } }),
      },
      Vault: {
        Type: 'AWS::Backup::BackupVault',
        Properties: { BackupVaultName: on ? 'control-on' : 'control-off', ...when({ EncryptionKeyArn: key }) },
      },
      Delivery: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: { Ref: 'Topic' },
          Protocol: on ? 'https' : 'http',
          Endpoint: `${on ? 'https' : 'http'}://127.0.0.1:9/`,
        },
      },
    },
  });
}

const denyPlain = (action: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: action,
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
});

/** What the two control stacks differ in, and the directive that says so. */
const CONTROLS: readonly (readonly [resource: string, directive: string])[] = [
  ['Bucket', 's3-bucket-customer-key'],
  ['Table', 'dynamodb-table-customer-key'],
  ['Queue', 'sqs-queue-encrypted'],
  ['Queue', 'sqs-queue-customer-key'],
  ['Topic', 'sns-topic-encrypted'],
  ['Topic', 'sns-topic-customer-key'],
  ['Volume', 'ec2-volume-encrypted'],
  ['Volume', 'ec2-volume-customer-key'],
  ['Database', 'rds-instance-encrypted'],
  ['Database', 'rds-instance-customer-key'],
  ['Trail', 'cloudtrail-trail-customer-key'],
  ['Trail', 'cloudtrail-trail-log-validation'],
  ['Trail', 'cloudtrail-trail-logging'],
  ['Logs', 'logs-log-group-customer-key'],
  ['Files', 'efs-file-system-encrypted'],
  ['Files', 'efs-file-system-customer-key'],
  ['Files', 'efs-file-system-tls-only'],
  ['Cluster', 'rds-cluster-encrypted'],
  ['Cluster', 'rds-cluster-customer-key'],
  ['Cluster', 'rds-cluster-secret-customer-key'],
  ['ClusterParameters', 'rds-cluster-parameter-group-force-ssl'],
  ['Cache', 'elasticache-replication-group-encrypted'],
  ['Cache', 'elasticache-replication-group-customer-key'],
  ['Cache', 'elasticache-replication-group-tls'],
  ['Search', 'opensearch-domain-encrypted'],
  ['Search', 'opensearch-domain-customer-key'],
  ['Search', 'opensearch-domain-node-to-node'],
  ['Search', 'opensearch-domain-https'],
  ['Search', 'opensearch-domain-tls-policy'],
  ['Stream', 'kinesis-stream-encrypted'],
  ['Stream', 'kinesis-stream-customer-key'],
  ['Images', 'ecr-repository-customer-key'],
  ['Vault', 'backup-vault-customer-key'],
  ['Delivery', 'sns-subscription-https'],
];

/** What an update changes in place: CloudFormation replaces volumes and databases instead. */
const REPLACED = ['Volume', 'Database', 'Files', 'Cluster', 'Cache', 'Images', 'Vault', 'Delivery'];
const IN_PLACE = CONTROLS.filter(([resource]) => !REPLACED.includes(resource));

integration('the local account', () => {
  let root: string;
  let remove: (() => void) | undefined;
  let account: LocalAccount;
  let cloudFormation: CloudFormationClient;

  beforeAll(async () => {
    ({ root, remove } = makeRoot());
    account = await startLocalAccount({ root, account: ACCOUNT, region: REGION });
    cloudFormation = new CloudFormationClient({ endpoint: account.endpoint, region: REGION, credentials });
  });

  afterAll(async () => {
    cloudFormation?.destroy();
    await account?.stop();
    remove?.();
  });

  const settled = async (StackName: string): Promise<Stack> =>
    until(`the stack ${StackName}`, 20_000, async () => {
      const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      return stack?.StackStatus?.endsWith('_IN_PROGRESS') ? undefined : stack;
    });

  const create = async (StackName: string, TemplateBody: string): Promise<Stack> => {
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
    return settled(StackName);
  };

  const judge = async (stack: string): Promise<Verdict[]> =>
    judgeLive(
      await readStack({ stack, region: REGION, endpoint: account.endpoint, credentials }),
      indexDirectives(catalogue),
    );

  const verdictsOf = (verdicts: readonly Verdict[], table: typeof CONTROLS) =>
    table.map(([resource, directive]) => {
      const found = verdicts.find((one) => one.resource.logicalId === resource && one.directive === directive);
      return [resource, directive, found?.verdict];
    });

  const expected = (verdict: Verdict['verdict'], table = CONTROLS) => table.map((row) => [...row, verdict]);

  it('starts, answers, stops, and takes its process and its folder with it', async () => {
    const one = await startLocalAccount({ root, region: REGION });
    expect(one.endpoint).toBe(`http://127.0.0.1:${one.port}`);
    expect((await fetch(`${one.endpoint}/_ministack/ready`)).ok).toBe(true);
    expect(isAlive(one.pid)).toBe(true);
    await one.stop();
    await one.stop();
    expect(isAlive(one.pid)).toBe(false);
    await expect(fetch(one.endpoint)).rejects.toThrow();
    expect(readdirSync(`${root}/.cipherline`).filter((name) => name.startsWith('local-account-'))).toHaveLength(1);
  });

  it('tells when it was ended by somebody else', async () => {
    const one = await startLocalAccount({ root, region: REGION });
    process.kill(one.pid, 'SIGKILL');
    await expect(one.died).resolves.toMatchObject({ name: 'LocalAccountError', code: 'died' });
    await one.stop();
  });

  it('says so when its port is taken', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve, reject) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
    try {
      const start = startLocalAccount({ root, port, region: REGION });
      await expect(start).rejects.toMatchObject({ name: 'LocalAccountError', code: 'port-taken' });
      await expect(start).rejects.toThrow(String(port));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('keeps every AWS setting of the caller from its clients', () => {
    process.env.AWS_PROFILE = 'somebody';
    process.env.AWS_SESSION_TOKEN = 'secret';
    try {
      const env = account.envFor('444455556666', 'eu-west-1');
      expect(env).toMatchObject({
        AWS_ENDPOINT_URL: account.endpoint,
        AWS_ACCESS_KEY_ID: '444455556666',
        AWS_REGION: 'eu-west-1',
      });
      expect(env).not.toHaveProperty('AWS_PROFILE');
      expect(env).not.toHaveProperty('AWS_SESSION_TOKEN');
    } finally {
      delete process.env.AWS_PROFILE;
      delete process.env.AWS_SESSION_TOKEN;
    }
  });

  const onLinux = existsSync('/proc/net/tcp') ? it : it.skip;
  onLinux('listens on the loopback interface only', () => {
    const sockets = [account.pid, ...descendants(account.pid)].flatMap(listeningSockets);
    expect(sockets.map(({ port }) => port)).toContain(account.port);
    expect(sockets.filter(({ address }) => !isLoopback(address))).toEqual([]);
  });

  it.each<readonly [string, (StackName: string, TemplateBody: string) => Promise<unknown>]>([
    ['a stack', (StackName, TemplateBody) => cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }))],
    [
      'a change set',
      (StackName, TemplateBody) =>
        cloudFormation.send(
          new CreateChangeSetCommand({ StackName, TemplateBody, ChangeSetName: 'one', ChangeSetType: 'CREATE' }),
        ),
    ],
  ])('refuses %s with a type it does not know, and names the type', async (_, make) => {
    const template = JSON.stringify({
      Resources: {
        Topic: { Type: 'AWS::SNS::Topic' },
        Search: { Type: 'AWS::Kendra::Index', Properties: { Name: 'search' } },
      },
    });
    await expect(make('unsupported', template)).rejects.toThrow('Unrecognized resource types: [AWS::Kendra::Index]');
    await expect(cloudFormation.send(new DescribeStacksCommand({ StackName: 'unsupported' }))).rejects.toThrow();
  });

  it('reads encryption that is off back as off', async () => {
    expect(await create('control-off', control(false))).toMatchObject({ StackStatus: 'CREATE_COMPLETE' });
    expect(verdictsOf(await judge('control-off'), CONTROLS)).toEqual(expected('fail'));
  });

  it('reads encryption that is on back as on', async () => {
    expect(await create('control-on', control(true))).toMatchObject({ StackStatus: 'CREATE_COMPLETE' });
    expect(verdictsOf(await judge('control-on'), CONTROLS)).toEqual(expected('pass'));
  });

  it('passes nothing that its Cloud Control does not know', async () => {
    const machine = {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/any`,
        DefinitionString: JSON.stringify({ StartAt: 'End', States: { End: { Type: 'Succeed' } } }),
        EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: 'alias/any' },
      },
    };
    expect(await create('machines', JSON.stringify({ Resources: { Machine: machine } }))).toMatchObject({
      StackStatus: 'CREATE_COMPLETE',
    });
    expect(verdictsOf(await judge('machines'), [['Machine', 'stepfunctions-state-machine-customer-key']])).toEqual([
      ['Machine', 'stepfunctions-state-machine-customer-key', 'unknown'],
    ]);
  });

  it('claims no success for a build that nobody ran, and keeps a role in its boundary', async () => {
    const trust = (Service: string) => ({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
    });
    const template = JSON.stringify({
      Resources: {
        Boundary: {
          Type: 'AWS::IAM::ManagedPolicy',
          Properties: {
            PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
          },
        },
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName: 'bounded',
            AssumeRolePolicyDocument: trust('codebuild.amazonaws.com'),
            PermissionsBoundary: { Ref: 'Boundary' },
          },
        },
        Project: {
          Type: 'AWS::CodeBuild::Project',
          Properties: {
            Name: 'never-run',
            ServiceRole: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Artifacts: { Type: 'NO_ARTIFACTS' },
            Environment: {
              Type: 'LINUX_CONTAINER',
              ComputeType: 'BUILD_GENERAL1_SMALL',
              Image: 'aws/codebuild/standard:7.0',
            },
            Source: { Type: 'NO_SOURCE', BuildSpec: 'version: 0.2' },
          },
        },
      },
    });
    expect(await create('bounded', template)).toMatchObject({ StackStatus: 'CREATE_COMPLETE' });
    const client = { endpoint: account.endpoint, region: REGION, credentials };
    const { Role } = await new IAMClient(client).send(new GetRoleCommand({ RoleName: 'bounded' }));
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toMatch(/:policy\//);
    const { build } = await new CodeBuildClient(client).send(new StartBuildCommand({ projectName: 'never-run' }));
    expect(build?.buildStatus).toBe('FAULT');
  });

  it('refuses to delete what is protected', async () => {
    const protectedTable = JSON.stringify({
      Resources: {
        Table: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            BillingMode: 'PAY_PER_REQUEST',
            DeletionProtectionEnabled: true,
          },
        },
      },
    });
    await create('protected', protectedTable);
    await cloudFormation.send(new DeleteStackCommand({ StackName: 'protected' }));
    expect(await settled('protected')).toMatchObject({ StackStatus: 'DELETE_FAILED' });
  });

  it('reads encryption that an update took away back as off', async () => {
    await cloudFormation.send(new UpdateStackCommand({ StackName: 'control-on', TemplateBody: control(false) }));
    expect(await settled('control-on')).toMatchObject({ StackStatus: 'UPDATE_COMPLETE' });
    expect(verdictsOf(await judge('control-on'), IN_PLACE)).toEqual(expected('fail', IN_PLACE));
  });
});

integration('a local account whose command is killed', () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = makeSandbox();
  });
  afterAll(() => sandbox?.remove());

  it('ends by itself', async () => {
    const holder = sandbox.start('local', 'up', '--foreground');
    const state = `${sandbox.root}/.cipherline/local-account.json`;
    await until('the account', 30_000, () => existsSync(state) || undefined);
    const emulators = descendants(holder.pid);
    expect(emulators).not.toHaveLength(0);
    process.kill(holder.pid, 'SIGKILL');
    await holder.ended;
    await until('the end of the emulator', 5_000, () => !emulators.some(isAlive) || undefined);
    expect(readdirSync(`${sandbox.root}/.cipherline`).filter((name) => name.startsWith('local-account-'))).toEqual([]);
  });
});

interface Listening {
  readonly address: string;
  readonly port: number;
}

/** The TCP sockets on which a process listens, and the UDP ones it has bound, from Linux's process file system. */
function listeningSockets(pid: number): Listening[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed in the meantime
      }
    }),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) => {
    const file = `/proc/${pid}/net/${table}`;
    if (!existsSync(file)) return [];
    const waiting = table.startsWith('tcp') ? '0A' : '07';
    return readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
        if (state !== waiting || !inodes.has(inode)) return [];
        const [address = '', port = ''] = local.split(':');
        return [{ address, port: Number.parseInt(port, 16) }];
      });
  });
}

/** 127.0.0.1, ::1, or 127.0.0.1 in IPv6's notation, in the kernel's byte order. */
function isLoopback(address: string): boolean {
  return /^(0{24}|0{16}FFFF0000)?(..){3}7F$/i.test(address) || address === '00000000000000000000000001000000';
}
