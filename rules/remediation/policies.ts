import type { Json } from '../directive';
import type { LiveResource } from '../live/snapshot';
import { partitionOf } from '../partition';
import type { JsonObject } from '../template/parse';

/** The statement's name, by which it is found and replaced when it is there already. */
export const TLS_SID = 'TlsOnly';
export const QUARANTINE_SID = 'CipherlineQuarantine';

/** The ARN of a queue by its URL: `https://sqs.REGION.amazonaws.com/ACCOUNT/NAME`, or what an emulator makes of it. */
export function queueArn(url: string, region?: string): string | undefined {
  const [, host = '', account, name] = /^https?:\/\/([^/]+)\/(\d{12})\/([\w.-]+)$/.exec(url) ?? [];
  const where = /^sqs\.([a-z0-9-]+)\./.exec(host)?.[1] ?? region;
  return account && name && where ? `arn:${partitionOf(where)}:sqs:${where}:${account}:${name}` : undefined;
}

interface Guarded {
  readonly action: string;
  readonly resource: Json;
}

/** What a policy's denial must speak of; nothing where that cannot be told. */
function guarded(policy: LiveResource, about: LiveResource, region?: string): Guarded | undefined {
  const first = (name: string) => {
    const value = policy.properties?.[name];
    const entry: unknown = Array.isArray(value) ? value[0] : value;
    return typeof entry === 'string' ? entry : undefined;
  };
  switch (policy.type) {
    case 'AWS::S3::BucketPolicy': {
      const bucket = first('Bucket') ?? about.physicalId;
      const arn = `arn:${partitionOf(region ?? '')}:s3:::${bucket}`;
      return { action: 's3:*', resource: [arn, `${arn}/*`] };
    }
    // A topic takes its own actions only, and a topic's policy may speak of it as a whole.
    case 'AWS::SNS::TopicPolicy': {
      const topic = first('Topics');
      return topic === undefined ? undefined : { action: 'sns:Publish', resource: topic };
    }
    case 'AWS::SQS::QueuePolicy': {
      // A queue's policy may speak of the queue as a whole.
      return { action: 'sqs:*', resource: queueArn(first('Queues') ?? '', region) ?? '*' };
    }
    default:
      return undefined;
  }
}

/** A statement that turns away every request that does not come by TLS. */
export function denial(policy: LiveResource, about: LiveResource, region?: string): JsonObject | undefined {
  const what = guarded(policy, about, region);
  return what && { ...denyAll(TLS_SID, what), Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
}

const denyAll = (Sid: string, { action, resource }: Guarded): JsonObject => ({
  Sid,
  Effect: 'Deny',
  Principal: '*',
  Action: action,
  Resource: resource,
});

/**
 * A statement that keeps everybody from the data, but those who may break the glass. It leaves the policy itself to
 * whoever could change it before: that is the way back.
 */
export function quarantineStatement(
  action: string | readonly string[],
  resource: Json,
  breakGlass: readonly string[],
): JsonObject {
  return {
    Sid: QUARANTINE_SID,
    Effect: 'Deny',
    Principal: '*',
    Action: action,
    Resource: resource,
    ...(breakGlass.length > 0 ? { Condition: { ArnNotLike: { 'aws:PrincipalArn': [...breakGlass] } } } : {}),
  };
}

/** A policy with a statement, in the place of the one with the same name. */
export function withStatement(policy: string | undefined, statement: JsonObject): string {
  const { document, others } = without(policy, String(statement.Sid));
  return JSON.stringify({ ...document, Statement: [...others, statement] });
}

/** A policy without the statement of that name; nothing where no statement is left. */
export function withoutStatement(policy: string | undefined, sid: string): string | undefined {
  const { document, others } = without(policy, sid);
  return others.length === 0 ? undefined : JSON.stringify({ ...document, Statement: others });
}

function without(policy: string | undefined, sid: string): { document: object; others: unknown[] } {
  const parsed: unknown = policy ? JSON.parse(policy) : {};
  const document = typeof parsed === 'object' && parsed !== null ? parsed : {};
  const found: unknown = 'Statement' in document ? document.Statement : [];
  const all = Array.isArray(found) ? found : [found];
  const others = all.filter(
    (one: unknown) => !(typeof one === 'object' && one !== null && 'Sid' in one && one.Sid === sid),
  );
  return { document: { Version: '2012-10-17', ...document }, others };
}
