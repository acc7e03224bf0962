import { z } from 'zod';
import { home } from '../../pipeline/home';
import { runCommand } from '../../pipeline/process';
import { messageOf } from '../../pipeline/user-error';
import { countVerdicts, type VerdictKind } from '../../rules/verdict';
import { directives } from '../directives';
import type { ExitCode } from '../main';
import type { TargetOptions } from '../target';
import type { Outcome } from './report';

/** What `cipherline verify --json` prints, as far as it is reported. */
const answered = z.object({
  run: z.string(),
  decision: z.enum(['admit', 'reject', 'refuse']),
  reason: z.string(),
  verdicts: z.array(
    z.object({
      directive: z.string(),
      resource: z.object({ stack: z.string(), logicalId: z.string() }),
      verdict: z.enum(['pass', 'fail', 'unknown', 'waived']),
      expected: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
});
const failed = z.object({ error: z.string() });

/**
 * Runs `cipherline verify` as every engine does, in a process of its own: whatever becomes of it, there is an outcome to
 * report. Only exit code 0 together with `admit` is a yes.
 *
 * @param more further options of `verify`.
 * @param env the environment of the child.
 */
export async function verifyInChild({
  environment,
  options: { profile, endpointUrl },
  more,
  env,
  signal,
}: {
  readonly environment: string;
  readonly options: TargetOptions;
  readonly more: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}): Promise<{ readonly outcome: Outcome; readonly code: ExitCode }> {
  const target = [
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...(endpointUrl === undefined ? [] : ['--endpoint-url', endpointUrl]),
  ];
  const ended = await runCommand({
    command: process.execPath,
    args: [home('scripts', 'cipherline.cjs'), 'verify', environment, '--json', ...target, ...more],
    cwd: home(),
    env,
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    return { code: 2, stdout: JSON.stringify({ error: messageOf(error) }) };
  });
  return outcomeOf(environment, ended.code, ended.stdout);
}

/** The outcome of a verification from how its command ended. */
export function outcomeOf(
  environment: string,
  code: number,
  stdout: string,
): { readonly outcome: Outcome; readonly code: ExitCode } {
  const document = parse(stdout);
  const refuse = (reason: string) => ({ outcome: { decision: 'refuse', environment, reason }, code: 2 }) as const;
  const error = failed.safeParse(document);
  if (error.success) return refuse(error.data.error);
  const { data } = answered.safeParse(document);
  if (!data) return refuse(code >= 128 ? 'it was killed' : `it ended with ${code} and said nothing`);
  const { run, decision, reason, verdicts } = data;
  const counts = countVerdicts(verdicts);
  if (decision === 'admit' && code === 0) {
    return { outcome: { decision, environment, run, counts, reason, blocking: [] }, code: 0 };
  }
  if (decision === 'reject' && code === 1) {
    const blocking = verdicts.filter(isBlocking).map(({ directive, resource, verdict, reason: why, expected }) => {
      const says = why ?? (expected === undefined ? '' : `wanted ${expected}`);
      return `${verdict}: ${resource.stack}/${resource.logicalId} ${directive}${says ? `: ${says}` : ''}`;
    });
    return { outcome: { decision, environment, run, counts, reason, blocking }, code: 1 };
  }
  return refuse(decision === 'refuse' ? reason : `it said ${decision} and ended with ${code}`);
}

/** As the gate sees it: a warning stops nothing. */
function isBlocking({ verdict, directive }: { readonly verdict: VerdictKind; readonly directive: string }): boolean {
  return (verdict === 'fail' || verdict === 'unknown') && directives.get(directive)?.severity !== 'warning';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
