import * as z from 'zod/mini';
import { bucketAudit } from '../../pipeline/remediation/audit';
import { type Handled, onComplianceChange, type RemediationSettings } from '../../pipeline/remediation/handler';
import { type Message, publishInput } from '../../pipeline/reports/notification';
import type { Directive } from '../../rules/directive';
import { type AwsConfig, ask, clientConfig } from '../../rules/live/aws';
import { modes } from '../../rules/remediation/remediation';

/** What the construct puts into the function's environment. */
const environment = z.object({
  AWS_REGION: z.string(),
  AWS_ENDPOINT_URL: z.optional(z.string()),
  SETTINGS_BUCKET: z.string(),
  SETTINGS_KEY: z.string(),
  EVIDENCE_BUCKET: z.string(),
  TOPIC_ARN: z.optional(z.string()),
  /** Where the pages of the directives are; empty where nobody can read them there. */
  PAGES: z.string(),
  /** JSON: Config rules with a remediation configuration, by the identifier of the managed rule. */
  RULES: z.string(),
});

const map = <T extends z.core.SomeType>(value: T) => z.record(z.string(), value);
const settingsFile = z.object({
  name: z.string(),
  environments: z.array(z.object({ name: z.string(), profile: z.enum(['encrypted', 'customer-key', 'default']) })),
  config: z.object({
    mode: z.enum(modes),
    perDirective: map(z.enum(modes)),
    limit: z.number(),
    types: z.array(z.string()),
    stacks: z.array(z.string()),
    breakGlass: z.array(z.string()),
    dataClasses: map(z.string()),
  }),
  waivers: z.array(z.object({ value: z.unknown(), where: z.string() })),
});

/** What Lambda gives beside the event. */
interface LambdaContext {
  readonly getRemainingTimeInMillis: () => number;
}

/** A change may take this long to be made, read back and judged. */
const ROOM_FOR_ONE = 60_000;

let known: Promise<RemediationSettings> | undefined;

/** Mends, or tells of, what AWS Config found not to comply. */
export async function handler(event: unknown, { getRemainingTimeInMillis }: LambdaContext): Promise<Handled> {
  const env = z.parse(environment, process.env);
  const aws: AwsConfig = {
    region: env.AWS_REGION,
    ...(env.AWS_ENDPOINT_URL ? { endpoint: env.AWS_ENDPOINT_URL } : {}),
  };
  known ??= settingsOf(aws, env);
  // What could not be read is asked for again by the next event.
  const settings = await known.catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  const { TOPIC_ARN } = env;
  return onComplianceChange(event, {
    aws,
    settings,
    audit: bucketAudit(aws, env.EVIDENCE_BUCKET),
    ...(TOPIC_ARN ? { publish: (message: Message) => publish(aws, TOPIC_ARN, message) } : {}),
    pageOf: ({ id, source }: Directive) => (env.PAGES === '' ? source : `${env.PAGES}${id}.md`),
    log: (entry) => void process.stdout.write(`${JSON.stringify(entry)}\n`),
    goOn: () => getRemainingTimeInMillis() > ROOM_FOR_ONE,
    waits: [2_000, 5_000, 10_000],
  });
}

async function settingsOf(aws: AwsConfig, env: z.infer<typeof environment>): Promise<RemediationSettings> {
  const sdk = await import('@aws-sdk/client-s3');
  const config = clientConfig(aws);
  const client = new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined });
  try {
    const { Body } = await ask('s3:GetObject', () =>
      client.send(new sdk.GetObjectCommand({ Bucket: env.SETTINGS_BUCKET, Key: env.SETTINGS_KEY })),
    );
    const parsed: unknown = JSON.parse((await Body?.transformToString()) ?? '');
    const rules = z.parse(map(z.string()), JSON.parse(env.RULES));
    return { ...z.parse(settingsFile, parsed), rules };
  } finally {
    client.destroy();
  }
}

async function publish(aws: AwsConfig, TopicArn: string, message: Message): Promise<void> {
  const sdk = await import('@aws-sdk/client-sns');
  const client = new sdk.SNSClient(clientConfig(aws));
  try {
    await ask('sns:Publish', () => client.send(new sdk.PublishCommand({ TopicArn, ...publishInput(message) })));
  } finally {
    client.destroy();
  }
}
