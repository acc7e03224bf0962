import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Config, placeholderAccounts } from '../../pipeline/config';
import { home } from '../../pipeline/home';
import { messageOf } from '../../pipeline/user-error';
import { count } from '../host';
import { loadConfig } from '../project';
import { type Check, check } from './check';

/** What can be said of a checkout with nothing but the checkout. */
export async function checkCheckout(): Promise<{ readonly checks: readonly Check[]; readonly config?: Config }> {
  const loaded = await loadConfig().then(
    (config) => ({ config }),
    (error: unknown) => ({ error }),
  );
  const config = 'config' in loaded ? loaded.config : undefined;
  const checks = await Promise.all([
    node(),
    npm(),
    python(),
    disk(),
    packages(),
    configCheck(loaded),
    repository(config),
    waivers(config),
  ]);
  return { checks, ...(config ? { config } : {}) };
}

async function node(): Promise<Check> {
  const [major = 0] = process.versions.node.split('.').map(Number);
  return major >= 20
    ? check('Node', 'ok', process.version)
    : check('Node', 'fail', `${process.version}: 20 or later is needed`, 'Install it from https://nodejs.org.');
}

const run = async (command: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(command, [...args], { cwd: home() })).stdout.trim();

async function npm(): Promise<Check> {
  try {
    const version = await run('npm', '--version');
    // The lock file is of version 3. https://docs.npmjs.com/cli/configuring-npm/package-lock-json#lockfileversion
    return Number.parseInt(version, 10) >= 7
      ? check('npm', 'ok', version)
      : check('npm', 'fail', `${version} does not read this lock file`, 'npm install --global npm');
  } catch {
    return check('npm', 'warn', 'it is not on the PATH: packages cannot be installed or brought up to date');
  }
}

async function python(): Promise<Check> {
  try {
    const version = await run('python3', '--version');
    const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
    return major > 3 || minor >= 10
      ? check('Python', 'ok', version)
      : check('Python', 'fail', `${version}: the local account and cfn-lint need 3.10 or later`);
  } catch {
    return check(
      'Python',
      'fail',
      'python3 is not on the PATH: the local account and cfn-lint need it',
      'Install Python 3.10 or later.',
    );
  }
}

/** What a run leaves, the CDK's assembly and the Python environment need about this much. */
const NEEDED_BYTES = 1_000_000_000;

async function disk(): Promise<Check> {
  const { bavail, bsize } = await statfs(home());
  const free = bavail * bsize;
  const says = `${(free / 1e9).toFixed(1)} GB free`;
  return free > NEEDED_BYTES ? check('disk', 'ok', says) : check('disk', 'fail', says, 'A run needs about 1 GB.');
}

const dependencies = z.record(z.string(), z.string()).default({});
const manifestSchema = z.object({ dependencies, devDependencies: dependencies });
const lockSchema = z.object({
  packages: z.record(z.string(), z.looseObject({ version: z.string().optional() })),
});
const installedSchema = z.object({ version: z.string() });

/** `package.json`, the lock file and what is installed say the same. */
async function packages(): Promise<Check> {
  const name = 'packages';
  try {
    const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(home(file), 'utf8'));
    const manifest = manifestSchema.parse(await json('package.json'));
    const lock = lockSchema.parse(await json('package-lock.json'));
    const root = manifestSchema.parse(lock.packages[''] ?? {});
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
    const locked = { ...root.dependencies, ...root.devDependencies };
    const apart = [...new Set([...Object.keys(wanted), ...Object.keys(locked)])].filter(
      (one) => wanted[one] !== locked[one],
    );
    if (apart.length > 0) {
      const says = `package-lock.json is not in step with package.json: ${apart.join(', ')}`;
      return check(name, 'fail', says, 'npm install --package-lock-only, and commit both.');
    }
    const stale = await Promise.all(
      Object.keys(wanted).map(async (one) => {
        const version = lock.packages[`node_modules/${one}`]?.version;
        const installed = await json(`node_modules/${one}/package.json`).then(
          (value) => installedSchema.parse(value).version,
          () => undefined,
        );
        return installed === version ? [] : [`${one} ${installed ?? 'missing'} (wanted ${version})`];
      }),
    );
    const all = stale.flat();
    return all.length > 0
      ? check(name, 'fail', `not as in package-lock.json: ${all.join(', ')}`, 'npm ci')
      : check(name, 'ok', `${count(Object.keys(wanted).length, 'package')} as in package-lock.json`);
  } catch (error) {
    return check(name, 'fail', messageOf(error), 'npm ci');
  }
}

/** What stands in `cipherline.config.ts` of the template before a fork writes its own. */
function placeholders(config: Config): string[] {
  const { source } = config;
  return [
    ...placeholderAccounts(config),
    ...(source.kind === 'github' && source.owner === 'your-organisation' ? ['source.owner'] : []),
    ...(source.kind === 'github' && source.repo === 'your-fork' ? ['source.repo'] : []),
    ...(source.kind === 'github' && /connection\/0{8}-/.test(source.connectionArn) ? ['source.connectionArn'] : []),
  ];
}

async function configCheck(loaded: { readonly config: Config } | { readonly error: unknown }): Promise<Check> {
  const name = 'config';
  if ('error' in loaded) return check(name, 'fail', messageOf(loaded.error));
  const left = placeholders(loaded.config);
  return left.length === 0
    ? check(name, 'ok', count(loaded.config.environments.length, 'environment'))
    : check(
        name,
        'warn',
        `${left.join(', ')}: still as in the template`,
        'The local account takes them; real AWS needs your own, in cipherline.config.ts.',
      );
}

async function repository(config: Config | undefined): Promise<Check> {
  const name = 'git';
  const commit = await run('git', 'rev-parse', '--short', 'HEAD').catch(() => undefined);
  if (commit === undefined) {
    return check(name, 'warn', 'not a repository: run records cannot name a commit', 'git init, and commit.');
  }
  const changed = (await run('git', 'status', '--porcelain')).split('\n').filter((line) => line !== '').length;
  if (changed > 0) {
    const says = `commit ${commit}, and ${count(changed, 'file')} not committed`;
    return check(name, 'warn', says, 'The pipeline deploys commits only.');
  }
  const origin = await run('git', 'remote', 'get-url', 'origin').catch(() => undefined);
  const source = config?.source;
  if (origin === undefined || source === undefined || source.kind === 's3')
    return check(name, 'ok', `commit ${commit}`);
  const wanted = source.kind === 'github' ? `${source.owner}/${source.repo}` : source.repository;
  return origin
    .replace(/\.git$/, '')
    .toLowerCase()
    .endsWith(wanted.toLowerCase())
    ? check(name, 'ok', `commit ${commit}, origin ${wanted}`)
    : check(
        name,
        'warn',
        `origin is ${origin}, and the pipeline's source ${wanted}`,
        'A push there starts no pipeline.',
      );
}

/** Waivers that end within so many days are told. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

async function waivers(config: Config | undefined): Promise<Check> {
  const name = 'waivers';
  if (!config) return check(name, 'not checked', 'the configuration, which names their file, cannot be read');
  try {
    const [{ readWaivers, checkWaiver }, { catalogue }] = await Promise.all([
      import('../../rules/waivers'),
      import('../../rules/services'),
    ]);
    const now = new Date();
    const all = (await readWaivers(home(config.waiverFile))).map((one) => checkWaiver(one, catalogue, now));
    const bad = all.flatMap((one) => ('kind' in one ? [`${one.where}: ${one.message}`] : []));
    if (bad.length > 0) return check(name, 'fail', bad.join('; '), 'npx cipherline waivers check');
    const soon = all.flatMap((one) =>
      'expires' in one && Date.parse(`${one.expires}T00:00:00Z`) + DAY_MS <= now.getTime() + SOON_DAYS * DAY_MS
        ? [`${one.directive} on ${one.resource} until ${one.expires} (${one.owner})`]
        : [],
    );
    return soon.length > 0
      ? check(
          name,
          'warn',
          `${count(soon.length, 'waiver')} for ${SOON_DAYS} days at most: ${soon.join('; ')}`,
          'Mend it, or have it renewed.',
        )
      : check(
          name,
          'ok',
          all.length === 0 ? 'nothing is waived' : `${count(all.length, 'waiver')}, none ends within ${SOON_DAYS} days`,
        );
  } catch (error) {
    return check(name, 'fail', messageOf(error));
  }
}
