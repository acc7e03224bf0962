import { Command, CommanderError } from 'commander';
import packageJson from '../package.json';
import { codeOf, messageOf, UserError } from '../pipeline/user-error';
import { createHost, type Host } from './host';

/** What a verb gets besides its arguments. */
export interface Context {
  readonly host: Host;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** 0 yes; 1 a gate said no; 2 it could not be judged or run. */
export type ExitCode = 0 | 1 | 2;

/** What a file in `verbs/` exports: it declares its arguments, and calls `done` with the exit code. */
export interface VerbModule {
  readonly configure: (command: Command, context: Context, done: (code: ExitCode) => void) => void | Promise<void>;
}

interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<VerbModule>;
  /** For those who work on Cipherline itself. */
  readonly hidden?: true;
}

/** A verb's file, and all it needs, is loaded only when it is called. */
const VERBS: readonly Verb[] = [
  { name: 'run', summary: 'the whole pipeline on this machine', load: () => import('./verbs/run') },
  { name: 'synth', summary: 'the CDK assembly of all environments', load: () => import('./verbs/synth') },
  {
    name: 'lint',
    summary: 'judge templates: files, folders, assemblies, - for stdin',
    load: () => import('./verbs/lint'),
  },
  { name: 'fix', summary: 'write the fixes into templates', load: () => import('./verbs/fix') },
  { name: 'deploy', summary: 'deploy one environment', load: () => import('./verbs/deploy') },
  { name: 'verify', summary: 'read one environment back and judge it', load: () => import('./verbs/verify') },
  { name: 'drift', summary: 'compare one environment with its templates', load: () => import('./verbs/drift') },
  {
    name: 'promote',
    summary: 'ask the gate whether an environment may be promoted',
    load: () => import('./verbs/promote'),
  },
  { name: 'notify', summary: 'tell a topic what stopped a stage', load: () => import('./verbs/notify') },
  {
    name: 'pipeline',
    summary: 'the CodePipeline from the terminal: status, start, watch, approve, stop, retry',
    load: () => import('./verbs/pipeline'),
  },
  { name: 'bootstrap', summary: 'deploy the keys, roles and controls, once', load: () => import('./verbs/bootstrap') },
  {
    name: 'workflow',
    summary: 'write the GitHub Actions workflow from the configuration',
    load: () => import('./verbs/workflow'),
  },
  {
    name: 'remediate',
    summary: 'mend what is deployed: judged, planned, done, read back',
    load: () => import('./verbs/remediate'),
  },
  {
    name: 'drill',
    summary: 'weaken what is deployed in the local account, and demand that all of this notices and mends it',
    load: () => import('./verbs/drill'),
  },
  {
    name: 'keys',
    summary: 'keys through their life: who uses them, their material, rotation, data and end',
    load: () => import('./verbs/keys'),
  },
  { name: 'rules', summary: 'the catalogue of directives', load: () => import('./verbs/rules') },
  {
    name: 'guardrails',
    summary: 'service and resource control policies for an organization',
    load: () => import('./verbs/guardrails'),
  },
  {
    name: 'migrate',
    summary: 'plaintext stores, and those without a key of yours, moved to encrypted ones',
    load: () => import('./verbs/migrate'),
  },
  { name: 'waivers', summary: 'what is waived, by whom, until when', load: () => import('./verbs/waivers') },
  { name: 'trail', summary: 'CloudTrail’s log files and their digests: verify', load: () => import('./verbs/trail') },
  {
    name: 'encrypt',
    summary: 'encrypt a file on this machine, under KMS keys',
    load: () => import('./verbs/encrypt'),
  },
  { name: 'decrypt', summary: 'decrypt a file that was encrypted so', load: () => import('./verbs/decrypt') },
  { name: 'local', summary: 'the local account by itself', load: () => import('./verbs/local') },
  { name: 'doctor', summary: 'is this machine, and this fork, fit?', load: () => import('./verbs/doctor') },
  {
    name: 'bench',
    summary: 'ratios against a baseline of the same run',
    load: () => import('./verbs/bench'),
    hidden: true,
  },
  {
    name: 'directive-new',
    summary: 'a directive to fill in: npm run directive:new',
    load: () => import('./verbs/directive-new'),
    hidden: true,
  },
];

/** Parses the arguments, runs the verb and sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const end = args.indexOf('--');
  const flags = new Set(end < 0 ? args : args.slice(0, end));
  const host = createHost({ json: flags.has('--json'), verbose: flags.has('--verbose') });
  const interrupt = listenForSignals(host);
  listenForFailures(host, interrupt.abort);
  const done = (code: ExitCode) => {
    process.exitCode = code;
  };
  try {
    await (await program(args, { host, signal: interrupt.signal }, done)).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has printed its message already; it calls a usage error 1, which here means that a gate said no.
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else {
      host.error(interrupt.signal.aborted ? interrupt.signal.reason : error);
      process.exitCode = 2;
    }
  } finally {
    interrupt.stop();
  }
}

async function program(args: readonly string[], context: Context, done: (code: ExitCode) => void): Promise<Command> {
  const root = new Command('cipherline')
    .description('A deployment pipeline that lets nothing unencrypted reach production, and proves it.')
    .version(packageJson.version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', '\nExit codes: 0 yes · 1 a gate said no · 2 it could not be judged or run');
  const wanted = args[0] === 'help' ? args[1] : args[0];
  for (const verb of VERBS) {
    const command = root
      .command(verb.name, { hidden: verb.hidden === true })
      .description(verb.summary)
      .option('--json', 'print one JSON document on standard output and nothing else')
      .option('--verbose', 'say more, and print the stack of an unexpected error');
    if (verb.name === wanted) await (await verb.load()).configure(command, context, done);
  }
  return root;
}

/** The first Ctrl-C asks the running verb to stop and clean up; the second does not wait for it. */
function listenForSignals(host: Host): {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  stop(): void;
} {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(2);
    host.progress(`${name === 'SIGINT' ? 'interrupted' : 'told to stop'}: stopping what runs here`);
    controller.abort(new UserError(`interrupted (${name}): nothing further was done`));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    stop: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('SIGHUP', onSignal),
  };
}

/** Node would end with 1, which here means that a gate said no, and print its own stack. */
function listenForFailures(host: Host, abort: (reason: unknown) => void): void {
  process.on('uncaughtException', (error) => {
    abort(error);
    host.error(error);
    process.exit(2);
  });
  // Nobody is left to be told where this cannot be written.
  process.stderr.on('error', () => undefined);
  let lost = false;
  process.stdout.on('error', (error) => {
    // A reader that has read enough (`| head`) changes no verdict.
    if (lost || codeOf(error) === 'EPIPE') return;
    lost = true;
    host.progress(`error standard output cannot be written: ${messageOf(error)}`);
    process.on('exit', () => {
      process.exitCode = 2;
    });
  });
}
