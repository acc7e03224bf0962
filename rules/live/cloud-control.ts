import type { Properties } from '../directive';
import { isObject } from '../template/parse';
import { ask, CallError, type ClientConfig, LiveReadError } from './aws';
import type { Reading } from './reader';
import { type CloudControlType, cloudControlTypes } from './table';
import { unreturned } from './untold';

/** A resource to read through Cloud Control. */
export interface Identified {
  readonly type: string;
  readonly physicalId: string;
  /** The value the template gives one of its properties, where that is known. */
  readonly declared: (property: string) => string | undefined;
}

const call = 'cloudformation:GetResource';

/**
 * Opens Cloud Control, once for all types. A throttled call is tried again up to four times, with the SDK's own
 * backoff and jitter; its adaptive mode slows the calls to come down too. A handler that asks several APIs takes
 * seconds, hence the longer timeout.
 */
export async function openCloudControl(config: ClientConfig, signal?: AbortSignal) {
  const sdk = await import('@aws-sdk/client-cloudcontrol');
  const client = new sdk.CloudControlClient({
    ...config,
    maxAttempts: 5,
    retryMode: 'adaptive',
    requestHandler: { ...config.requestHandler, requestTimeout: 20_000 },
  });
  // One slow handler says nothing about the next; an endpoint that has never answered is not waited for again.
  let answered = false;
  let silent: CallError | undefined;
  const get = async (TypeName: string, Identifier: string) => {
    if (silent) throw silent;
    try {
      const answer = await ask(
        call,
        () => client.send(new sdk.GetResourceCommand({ TypeName, Identifier }), signal ? { abortSignal: signal } : {}),
        (error) => explain(error, TypeName),
      );
      answered = true;
      return answer;
    } catch (error) {
      if (error instanceof CallError) answered = true;
      if (!(error instanceof LiveReadError) || error.code !== 'unreachable') throw error;
      const failure = unread('NoAnswer', error.message);
      if (!answered) silent = failure;
      throw failure;
    }
  };
  /**
   * Reads one resource.
   * @throws CallError with a sentence that says why it cannot be read; LiveReadError where the work was aborted
   */
  const read = async ({ type, physicalId, declared }: Identified): Promise<Reading> => {
    const entry = cloudControlTypes[type];
    if (!entry || entry.cannot !== undefined) throw unread('Unsupported', entry?.cannot ?? `no reader for ${type}`);
    return readIdentified(type, identifierOf(entry, physicalId, declared));
  };
  /**
   * Reads one resource by the identifier that Cloud Control itself gave it.
   * @throws as `read`
   */
  const readIdentified = async (type: string, identifier: string): Promise<Reading> => {
    const { ResourceDescription } = await get(type, identifier);
    const properties = parse(ResourceDescription?.Properties);
    if (!properties) throw unread('NoProperties', `Cloud Control (${call}) answered without properties`);
    return { properties, unreadablePaths: unreturned(properties, cloudControlTypes[type]?.writeOnly ?? []) };
  };
  return { read, readIdentified, close: () => client.destroy() };
}

const unread = (errorName: string, says: string) => new CallError(call, errorName, says);

/**
 * What Cloud Control calls the resource: its primary identifier, the parts of a compound one joined by `|`.
 * @throws CallError where neither the physical id nor the template tells
 * @see https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/resource-identifier.html
 */
function identifierOf(entry: CloudControlType, physicalId: string, declared: Identified['declared']): string {
  const { identifier, physical } = entry;
  if (identifier.length > 1 && physicalId.split('|').length === identifier.length) return physicalId;
  const parts = identifier.map((part) => (part === physical ? physicalId : declared(part)));
  const missing = identifier.filter((_, index) => !parts[index]);
  if (missing.length === 0) return parts.join('|');
  throw unread(
    'NoIdentifier',
    `Cloud Control identifies it by ${identifier.join('|')}, and neither its physical id nor the template tells its ${missing.join(' and ')}`,
  );
}

/** Why a call failed, for whoever has to mend it; `undefined` where the name of the error says enough. */
function explain(
  { name, message }: { readonly name: string; readonly message: string },
  type: string,
): string | undefined {
  // A handler works with the caller's rights: what it was refused stands in the message of whatever error it gives.
  const refused = /not authori[sz]ed to perform:?\s+([\w-]+:\w+)/i.exec(message)?.[1];
  if (refused) return `the role may not call ${refused}, which reading ${type} needs (by ${call})`;
  switch (name) {
    case 'AccessDeniedException':
    case 'AccessDenied':
    case 'InvalidCredentialsException':
      return `the role may not call ${call}, or what the service asks to read ${type}`;
    case 'UnsupportedActionException':
      return `Cloud Control does not read ${type} in this Region (${name})`;
    case 'TypeNotFoundException':
    case 'PrivateTypeException':
      return `CloudFormation's registry has no ${type} in this account and Region (${name})`;
    case 'ResourceNotFoundException':
      return `not found by ${call} (${name}): it was deleted, or Cloud Control knows it by another identifier`;
    case 'ThrottlingException':
    case 'RequestLimitExceeded':
      return `${call} was throttled five times (${name}): try again, or lower verify.concurrency`;
    default:
      return undefined;
  }
}

function parse(text: string | undefined): Properties | undefined {
  try {
    const document: unknown = JSON.parse(text ?? '');
    return isObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
