import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { home } from '../../pipeline/home';
import { UserError } from '../../pipeline/user-error';
import type { VerbModule } from '../main';
import { loadConfig, paths } from '../project';
import { writeWhole } from '../replace-file';
import { type LocalState, localState, openTarget } from '../target';

/** Milliseconds for the account to come up, Python environment included. */
const UP_DEADLINE_MS = 300_000;

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  const verb = (name: string, summary: string) =>
    command
      .command(name)
      .description(summary)
      .option('--json', 'print one JSON document on standard output and nothing else');

  verb('up', 'start it and leave it running')
    .option('--foreground', 'stay with it until Ctrl-C')
    .action(async ({ foreground }: { foreground?: boolean }) => {
      const running = await localState();
      if (running) {
        host.print(`running already: ${running.endpoint}`);
        host.document(running);
      } else if (foreground) {
        await hold(signal, host.progress);
      } else {
        const state = await launch(signal);
        host.print(`local account ready: ${state.endpoint}`);
        host.document(state);
      }
      done(0);
    });

  verb('down', 'stop it').action(async () => {
    const state = await localState();
    if (state) {
      process.kill(state.pid, 'SIGTERM');
      for (let waited = 0; waited < 10_000 && isAlive(state.pid); waited += 50) await sleep(50);
    }
    await rm(paths.localAccount(), { force: true });
    host.print(state ? 'local account stopped' : 'no local account was running');
    host.document({ stopped: state !== undefined });
    done(0);
  });

  verb('status', 'is it running?').action(async () => {
    const state = await localState();
    host.print(
      state
        ? `running: ${state.endpoint} since ${state.startedAt} (process ${state.pid})`
        : 'not running: npx cipherline local up',
    );
    host.document({ running: state !== undefined, ...state });
    done(state ? 0 : 1);
  });

  verb('env', 'the variables for an AWS CLI or SDK: eval "$(npx cipherline local env)"').action(async () => {
    if (!(await localState()))
      throw new UserError('no local account is running', undefined, 'Start one: npx cipherline local up');
    const config = await loadConfig();
    const target = await openTarget({}, config, host);
    const { account, region } = config.pipeline;
    const env = Object.fromEntries(
      Object.entries(target.envFor(account, region)).filter(([name]) => name.startsWith('AWS_')),
    );
    host.print(
      Object.entries(env)
        .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`)
        .join('\n'),
    );
    host.document(env);
    done(0);
  });

  verb('setup', 'prepare its Python environment, so that the first start is quick').action(async () => {
    const { ensurePython } = await import('../local-account/python');
    const { python, ministackVersion, cfnLintVersion } = await ensurePython({ root: home(), log: host.progress });
    host.print(`ready: ministack ${ministackVersion}, cfn-lint ${cfnLintVersion}`);
    host.document({ python, ministackVersion, cfnLintVersion });
    done(0);
  });
};

/** Holds an account until it is told to stop, with its address in the state file. */
async function hold(signal: AbortSignal, log: (line: string) => void): Promise<void> {
  const { account, region } = (await loadConfig()).pipeline;
  const { startLocalAccount } = await import('../local-account/account');
  const local = await startLocalAccount({ root: home(), account, region, log });
  try {
    const state: LocalState = { pid: process.pid, endpoint: local.endpoint, startedAt: new Date().toISOString() };
    await writeWhole(paths.localAccount(), `${JSON.stringify(state)}\n`);
    log(`local account ready: ${local.endpoint}`);
    const told = new Promise<undefined>((resolve) =>
      signal.addEventListener('abort', () => resolve(undefined), { once: true }),
    );
    const died = await Promise.race([local.died, told]);
    if (died) throw died;
  } finally {
    await rm(paths.localAccount(), { force: true });
    await local.stop();
  }
}

/** Starts a holder that outlives this command, and waits until its account answers. */
async function launch(signal: AbortSignal): Promise<LocalState> {
  await mkdir(home('.cipherline'), { recursive: true });
  const child = spawn(process.execPath, [home('scripts', 'cipherline.cjs'), 'local', 'up', '--foreground'], {
    cwd: home(),
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  for (let waited = 0; waited < UP_DEADLINE_MS && !ended; waited += 100) {
    if (signal.aborted) break;
    const state = await localState();
    if (state) {
      child.stderr.destroy();
      child.unref();
      return state;
    }
    await sleep(100);
  }
  child.kill('SIGTERM');
  signal.throwIfAborted();
  throw new UserError(`the local account did not start:\n${said.trim()}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
