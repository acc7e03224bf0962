import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import type { ClientSettings } from '../../bootstrap/access';
import type { Config } from '../../pipeline/config';
import type { TargetRecord } from '../../pipeline/run-record';
import { messageOf, UserError } from '../../pipeline/user-error';
import type { Host } from '../host';
import { openAccount } from '../place';
import { type TargetOptions, targetKind } from '../target';

/** The deployed pipeline and the services that know about it. */
export interface Pipeline {
  /** Its name in CodePipeline. */
  readonly name: string;
  readonly target: TargetRecord;
  readonly codepipeline: CodePipelineClient;
  readonly codebuild: CodeBuildClient;
  readonly logs: CloudWatchLogsClient;
  readonly signal: AbortSignal;
}

/** Nobody answered, or too many asked: the same question may be answered later. */
export class Unanswered extends UserError {}

/**
 * Opens the pipeline of a configuration: on AWS only by an explicit profile (or in a build of the pipeline itself), else
 * at an endpoint on this machine that somebody named, else in the local account, if one is running.
 *
 * @throws UserError when there is no such target, or where the credentials are of another account.
 */
export async function openPipeline(
  options: TargetOptions,
  config: Config,
  host: Host,
  signal: AbortSignal,
): Promise<Pipeline> {
  // In a build of the pipeline AWS_PROFILE is the role of an environment; the pipeline is in the account of the build.
  if (targetKind(options) === 'aws' && options.profile === undefined) delete process.env.AWS_PROFILE;
  const { target, settings } = await openAccount(options, config, host, config.pipeline);
  return connect({ name: config.name, target, signal, settings });
}

export interface ConnectOptions extends Pick<Pipeline, 'name' | 'target' | 'signal'> {
  readonly settings: ClientSettings;
}

export function connect({ name, target, signal, settings }: ConnectOptions): Pipeline {
  const config = {
    ...settings,
    // The SDK waits longer after a throttled attempt than after another, and longer each time.
    // https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    maxAttempts: 5,
    retryMode: 'standard',
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
  };
  return {
    name,
    target,
    signal,
    codepipeline: new CodePipelineClient(config),
    codebuild: new CodeBuildClient(config),
    logs: new CloudWatchLogsClient(config),
  };
}

const THROTTLED =
  /^(Throttl(ing|ed)(Exception)?|TooManyRequests(Exception)?|RequestLimitExceeded|RequestThrottled(Exception)?)$/;
const DENIED = /^(AccessDenied(Exception)?|UnauthorizedOperation|NotAuthorized)$/;
const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken(Exception)?|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|MissingAuthenticationToken)$/;
const NO_ANSWER =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|TimeoutError|socket hang up/;

/** What the errors of one call mean to whoever called the verb; by the error's name. */
export type Meanings = Readonly<Record<string, (says: string) => UserError>>;

/**
 * Makes one call and turns its errors into words.
 *
 * @param permission the IAM action of the call, for instance `codepipeline:GetPipelineState`.
 * @throws Unanswered when the service throttles, fails or cannot be reached, after the SDK's own attempts; UserError when
 * it says no; the signal's reason when the command was interrupted.
 */
export async function ask<T>(
  pipeline: Pipeline,
  permission: string,
  call: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  meanings: Meanings = {},
): Promise<T> {
  const { signal } = pipeline;
  signal.throwIfAborted();
  try {
    return await call({ abortSignal: signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw inWords(error, pipeline, permission, meanings);
  }
}

function inWords(error: unknown, pipeline: Pipeline, permission: string, meanings: Meanings): UserError {
  if (error instanceof UserError) return error;
  const name = error instanceof Error ? error.name : 'unknown error';
  const says = oneLine(messageOf(error));
  const { account, region } = pipeline.target;
  const because = { cause: error };
  const own = meanings[name];
  if (own) return own(says);
  if (name === 'PipelineNotFoundException') {
    return new UserError(
      `there is no pipeline '${pipeline.name}' in account ${account}, ${region}`,
      undefined,
      'The bootstrap makes it (npx cipherline bootstrap); its name and account are those of cipherline.config.ts.',
      because,
    );
  }
  if (name === 'PipelineExecutionNotFoundException') {
    return new UserError(
      `the pipeline '${pipeline.name}' has no such execution`,
      undefined,
      'npx cipherline pipeline status names the latest.',
      because,
    );
  }
  if (DENIED.test(name)) {
    return new UserError(`is not allowed: ${says}`, permission, 'Ask for a role that may call it.', because);
  }
  if (CREDENTIALS.test(name)) {
    return new UserError(
      `the credentials are missing, expired or not accepted (${name})`,
      permission,
      'Sign in again, for instance with aws sso login --profile NAME.',
      because,
    );
  }
  if (THROTTLED.test(name)) {
    return new Unanswered('AWS throttles the calls, and did so for every attempt', permission, 'Try later.', because);
  }
  if (NO_ANSWER.test(`${name} ${says} ${codeIn(error)}`)) {
    return new Unanswered(
      `got no answer (${codeIn(error) || name})`,
      permission,
      'Look at the network, the endpoint and the Region.',
      because,
    );
  }
  if (statusOf(error) >= 500) {
    return new Unanswered(`the service failed (${name}: ${says})`, permission, 'Try later.', because);
  }
  return new UserError(`${name}: ${says}`, permission, undefined, because);
}

/** Text of a service on one line, without control characters. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}

function codeIn(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : '';
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  const metadata: unknown = Reflect.get(error, '$metadata');
  if (typeof metadata !== 'object' || metadata === null) return 0;
  const status: unknown = Reflect.get(metadata, 'httpStatusCode');
  return typeof status === 'number' ? status : 0;
}
