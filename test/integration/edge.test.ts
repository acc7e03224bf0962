import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { APIGatewayClient, UpdateRestApiCommand } from '@aws-sdk/client-api-gateway';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  ListTypesCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudFrontClient, GetDistributionConfigCommand, UpdateDistributionCommand } from '@aws-sdk/client-cloudfront';
import { ElasticLoadBalancingV2Client, ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import fork from '../../cipherline.config';
import { names } from '../../pipeline/names';
import { indexDirectives, judgeLive } from '../../rules/judge';
import { readStack } from '../../rules/live/read';
import { selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import type { Verdict } from '../../rules/verdict';
import { type LocalAccount, startLocalAccount } from '../../scripts/local-account/account';
import { synthesized } from '../stacks/synthesized';
import { integration, makeRoot, until } from './support';

const REGION = 'us-east-1';
const credentials = { accessKeyId: '000000000000', secretAccessKey: 'local' };

/** What the bootstrap has made before: a key of each class, its alias, and its ARN under the name the stacks import. */
function keys(): string {
  const named = names('cipherline');
  const classes = ['storage', 'logs'];
  const Resources = Object.fromEntries(
    classes.flatMap((one) => [
      [`Key${one}`, { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true, KeyPolicy: { Statement: [] } } }],
      [
        `Alias${one}`,
        {
          Type: 'AWS::KMS::Alias',
          Properties: { AliasName: named.alias('beta', one), TargetKeyId: { Ref: `Key${one}` } },
        },
      ],
    ]),
  );
  const Outputs = Object.fromEntries(
    classes.map((one) => [
      `Arn${one}`,
      { Value: { 'Fn::GetAtt': [`Key${one}`, 'Arn'] }, Export: { Name: named.keyExport('beta', one) } },
    ]),
  );
  return JSON.stringify({ Resources, Outputs });
}

integration('the network and the edge in the local account', () => {
  let root: string;
  let remove: (() => void) | undefined;
  let account: LocalAccount;
  let cloudFormation: CloudFormationClient;
  let client: { endpoint: string; region: string; credentials: typeof credentials };

  const create = async (StackName: string, TemplateBody: string): Promise<string | undefined> => {
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
    return until(`the stack ${StackName}`, 30_000, async () => {
      const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
      return stack?.StackStatus?.endsWith('_IN_PROGRESS') ? undefined : stack?.StackStatus;
    });
  };

  const judge = async (stack: string): Promise<readonly Verdict[]> =>
    judgeLive(
      await readStack({ stack, region: REGION, endpoint: account.endpoint, credentials }),
      indexDirectives(selectDirectives(catalogue, 'default')),
    );

  /** The physical id of the one resource of a type, as the verdicts tell it. */
  const idOf = (verdicts: readonly Verdict[], directive: string): string => {
    const id = verdicts.find((one) => one.directive === directive)?.resource.physicalId;
    if (id === undefined) throw new Error(`${directive} judged nothing`);
    return id;
  };

  beforeAll(async () => {
    ({ root, remove } = makeRoot());
    account = await startLocalAccount({ root, account: credentials.accessKeyId, region: REGION });
    client = { endpoint: account.endpoint, region: REGION, credentials };
    cloudFormation = new CloudFormationClient(client);
    const outdir = join(root, 'cdk.out');
    const { template } = synthesized(
      {
        ...fork,
        blocks: ['network', 'edge'],
        network: { interfaceEndpoints: ['kms'], encryption: 'monitor', vpn: { peerAddress: '203.0.113.7' } },
        edge: { loadBalancer: true, shield: true },
      },
      outdir,
    );
    expect(await create('keys', keys())).toBe('CREATE_COMPLETE');
    for (const block of ['Network', 'Edge', 'Load-balancer'])
      expect(await create(block, JSON.stringify(template(block).toJSON()))).toBe('CREATE_COMPLETE');
    rmSync(outdir, { recursive: true });
  }, 120_000);

  afterAll(async () => {
    cloudFormation?.destroy();
    await account?.stop();
    remove?.();
  });

  it('has not what is in stacks of its own', async () => {
    const { TypeSummaries = [] } = await cloudFormation.send(new ListTypesCommand({ Type: 'RESOURCE' }));
    const types = TypeSummaries.map(({ TypeName }) => TypeName);
    expect(types).toContain('AWS::CloudFront::Distribution');
    for (const lacking of ['AWS::EC2::VPCEncryptionControl', 'AWS::EC2::VPNConnection', 'AWS::Shield::Protection'])
      expect(types).not.toContain(lacking);
  });

  it.each([
    ['Network', ['ec2-vpc-endpoint-tls-only']],
    [
      'Edge',
      [
        'apigateway-deployment-cache-encrypted',
        'apigateway-domain-tls-policy',
        'apigateway-rest-api-tls-policy',
        'apigateway-stage-cache-encrypted',
        'cloudfront-viewer-https',
        'cloudfront-viewer-tls-policy',
        's3-bucket-customer-key',
      ],
    ],
    ['Load-balancer', ['elb-listener-encrypted', 'elb-listener-tls-policy']],
  ])('reads %s back, and all of it passes', async (stack, directives) => {
    const verdicts = await judge(stack);
    expect(verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    const judged = verdicts.map(({ directive }) => directive);
    expect(directives.filter((one) => !judged.includes(one))).toEqual([]);
  });

  it('has put the page into the bucket', async () => {
    const Bucket = idOf(await judge('Edge'), 's3-bucket-customer-key');
    const s3 = new S3Client({ ...client, forcePathStyle: true });
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket, Key: 'index.html' }));
    expect(ContentType).toBe('text/html; charset=utf-8');
    expect(await Body?.transformToString()).toMatch(/<h1>/);
  });

  it('sees what was weakened', async () => {
    const edge = await judge('Edge');
    const balancer = await judge('Load-balancer');

    const cloudfront = new CloudFrontClient(client);
    const Id = idOf(edge, 'cloudfront-viewer-tls-policy');
    const { DistributionConfig, ETag } = await cloudfront.send(new GetDistributionConfigCommand({ Id }));
    if (!DistributionConfig?.DefaultCacheBehavior) throw new Error('no distribution');
    await cloudfront.send(
      new UpdateDistributionCommand({
        Id,
        IfMatch: ETag,
        DistributionConfig: {
          ...DistributionConfig,
          DefaultCacheBehavior: { ...DistributionConfig.DefaultCacheBehavior, ViewerProtocolPolicy: 'allow-all' },
          ViewerCertificate: { ...DistributionConfig.ViewerCertificate, MinimumProtocolVersion: 'TLSv1' },
        },
      }),
    );
    const apigateway = new APIGatewayClient(client);
    await apigateway.send(
      new UpdateRestApiCommand({
        restApiId: idOf(edge, 'apigateway-rest-api-tls-policy'),
        patchOperations: [{ op: 'replace', path: '/securityPolicy', value: 'TLS_1_0' }],
      }),
    );
    const secure = balancer.find(({ resource }) => resource.logicalId.includes('Secure'));
    if (!secure?.resource.physicalId) throw new Error('no HTTPS listener');
    await new ElasticLoadBalancingV2Client(client).send(
      new ModifyListenerCommand({
        ListenerArn: secure.resource.physicalId,
        SslPolicy: 'ELBSecurityPolicy-2016-08',
      }),
    );

    const failed = async (stack: string) =>
      (await judge(stack)).filter(({ verdict }) => verdict === 'fail').map(({ directive }) => directive);
    expect((await failed('Edge')).sort()).toEqual([
      'apigateway-rest-api-tls-policy',
      'cloudfront-viewer-https',
      'cloudfront-viewer-tls-policy',
    ]);
    expect(await failed('Load-balancer')).toEqual(['elb-listener-tls-policy']);
  });

  it('reads an endpoint without a policy back as one that lets everything through', async () => {
    const template = {
      Resources: {
        Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } },
        Open: {
          Type: 'AWS::EC2::VPCEndpoint',
          Properties: { VpcId: { Ref: 'Vpc' }, ServiceName: `com.amazonaws.${REGION}.s3` },
        },
      },
    };
    expect(await create('open', JSON.stringify(template))).toBe('CREATE_COMPLETE');
    expect(await judge('open')).toContainEqual(
      expect.objectContaining({ directive: 'ec2-vpc-endpoint-tls-only', verdict: 'fail' }),
    );
  });
});
