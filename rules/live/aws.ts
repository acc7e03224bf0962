import type { Json, Properties } from '../directive';

/** Where and as whom to read. Endpoint and credentials default to those of the environment. */
export interface AwsConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly profile?: string;
}

/** Nothing of the stack can be read: says why in `code`. */
export class LiveReadError extends Error {
  constructor(
    readonly code: 'stack-missing' | 'stack-failed' | 'not-allowed' | 'unreachable' | 'aborted',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'LiveReadError';
  }
}

/** One API call about one resource failed: the resource is unreadable, the others are not. `says` is why, in words. */
export class CallError extends Error {
  constructor(
    readonly call: string,
    readonly errorName: string,
    says?: string,
  ) {
    const told = isNotFound(errorName) ? `not found by ${call} (${errorName})` : `${call} failed: ${errorName}`;
    super(says ?? told);
    this.name = 'CallError';
  }
}

const isNotFound = (name: string) => /NotFound|NoSuch|NonExistent|DoesNotExist|ResourceNotFoundException/i.test(name);
const noAnswer = /\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|TimeoutError)\b/;

function textOf(error: unknown, name: 'name' | 'code' | 'message'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}

/**
 * Makes one API call.
 * @param name such as `kms:DescribeKey`, for the message
 * @param explain what a failure means, where more can be said than its name
 * @throws LiveReadError when the endpoint cannot be reached or the work was aborted; CallError for any other failure
 */
export async function ask<T>(
  name: string,
  call: () => Promise<T>,
  explain?: (error: { readonly name: string; readonly message: string }) => string | undefined,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof LiveReadError || error instanceof CallError) throw error;
    const what = textOf(error, 'name') ?? 'unknown error';
    if (what === 'AbortError') throw new LiveReadError('aborted', `${name} was aborted`, { cause: error });
    // The SDK may wrap the error of the socket and keep its text alone.
    const [code] =
      noAnswer.exec([what, textOf(error, 'code'), what === 'Error' ? textOf(error, 'message') : ''].join(' ')) ?? [];
    if (code !== undefined) {
      throw new LiveReadError(
        'unreachable',
        `${name} got no answer (${code}): check the endpoint, the Region and the network`,
        { cause: error },
      );
    }
    const says = explain?.({ name: what, message: textOf(error, 'message') ?? '' });
    throw new CallError(name, what, says);
  }
}

/** SDK client settings: three attempts of at most four seconds each, so that a dead endpoint is known within 15. */
export function clientConfig(config: AwsConfig) {
  return {
    region: config.region,
    ...(config.endpoint ? { endpoint: config.endpoint } : {}),
    ...(config.credentials ? { credentials: config.credentials } : {}),
    ...(config.profile ? { profile: config.profile } : {}),
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true },
  };
}
export type ClientConfig = ReturnType<typeof clientConfig>;

/** Properties without those the API left out. */
export function properties(entries: Readonly<Record<string, Json | undefined>>): Properties {
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(entries)) if (value !== undefined) kept[name] = value;
  return kept;
}

/** A policy document that an API returned as text; `undefined` where there is none. */
export function policyOf(text: string | undefined): Json | undefined {
  if (!text) return undefined;
  const document: Json = JSON.parse(text);
  return document;
}
