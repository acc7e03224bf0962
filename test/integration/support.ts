import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// A note on Node versions to come, at the first client of every test file.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const checkout = resolve(__dirname, '../..');

/** Under jest the CDK throws where it would report a violation: what a command starts must not know of it. */
const OURS = new Set(['CIPHERLINE_HOME', 'JEST_WORKER_ID', 'NODE_ENV']);

/** What the command line needs of a checkout; `node_modules` and the Python environment are linked. */
const SOURCES = [
  'rules',
  'stacks',
  'pipeline',
  'bootstrap',
  'scripts',
  'cipherline.config.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'cdk.json',
];

/** Says why the local account's Python environment cannot be had on this machine; nothing where it can. */
function whyNoPython(): string | undefined {
  const setup = spawnSync(process.execPath, [join(checkout, 'scripts/cipherline.cjs'), 'local', 'setup'], {
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  if (setup.status === 0) return undefined;
  const said = setup.stderr.trim();
  // Every way in which Python or its packages are missing names the alternative; anything else is a defect of ours.
  if (!said.includes('--endpoint-url')) throw new Error(`cipherline local setup failed: ${said}`);
  return said
    .split('\n')
    .at(-1)
    ?.replace(/^error /, '');
}

function suite(): typeof describe | typeof describe.skip {
  const reason = whyNoPython();
  if (reason === undefined) return describe;
  const { CI } = process.env;
  if (CI === 'true' || CI === '1') throw new Error(`the integration tests cannot run, and CI must run them: ${reason}`);
  process.stderr.write(`\n*** INTEGRATION TESTS SKIPPED: no local account here. ${reason}\n\n`);
  return describe.skip;
}

/** `describe` where a local account can be started; elsewhere all is skipped, loudly, or fails where CI is set. */
export const integration = suite();

/** This process's environment without its AWS settings: no test may lead a command to an account of the user's. */
export function cleanEnvironment(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('AWS_') && !OURS.has(name)) env[name] = value;
  }
  return { ...env, NO_COLOR: '1' };
}

/** A folder of its own for what an account leaves behind, with the checkout's Python environment and packages. */
export function makeRoot(): { readonly root: string; remove(): void } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'cipherline-integration-')));
  const made = join(checkout, '.cipherline');
  mkdirSync(join(root, '.cipherline'));
  for (const name of existsSync(made) ? readdirSync(made) : []) {
    if (/^python-[0-9a-f]+$/.test(name)) symlinkSync(join(made, name), join(root, '.cipherline', name));
  }
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Finished>;
}

/** A checkout of its own: its state, assemblies and runs are not those of the checkout under test. */
export interface Sandbox {
  readonly root: string;
  /** Starts a verb. */
  start(...args: readonly string[]): Running;
  /** Runs a verb to its end. */
  cipherline(...args: readonly string[]): Promise<Finished>;
  /** Ends what it started and removes it. */
  remove(): Promise<void>;
}

/**
 * A checkout with the core blocks alone, which take a fraction of the time: the run of `.ci/run` deploys and verifies all
 * that the configuration names.
 */
export function makeSandbox(): Sandbox {
  const { root, remove } = makeRoot();
  for (const source of SOURCES) {
    cpSync(join(checkout, source), join(root, source), {
      recursive: true,
      filter: (path) => !path.endsWith('__pycache__'),
    });
  }
  const file = join(root, 'cipherline.config.ts');
  const config = readFileSync(file, 'utf8');
  const core = config.replace(/^ {2}blocks: \[[^\]]*\],\n/m, '');
  if (core === config) throw new Error('the configuration names no blocks');
  writeFileSync(file, core);
  const running = new Set<Running>();
  const start = (...args: readonly string[]): Running => {
    const child = spawn(process.execPath, [join(root, 'scripts/cipherline.cjs'), ...args], {
      cwd: root,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = new Promise<Finished>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal, stdout, stderr }));
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
    const one: Running = { child, pid: child.pid ?? 0, ended };
    running.add(one);
    void ended.then(() => running.delete(one));
    return one;
  };
  const cipherline = (...args: readonly string[]) => start(...args).ended;
  return {
    root,
    start,
    cipherline,
    remove: async () => {
      await cipherline('local', 'down');
      for (const { child, ended } of running) {
        child.kill('SIGTERM');
        await ended;
      }
      remove();
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Every process below one, by `ps`. */
export function descendants(pid: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    parents.flatMap(([child = 0, of]) => (of === parent ? [child, ...below(child)] : []));
  return below(pid);
}

/** The processes whose command line or working folder lies in a folder, by their `ps` line. */
export function processesOf(folder: string): string[] {
  const rows = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return rows.filter((row) => row.includes(folder) && !/^\s*\d+\s+Z/.test(row));
}

/** Asks again and again until something is there; fails after `within` milliseconds. */
export async function until<T>(what: string, within: number, look: () => T | undefined | Promise<T | undefined>) {
  for (const deadline = Date.now() + within; Date.now() < deadline; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(25);
  }
  throw new Error(`${what}: not within ${within} ms`);
}
