import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourceCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  ConfigServiceClient,
  PutEvaluationsCommand,
  PutResourceConfigCommand,
  StopConfigurationRecorderCommand,
} from '@aws-sdk/client-config-service';
import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { indexDirectives, judgeLive } from '../../rules/judge';
import { joinConfig } from '../../rules/live/aws-config';
import { detectDrift } from '../../rules/live/drift';
import { readStack } from '../../rules/live/read';
import { catalogue } from '../../rules/services';
import { systemClock } from '../../scripts/clock';
import { type LocalAccount, startLocalAccount } from '../../scripts/local-account/account';
import { integration, makeRoot, until } from './support';

const REGION = 'us-east-1';
const credentials = { accessKeyId: '111122223333', secretAccessKey: 'local' };
const TYPE = 'AWS::S3::Bucket';
const DIRECTIVE = 's3-bucket-customer-key';

/** A recorder, a rule, and two buckets that the rule is about; the tag makes an update of the first. */
const template = (tag: string): string =>
  JSON.stringify({
    Resources: {
      Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: { Version: '2012-10-17', Statement: [] } } },
      ...Object.fromEntries(
        ['Changed', 'Other'].map((name) => [
          name,
          {
            Type: TYPE,
            Properties: {
              BucketEncryption: {
                ServerSideEncryptionConfiguration: [
                  {
                    ServerSideEncryptionByDefault: {
                      SSEAlgorithm: 'aws:kms',
                      KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] },
                    },
                  },
                ],
              },
              VersioningConfiguration: { Status: 'Enabled' },
              ...(name === 'Changed' ? { Tags: [{ Key: 'change', Value: tag }] } : {}),
            },
          },
        ]),
      ),
      Recorder: {
        Type: 'AWS::Config::ConfigurationRecorder',
        Properties: {
          Name: 'all',
          RoleARN: 'arn:aws:iam::111122223333:role/recorder',
          RecordingGroup: { AllSupported: true },
        },
      },
      Channel: { Type: 'AWS::Config::DeliveryChannel', Properties: { S3BucketName: { Ref: 'Other' } } },
      Rule: {
        Type: 'AWS::Config::ConfigRule',
        Properties: {
          ConfigRuleName: 'buckets',
          Source: { Owner: 'AWS', SourceIdentifier: 'S3_DEFAULT_ENCRYPTION_KMS' },
        },
      },
    },
  });

integration('AWS Config in the local account', () => {
  let account: LocalAccount;
  let remove: (() => void) | undefined;
  let access: { region: string; endpoint: string; credentials: typeof credentials };
  let cloudFormation: CloudFormationClient;
  let config: ConfigServiceClient;
  let changed: string;

  beforeAll(async () => {
    const made = makeRoot();
    remove = made.remove;
    account = await startLocalAccount({ root: made.root, account: credentials.accessKeyId, region: REGION });
    access = { region: REGION, endpoint: account.endpoint, credentials };
    cloudFormation = new CloudFormationClient(access);
    config = new ConfigServiceClient(access);
    await cloudFormation.send(new CreateStackCommand({ StackName: 's', TemplateBody: template('one') }));
    await settled('CREATE_COMPLETE');
    const { StackResourceDetail: found } = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: 's', LogicalResourceId: 'Changed' }),
    );
    changed = found?.PhysicalResourceId ?? '';
  });
  afterAll(async () => {
    cloudFormation?.destroy();
    config?.destroy();
    await account?.stop();
    remove?.();
  });

  const settled = (status: string) =>
    until(`the stack in ${status}`, 20_000, async () => {
      const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 's' }));
      return stack?.StackStatus === status || undefined;
    });

  /** What a recorder would do: there is none here that works. Times have whole seconds in CloudFormation. */
  const record = async () => {
    await sleep(1_100);
    await config.send(
      new PutResourceConfigCommand({
        ResourceType: TYPE,
        SchemaVersionId: '1',
        ResourceId: changed,
        Configuration: '{}',
      }),
    );
  };
  const evaluate = (ComplianceType: 'COMPLIANT' | 'NON_COMPLIANT') =>
    config.send(
      new PutEvaluationsCommand({
        ResultToken: 'buckets',
        Evaluations: [
          {
            ComplianceResourceType: TYPE,
            ComplianceResourceId: changed,
            ComplianceType,
            OrderingTimestamp: new Date(),
          },
        ],
      }),
    );

  const join = async () => {
    const live = await readStack({ stack: 's', ...access });
    const directives = catalogue.filter(({ id }) => id === DIRECTIVE);
    const verdicts = judgeLive(live, indexDirectives(directives));
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
    const joined = await joinConfig({
      stacks: [{ live, verdicts }],
      directives,
      wait: 0,
      concurrency: 2,
      clock: systemClock,
      ...access,
    });
    return Object.fromEntries(
      joined.verdicts.map(({ resource, verdict, reason }) => [resource.logicalId, { verdict, reason }]),
    );
  };

  it('says nothing of what nobody recorded, and that is not green', async () => {
    const late = { verdict: 'unknown', reason: expect.stringMatching(/^recorder lag:/) };
    expect(await join()).toEqual({ Changed: late, Other: late });
  });

  it('does not take an evaluation for green that rests on no recording', async () => {
    await sleep(1_100);
    await evaluate('COMPLIANT');
    expect((await join()).Changed).toMatchObject({ verdict: 'unknown' });
  });

  it('is green where both are fresh', async () => {
    await record();
    await evaluate('COMPLIANT');
    expect((await join()).Changed).toEqual({ verdict: 'pass', reason: undefined });
  });

  it('is stale after the next deployment, and green again only after both', async () => {
    await sleep(1_100);
    await cloudFormation.send(new UpdateStackCommand({ StackName: 's', TemplateBody: template('two') }));
    await settled('UPDATE_COMPLETE');
    expect((await join()).Changed).toEqual({ verdict: 'unknown', reason: expect.stringMatching(/last recorded/) });
    await sleep(1_100);
    await evaluate('COMPLIANT');
    expect((await join()).Changed).toEqual({ verdict: 'unknown', reason: expect.stringMatching(/last recorded/) });
    await record();
    expect((await join()).Changed).toEqual({ verdict: 'unknown', reason: expect.stringMatching(/the rule buckets/) });
    await evaluate('COMPLIANT');
    expect((await join()).Changed).toMatchObject({ verdict: 'pass' });
  });

  it('is red where the rule says no, though the bucket was read back as it should be', async () => {
    await evaluate('NON_COMPLIANT');
    expect((await join()).Changed).toMatchObject({ verdict: 'fail' });
  });

  it('is not green while the recorder is stopped', async () => {
    await evaluate('COMPLIANT');
    await config.send(new StopConfigurationRecorderCommand({ ConfigurationRecorderName: 'all' }));
    expect((await join()).Changed).toEqual({ verdict: 'unknown', reason: expect.stringMatching(/^recorder stopped/) });
  });

  it('sees what was changed behind the back of CloudFormation', async () => {
    const drift = () => detectDrift({ stack: 's', clock: systemClock, ...access });
    expect((await drift()).drifted).toEqual([]);
    await new S3Client({ ...access, forcePathStyle: true }).send(
      new PutBucketVersioningCommand({ Bucket: changed, VersioningConfiguration: { Status: 'Suspended' } }),
    );
    expect((await drift()).drifted).toEqual([
      expect.objectContaining({ logicalId: 'Changed', status: 'MODIFIED', type: TYPE }),
    ]);
  });
});
