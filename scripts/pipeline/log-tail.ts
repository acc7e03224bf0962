import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetBuildsCommand } from '@aws-sdk/client-codebuild';
import { messageOf } from '../../pipeline/user-error';
import type { Action } from './read';
import { ask, oneLine, type Pipeline, Unanswered } from './service';

/** How many lines are shown of a log that was there before anybody watched. */
const TAIL_LINES = 30;
/** Pages read at once: what is left then is read next time. */
const MOST_PAGES = 20;

export interface LogLine {
  readonly action: Action;
  readonly text: string;
}

interface Stream {
  group: string;
  name: string;
  next?: string;
}

/** The new log lines of builds, each time it is asked. */
export interface LogTail {
  /** What the logs of these actions say that was not told yet. A log that cannot be read says so, once. */
  readonly read: (actions: readonly Action[]) => Promise<readonly LogLine[]>;
}

export function logTail(pipeline: Pipeline): LogTail {
  const streams = new Map<string, Stream>();
  const unreadable = new Set<string>();
  const attempted = (action: Action): string => `${action.id}`;

  const find = async (actions: readonly Action[]) => {
    const builds = new Map<string, Action>();
    for (const action of actions) {
      const stream = fromArn(action.logStreamArn);
      if (stream) streams.set(attempted(action), stream);
      else if (action.provider === 'CodeBuild' && action.externalId) builds.set(action.externalId, action);
    }
    if (builds.size === 0) return;
    const { builds: found } = await ask(pipeline, 'codebuild:BatchGetBuilds', (options) =>
      pipeline.codebuild.send(new BatchGetBuildsCommand({ ids: [...builds.keys()] }), options),
    );
    for (const { id, logs } of found ?? []) {
      const action = id === undefined ? undefined : builds.get(id);
      // A build has no stream before it is provisioned.
      if (action && logs?.groupName && logs.streamName) {
        streams.set(attempted(action), { group: logs.groupName, name: logs.streamName });
      }
    }
  };

  const readOne = async (action: Action): Promise<readonly LogLine[]> => {
    const stream = streams.get(attempted(action));
    if (!stream) return [];
    const lines: LogLine[] = [];
    for (let page = 0; page < MOST_PAGES; page += 1) {
      // A forward token goes with startFromHead; at the end of the stream the same token comes back.
      // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
      const from =
        stream.next === undefined
          ? { startFromHead: false, limit: TAIL_LINES }
          : { startFromHead: true, nextToken: stream.next };
      const answer = await ask(pipeline, 'logs:GetLogEvents', (options) =>
        pipeline.logs.send(
          new GetLogEventsCommand({ logGroupName: stream.group, logStreamName: stream.name, ...from }),
          options,
        ),
      ).catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      if (!answer) return lines;
      for (const { message = '' } of answer.events ?? []) {
        for (const line of message.trimEnd().split('\n')) lines.push({ action, text: printable(line) });
      }
      const ended = answer.nextForwardToken === undefined || answer.nextForwardToken === stream.next;
      if (answer.nextForwardToken !== undefined) stream.next = answer.nextForwardToken;
      if (ended) break;
    }
    return lines;
  };

  return {
    read: async (actions) => {
      const lines: LogLine[] = [];
      const fit = actions.filter((action) => action.id !== undefined && !unreadable.has(attempted(action)));
      try {
        await find(fit.filter((action) => !streams.has(attempted(action))));
        for (const action of fit) lines.push(...(await readOne(action)));
      } catch (error) {
        pipeline.signal.throwIfAborted();
        // Throttled or cut off: what was missed comes with the next reading.
        if (error instanceof Unanswered) return lines;
        // The log is an extra: without it the execution can be watched all the same.
        for (const action of fit) {
          unreadable.add(attempted(action));
          lines.push({ action, text: `(its log cannot be read: ${oneLine(messageOf(error))})` });
        }
      }
      return lines;
    },
  };
}

function fromArn(arn: string | undefined): Stream | undefined {
  const [, group, name] = /:log-group:([^:]+):log-stream:(.+)$/.exec(arn ?? '') ?? [];
  return group && name ? { group, name } : undefined;
}

function isMissing(error: unknown): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.name === 'ResourceNotFoundException';
}

/** Key ids, and what stands after the names of AWS's secrets: a build that prints its environment is not repeated. */
const SECRETS = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /(?<=(?:aws_)?(?:secret_access_key|session_token|security_token|SecretAccessKey|SessionToken)["']?\s*[=:]\s*["']?)[^\s"',]+/gi,
];
/** Colours and cursor movements of a terminal. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-?]*[ -/]*[@-~]|[@-Z\\\\-_])`, 'g');

function printable(line: string): string {
  const plain = line.replace(ESCAPES, '').replace(/\p{Cc}/gu, (character) => (character === '\t' ? '  ' : ''));
  return SECRETS.reduce((kept, secret) => kept.replace(secret, '****'), plain);
}
