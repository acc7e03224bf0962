import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Assembly, deployAssembly, readAssembly } from '../../pipeline/cdk';
import { home } from '../../pipeline/home';
import { lastLines, runCommand } from '../../pipeline/process';
import { UserError } from '../../pipeline/user-error';
import { count } from '../host';
import type { VerbModule } from '../main';
import { loadConfig, paths } from '../project';
import {
  adopt,
  describeTarget,
  openTarget,
  type Target,
  type TargetOptions,
  targetKind,
  targetOptions,
} from '../target';
import { whileUp } from './deploy';

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  targetOptions(command)
    .option('--dry-run', 'show what would be made, and make nothing')
    .action(async ({ dryRun, ...options }: TargetOptions & { dryRun?: boolean }) => {
      const config = await loadConfig();
      if (dryRun) {
        await synthBootstrap(signal);
        const assembly = await readAssembly(paths.bootstrapAssembly());
        const summary = await summarize(assembly);
        host.print(dryRunText(targetKind(options), assembly, summary));
        host.document({
          stacks: assembly.stacks.map(({ name, account, region }) => ({ name, account, region })),
          resources: summary.types,
        });
        done(0);
        return;
      }
      const target = await openTarget(options, config, host);
      try {
        host.progress(describeTarget(target.record));
        await synthBootstrap(signal);
        const logFile = home('.cipherline', 'bootstrap.log');
        const made = await deployBootstrap({ target, logFile, signal });
        host.print(`bootstrap: ${made}`);
        host.document({ target: target.record, made, log: logFile });
        done(0);
      } finally {
        await target.stop();
      }
    });
};

/** Synthesizes the bootstrap stacks in a child process: the CDK's memory is not ours. */
export async function synthBootstrap(signal: AbortSignal): Promise<void> {
  await mkdir(home('.cipherline'), { recursive: true });
  const { code, tail } = await runCommand({
    command: process.execPath,
    args: [home('scripts', 'cipherline.cjs'), 'synth', '--bootstrap'],
    cwd: home(),
    env: process.env,
    signal,
  });
  if (code !== 0) throw new UserError(`the bootstrap stacks could not be synthesized:\n${lastLines(tail)}`);
}

/** Deploys the bootstrap stacks, account by account; gives what was made in words. */
export async function deployBootstrap(options: {
  readonly target: Target;
  readonly logFile: string;
  readonly signal: AbortSignal;
}): Promise<string> {
  const { target, logFile, signal } = options;
  await mkdir(dirname(logFile), { recursive: true });
  const assembly = await readAssembly(paths.bootstrapAssembly());
  const accounts = new Map(assembly.stacks.map(({ account, region }) => [account, region]));
  for (const [account, region] of accounts) {
    const env = target.envFor(account, region);
    adopt(env);
    await whileUp(target, signal, (alive) => deployAssembly({ assembly, account, env, logFile, signal: alive }));
  }
  return (await summarize(assembly)).text;
}

const NOUNS: Readonly<Record<string, string>> = {
  'AWS::KMS::Key': 'key',
  'AWS::IAM::Role': 'role',
  'AWS::Config::ConfigRule': 'Config rule',
  'AWS::CodePipeline::Pipeline': 'pipeline',
};

const templateSchema = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() })) });

async function summarize({ stacks }: Assembly): Promise<{ text: string; types: Record<string, number> }> {
  const types: Record<string, number> = {};
  for (const { template } of stacks) {
    const { Resources } = templateSchema.parse(JSON.parse(await readFile(template, 'utf8')));
    for (const { Type } of Object.values(Resources)) types[Type] = (types[Type] ?? 0) + 1;
  }
  const named = Object.entries(NOUNS).flatMap(([type, noun]) => (types[type] ? [count(types[type], noun)] : []));
  return { text: [count(stacks.length, 'stack'), ...named].join(', '), types };
}

/** A customer managed KMS key costs a dollar a month. https://aws.amazon.com/kms/pricing/ */
const KEY_DOLLARS = 1;

function dryRunText(
  kind: string,
  { stacks }: Assembly,
  { text, types }: { text: string; types: Record<string, number> },
): string {
  const keys = types['AWS::KMS::Key'] ?? 0;
  return [
    `bootstrap would make ${text}:`,
    ...stacks.map(({ name, account, region }) => `  ${name}  ${account} ${region}`),
    '',
    ...Object.entries(types)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([type, amount]) => `  ${String(amount).padStart(4)}  ${type}`),
    '',
    `cost: ${count(keys, 'KMS key')} at $${KEY_DOLLARS} a month each, $${keys * KEY_DOLLARS} together; AWS Config, CloudTrail and the pipeline by use`,
    'permissions: an administrator of the account runs this once; the pipeline itself cannot change it afterwards',
    kind === 'aws' ? 'nothing was made: run it again without --dry-run' : 'nothing was made',
  ].join('\n');
}
