import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { home } from '../../pipeline/home';
import { messageOf } from '../../pipeline/user-error';
import { paint } from '../host';
import type { VerbModule } from '../main';
import { loadConfig } from '../project';

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'note' | 'wrong';
  readonly says: string;
}

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command.action(async () => {
    const checks = await Promise.all([node(), python(), disk(), config(), repository()]);
    const { green, yellow, red } = paint(host.color);
    const mark = { ok: green('✔'), note: yellow('!'), wrong: red('✖') };
    host.print(checks.map(({ name, state, says }) => `${mark[state]} ${name.padEnd(12)} ${says}`).join('\n'));
    host.document({ checks });
    done(checks.some(({ state }) => state === 'wrong') ? 1 : 0);
  });
};

async function node(): Promise<Check> {
  const [major = 0] = process.versions.node.split('.').map(Number);
  return {
    name: 'Node',
    state: major >= 20 ? 'ok' : 'wrong',
    says: `${process.version}${major >= 20 ? '' : ': 20 or later is needed'}`,
  };
}

async function python(): Promise<Check> {
  const name = 'Python';
  try {
    const { stdout } = await promisify(execFile)('python3', ['--version']);
    return { name, state: 'ok', says: stdout.trim() };
  } catch {
    return { name, state: 'wrong', says: 'python3 is not on the PATH: the local account and cfn-lint need it' };
  }
}

/** What a run leaves, the CDK's assembly and the Python environment need about this much. */
const NEEDED_BYTES = 1_000_000_000;

async function disk(): Promise<Check> {
  const { bavail, bsize } = await statfs(home());
  const free = bavail * bsize;
  return { name: 'disk', state: free > NEEDED_BYTES ? 'ok' : 'wrong', says: `${(free / 1e9).toFixed(1)} GB free` };
}

async function config(): Promise<Check> {
  const name = 'config';
  try {
    const [{ placeholderAccounts }, loaded] = await Promise.all([import('../../pipeline/config'), loadConfig()]);
    const placeholders = placeholderAccounts(loaded);
    return placeholders.length === 0
      ? { name, state: 'ok', says: `${loaded.environments.length} environments` }
      : {
          name,
          state: 'note',
          says: `${placeholders.join(', ')}: still the local account; real AWS needs your account numbers`,
        };
  } catch (error) {
    return { name, state: 'wrong', says: messageOf(error) };
  }
}

async function repository(): Promise<Check> {
  const name = 'git';
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], { cwd: home() });
    return { name, state: 'ok', says: `commit ${stdout.trim()}` };
  } catch {
    return { name, state: 'note', says: 'not a repository: run records cannot name a commit' };
  }
}
