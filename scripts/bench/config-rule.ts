import { createConfigRule } from '../../bootstrap/functions/rule';
import { recordedType } from '../../rules/points/item-shapes';
import { selectForRule } from '../../rules/points/selection';
import { catalogue } from '../../rules/services';

/** What the run of the custom rule over many configuration items came to. */
export interface RuleBench {
  readonly items: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Of the process, in MB. */
  readonly peakMegabytes: number;
  readonly nonCompliant: number;
  /** What Lambda would charge for these invocations, in US dollars. */
  readonly dollars: number;
  /** All items were judged; else the time ran out first. */
  readonly complete: boolean;
}

/**
 * Lambda's prices as of 2026-11-25: us-east-1, arm64, first tier. https://aws.amazon.com/lambda/pricing/
 * An invocation is billed by the millisecond, rounded up.
 */
const price = { gigabyteSecond: 0.0000133334, request: 0.0000002 };
/** What bootstrap/controls.ts gives the function. */
const gigabytes = 1;
/** What PutEvaluations takes there, which is not measured here: one call over the network for each change. */
const callSeconds = 0.05;

const key = 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000';

/** Configurations as Config records them, of the commonest types; every third of each is not as it should be. */
const kinds: readonly { readonly type: string; readonly make: (good: boolean) => object }[] = [
  {
    type: 'AWS::RDS::DBInstance',
    make: (good) => ({
      configuration: {
        dBInstanceIdentifier: 'i',
        engine: 'postgres',
        storageEncrypted: good,
        kmsKeyId: good ? key : null,
      },
    }),
  },
  { type: 'AWS::EC2::Volume', make: (good) => ({ configuration: { encrypted: good, kmsKeyId: good ? key : null } }) },
  {
    type: 'AWS::S3::Bucket',
    make: (good) => ({
      configuration: { name: 'b' },
      supplementaryConfiguration: {
        ServerSideEncryptionConfiguration: {
          rules: [
            {
              applyServerSideEncryptionByDefault: good
                ? { sseAlgorithm: 'aws:kms', kmsMasterKeyID: key }
                : { sseAlgorithm: 'AES256', kmsMasterKeyID: null },
              bucketKeyEnabled: good,
            },
          ],
        },
        BucketPolicy: { policyText: null },
      },
    }),
  },
  {
    type: 'AWS::KMS::Key',
    make: (good) => ({
      configuration: {
        enabled: good,
        keyState: good ? 'Enabled' : 'Disabled',
        origin: 'AWS_KMS',
        customerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      },
      supplementaryConfiguration: { KeyRotationStatus: good },
    }),
  },
  {
    type: 'AWS::DynamoDB::Table',
    make: (good) => ({
      configuration: good
        ? { tableName: 't', ssedescription: { status: 'ENABLED', ssetype: 'KMS', kmsmasterKeyArn: key } }
        : { tableName: 't' },
    }),
  },
  {
    type: 'AWS::SQS::Queue',
    make: (good) => ({ configuration: { KmsMasterKeyId: good ? key : '', SqsManagedSseEnabled: 'false' } }),
  },
  {
    type: 'AWS::EFS::FileSystem',
    make: (good) => ({ configuration: { Encrypted: good, ...(good ? { KmsKeyId: key } : {}) } }),
  },
  {
    type: 'AWS::ElasticLoadBalancingV2::Listener',
    make: (good) => ({
      configuration: {
        Protocol: 'HTTPS',
        Port: 443,
        SslPolicy: good ? 'ELBSecurityPolicy-TLS13-1-2-2021-06' : 'ELBSecurityPolicy-2016-08',
      },
    }),
  },
];

/**
 * Puts configuration items through the custom rule's handler, one invocation each, as Config does: the event is a text
 * that is parsed, the evaluator is the deployed one, and what would be PutEvaluations counts.
 * @param wanted how many items
 * @param limit in milliseconds; where it does not suffice, the largest number that was reached counts
 */
export async function benchConfigRule(wanted = 1_000_000, limit = 60_000): Promise<RuleBench> {
  // As deployed where no managed rule is in use, so that every directive of the profile is ours to judge.
  const { byItem, byRead } = selectForRule(catalogue, 'customer-key', () => false);
  let put = 0;
  let nonCompliant = 0;
  const rule = createConfigRule({
    byItem,
    byRead,
    services: {
      put: async (evaluations) => {
        put += evaluations.length;
        for (const { compliance } of evaluations) if (compliance.complianceType === 'NON_COMPLIANT') nonCompliant += 1;
        return [];
      },
      history: async () => undefined,
      evaluated: async function* () {},
      list: async () => ({ ids: [] }),
      read: async () => ({ properties: {} }),
      keys: (names) =>
        Object.fromEntries(names.map((name) => [name, { manager: 'CUSTOMER' as const, state: 'Enabled', arn: name }])),
      later: async () => {},
      log: () => {},
    },
  });
  const context = { getRemainingTimeInMillis: () => 900_000 };
  const start = performance.now();
  let peak = 0;
  let items = 0;
  for (; items < wanted; items += 1) {
    if (items % 5_000 === 0) {
      peak = Math.max(peak, process.memoryUsage.rss());
      if (performance.now() - start > limit) break;
    }
    const kind = kinds[items % kinds.length];
    if (kind) await rule(eventOf(kind, items), context);
  }
  const seconds = (performance.now() - start) / 1_000;
  if (put !== items) throw new Error(`${items} items, ${put} evaluations`);
  const billed = Math.ceil((seconds / items + callSeconds) * 1_000) / 1_000;
  return {
    items,
    seconds,
    perSecond: items / seconds,
    peakMegabytes: peak / 1024 / 1024,
    nonCompliant,
    dollars: items * (billed * gigabytes * price.gigabyteSecond + price.request),
    complete: items === wanted,
  };
}

function eventOf({ type, make }: (typeof kinds)[number], index: number) {
  return {
    invokingEvent: JSON.stringify({
      messageType: 'ConfigurationItemChangeNotification',
      configurationItem: {
        resourceType: recordedType(type),
        resourceId: `r${index}`,
        resourceName: `r${index}`,
        configurationItemCaptureTime: '2026-11-25T12:00:00.000Z',
        configurationItemStatus: 'OK',
        ...make(Math.floor(index / kinds.length) % 3 !== 0),
      },
    }),
    resultToken: 'token',
    configRuleName: 'cipherline-directives',
    accountId: '111122223333',
  };
}

/** The run in two lines. */
export function ruleBenchText({
  items,
  seconds,
  perSecond,
  peakMegabytes,
  dollars,
  nonCompliant,
  complete,
}: RuleBench): string {
  const count = (value: number) => Math.round(value).toLocaleString('en-US');
  return [
    `${complete ? '' : 'the time ran out: '}${count(items)} configuration items through the custom rule in ${seconds.toFixed(1)} s: ${count(perSecond)} a second, ${count(peakMegabytes)} MB at most, ${count(nonCompliant)} NON_COMPLIANT`,
    `on Lambda (arm64, ${gigabytes} GB, prices of 2026-11-25, ${callSeconds * 1_000} ms assumed for PutEvaluations): $${dollars.toFixed(2)}`,
  ].join('\n');
}
