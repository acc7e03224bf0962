import type { Directive } from '../../rules/directive';
import { indexDirectives } from '../../rules/judge';
import { byId } from '../../rules/points/compliance';
import {
  answer,
  failure,
  type HookResponse,
  type HookTarget,
  judgeResourceRequest,
  judgeTemplateRequest,
  parsePayload,
  parseRequest,
  tokenOf,
  whyNot,
} from '../../rules/points/hook';

export interface HookProps {
  readonly directives: readonly Directive[];
  /** What this Hook is asked about. */
  readonly targets: ReadonlySet<HookTarget>;
  /** Reads what waits at the address of a request. */
  readonly fetchPayload: (url: string) => Promise<string>;
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
}

/**
 * The Hook. It answers whatever happens: what it cannot judge is FAILED as an internal failure, which its failure mode
 * turns into a stop or a warning; a function that throws would be asked twice more, and fail all the same.
 */
export function createHook({ directives, targets, fetchPayload, log }: HookProps) {
  const index = indexDirectives(directives);
  const known = byId(directives);
  return async (event: unknown): Promise<HookResponse> => {
    const token = tokenOf(event);
    try {
      const request = parseRequest(event);
      const { target, payloadUrl } = request;
      if (request.action === 'DELETE') return answer(request, { target, verdicts: [] }, known, targets);
      const judgement =
        payloadUrl === undefined
          ? judgeResourceRequest(request, index)
          : judgeTemplateRequest(request, parsePayload(await fetchPayload(payloadUrl)), index);
      const response = answer(request, judgement, known, targets);
      const { hookStatus, errorCode } = response;
      log({
        target,
        stack: request.stack,
        logicalId: request.logicalId,
        hookStatus,
        errorCode,
        verdicts: judgement.verdicts.length,
      });
      return response;
    } catch (error) {
      const why = whyNot(error);
      log({ hookStatus: 'FAILED', errorCode: 'InternalFailure', why });
      return failure(token, why);
    }
  };
}

/** CloudFormation's own bucket; a presigned address needs no permission. */
const isFromS3 = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' && /(^|\.)s3([.-][a-z0-9-]+)*\.amazonaws\.com(\.cn)?$/.test(hostname);

export interface FetchLimits {
  /** In milliseconds. CloudFormation waits thirty seconds for the whole answer. */
  readonly timeout?: number;
  /** In bytes. Two templates of at most a megabyte, and the contexts of a change set's resources. */
  readonly limit?: number;
  readonly isAllowed?: (url: URL) => boolean;
}

/**
 * Reads what waits at a presigned address, within limits.
 * @throws Error with what was wrong, without the address: it is a credential
 */
export async function fetchPayload(
  address: string,
  { timeout = 10_000, limit = 16 * 1024 * 1024, isAllowed = isFromS3 }: FetchLimits = {},
): Promise<string> {
  const url = URL.parse(address);
  if (!url || !isAllowed(url)) throw new Error('requestData.payload is no https address of Amazon S3');
  const signal = AbortSignal.timeout(timeout);
  try {
    const response = await fetch(url, { signal, redirect: 'error' });
    if (!response.ok || !response.body) throw new Error(`S3 answered ${response.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.byteLength;
      if (size > limit) throw new Error(`it is larger than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    const why = signal.aborted
      ? `no answer within ${timeout} ms`
      : error instanceof Error
        ? error.message
        : 'no answer';
    throw new Error(`the template could not be fetched: ${why}`, { cause: error });
  }
}
