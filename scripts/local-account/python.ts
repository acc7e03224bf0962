import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { LocalAccountError } from './errors';

/** The oldest Python that ministack 1.5.33 supports. */
const OLDEST_PYTHON = [3, 10] as const;

/** Names to look for on the PATH, the plainest first. */
const PYTHON_NAMES = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

/** A lock older than this (milliseconds) was left by a process that died. */
const STALE_LOCK_MS = 15 * 60_000;

const ALTERNATIVE = 'Or use an AWS account or an emulator that is already running: --endpoint-url <url>.';

/** What the virtual environment offers: absolute paths of its programs, and the versions pinned in it. */
export interface PythonTools {
  /** The environment's own Python. */
  readonly python: string;
  /** AWS's cfn-lint, ready to be run. */
  readonly cfnLint: string;
  /** The ministack version pinned in requirements.txt. */
  readonly ministackVersion: string;
  /** The cfn-lint version pinned in requirements.txt. */
  readonly cfnLintVersion: string;
}

export interface EnsurePythonOptions {
  /** The project's root folder; the environment is made in its `.cipherline` folder. */
  readonly root: string;
  /** Called with one line of progress at a time; nothing is ever written to stdout. */
  readonly log?: ((line: string) => void) | undefined;
  /** The environment in which Python is looked for; the process's own if left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** The pinned packages; the file beside this one if left out. */
  readonly requirements?: string;
  /** How the environment's folder is called, before what it is made of; `python` if left out. */
  readonly name?: string;
}

/**
 * Makes sure that the project's own Python environment exists, with ministack and cfn-lint installed from hashed pins.
 *
 * A finished environment is known by its marker file, so a warm call costs a few file reads. A new one is made under a
 * lock, so that two callers do not make it twice, and gets its marker last: a half-made one is never used.
 *
 * @throws LocalAccountError `no-python` if there is no Python 3.10 or later, `no-packages` if pip cannot install them.
 */
export async function ensurePython(options: EnsurePythonOptions): Promise<PythonTools> {
  const log = options.log ?? (() => undefined);
  const requirements = options.requirements ?? join(__dirname, 'requirements.txt');
  const pins = readFileSync(requirements, 'utf8');
  const digest = createHash('sha256').update(pins).digest('hex').slice(0, 16);
  const folder = join(options.root, '.cipherline', `${options.name ?? 'python'}-${digest}`);
  const tools: PythonTools = {
    python: join(folder, 'bin', 'python'),
    cfnLint: join(folder, 'bin', 'cfn-lint'),
    ministackVersion: pinnedVersion(pins, 'ministack'),
    cfnLintVersion: pinnedVersion(pins, 'cfn-lint'),
  };
  const programs = tools.cfnLintVersion === 'unknown' ? [tools.python] : [tools.python, tools.cfnLint];
  if (isReady(folder, programs)) return tools;

  mkdirSync(dirname(folder), { recursive: true });
  const release = await takeLock(`${folder}.lock`, log);
  try {
    if (!isReady(folder, programs)) await build(folder, requirements, options.env ?? process.env, log);
  } finally {
    release();
  }
  return tools;
}

function pinnedVersion(pins: string, name: string): string {
  const found = pins.split('\n').find((line) => line.startsWith(`${name}==`));
  return found?.slice(name.length + 2).split(/[ ;\\]/)[0] ?? 'unknown';
}

/** What a reader would ask for, of all that is pinned. */
function packagesIn(requirements: string): string {
  const pins = readFileSync(requirements, 'utf8');
  const asked = ['ministack', 'cfn-lint', 'aws-encryption-sdk'].filter(
    (name) => pinnedVersion(pins, name) !== 'unknown',
  );
  return asked.join(' and ');
}

function marker(folder: string): string {
  return join(folder, 'complete');
}

/** Also false when the Python the environment was made from is gone: `python` is then a dangling link. */
function isReady(folder: string, programs: readonly string[]): boolean {
  return existsSync(marker(folder)) && programs.every(existsSync);
}

async function build(
  folder: string,
  requirements: string,
  env: NodeJS.ProcessEnv,
  log: (line: string) => void,
): Promise<void> {
  const python = findPython(env);
  if (python === undefined) {
    throw new LocalAccountError(
      'no-python',
      `The local account and cfn-lint need Python ${OLDEST_PYTHON.join('.')} or later, and none of ${PYTHON_NAMES.slice(0, 2).join(', ')}, ` +
        `python3.x on the PATH is one. Install one from python.org or your system's packages. ${ALTERNATIVE}`,
    );
  }
  log(`Making the Python environment with ${python.version} (once, about half a minute)`);
  // A virtual environment holds its own path, so it is made where it will stay; its marker file, written last, is what
  // makes it count.
  rmSync(folder, { recursive: true, force: true });
  const made = await run(python.path, ['-m', 'venv', folder], env);
  if (made.code !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new LocalAccountError(
      'no-python',
      `${python.path} could not make a virtual environment in ${folder}: ${lastLines(made.output)}. ` +
        `Is the disk full? On Debian and Ubuntu, is python3-venv installed? ${ALTERNATIVE}`,
    );
  }
  log(`Installing ${packagesIn(requirements)} (hash-checked)`);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--require-hashes', '--no-deps'];
  const installed = await run(join(folder, 'bin', 'python'), [...pip, '-r', requirements], env);
  if (installed.code !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new LocalAccountError(
      'no-packages',
      `pip could not install the packages pinned in ${requirements}: ${lastLines(installed.output)}. ` +
        `Check that pip reaches a package index (PIP_INDEX_URL). ${ALTERNATIVE}`,
    );
  }
  const temporary = `${marker(folder)}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, `${python.version}\n`);
  renameSync(temporary, marker(folder));
}

function findPython(env: NodeJS.ProcessEnv): { path: string; version: string } | undefined {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = PYTHON_NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).filter(existsSync);
  for (const path of candidates) {
    // A shim (pyenv, the macOS stub) may be on the PATH without a Python behind it, hence the question.
    const answer = spawnSync(path, ['-c', 'import sys, venv; print("%d.%d.%d" % sys.version_info[:3])'], {
      env,
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [major = 0, minor = 0] = (answer.stdout ?? '').trim().split('.').map(Number);
    if (answer.status === 0 && major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]) {
      return { path, version: `Python ${answer.stdout.trim()}` };
    }
  }
  return undefined;
}

/** Waits until this process holds the lock folder; returns the function that gives it back. */
async function takeLock(path: string, log: (line: string) => void): Promise<() => void> {
  for (let waited = false; ; waited = true) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    if (isStale(path)) rmSync(path, { recursive: true, force: true });
    else {
      if (!waited) log('Waiting for another process that makes the Python environment');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

function isStale(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > STALE_LOCK_MS;
  } catch {
    return false; // given back in the meantime
  }
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk: Buffer) => {
      output += chunk.toString('utf8');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function lastLines(output: string): string {
  return output.trim().split('\n').slice(-3).join(' / ');
}
