import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Config, Environment } from '../pipeline/config';
import { home } from '../pipeline/home';
import { UserError } from '../pipeline/user-error';
import type { Profile } from '../rules/profile';

/** Where things are in a checkout. */
export const paths = {
  assembly: () => home('cdk.out'),
  bootstrapAssembly: () => home('.cipherline', 'bootstrap.out'),
  runs: () => home('.cipherline', 'runs'),
  localAccount: () => home('.cipherline', 'local-account.json'),
};

/**
 * Reads `cipherline.config.ts`.
 *
 * @throws ConfigError naming every wrong field.
 */
export async function loadConfig(): Promise<Config> {
  const [{ validateConfig }, { default: value }] = await Promise.all([
    import('../pipeline/config'),
    import('../cipherline.config'),
  ]);
  return validateConfig(value);
}

/** The environment of that name. */
export function environmentOf(config: Config, name: string): Environment {
  const found = config.environments.find((environment) => environment.name === name);
  if (found) return found;
  const known = config.environments.map((environment) => environment.name).join(', ');
  throw new UserError(`there is no environment '${name}'`, 'cipherline.config.ts', `The environments are ${known}.`);
}

/** What is demanded of an environment: its profile `customer-key` means customer keys for the core services. */
export function profileOf({ profile }: Environment): Profile {
  return profile === 'encrypted' ? 'encrypted' : 'default';
}

/** The commit that is checked out, with `-dirty` where files differ from it; `unknown` outside a repository and a build. */
export async function commitId(): Promise<string> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args, { cwd: home() })).stdout.trim();
  try {
    const [commit, changes] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain')]);
    return changes === '' ? commit : `${commit}-dirty`;
  } catch {
    // A build of CodePipeline works on a copy without history; CodeBuild says what it is a copy of.
    // https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    return process.env.CODEBUILD_RESOLVED_SOURCE_VERSION || 'unknown';
  }
}

/** The lines of a source file for a code frame; nothing where it cannot be read. */
export async function linesOf(files: Iterable<string>): Promise<(file: string) => readonly string[] | undefined> {
  const read = new Map<string, readonly string[]>();
  for (const file of new Set(files)) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) read.set(file, text.split('\n'));
  }
  return (file) => read.get(file);
}
