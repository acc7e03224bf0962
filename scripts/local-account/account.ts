import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { LocalAccountError } from './errors';
import { ensurePython, type PythonTools } from './python';

export { LocalAccountError, type LocalAccountErrorCode } from './errors';

/** 127.0.0.1, not `localhost`: the AWS SDK then addresses S3 by path, and nobody can resolve the name differently. */
const HOST = '127.0.0.1';

const DEFAULT_ACCOUNT = '000000000000';
const DEFAULT_REGION = 'us-east-1';

/** Milliseconds. A cold start takes under two seconds on two cores. */
const READY_DEADLINE_MS = 30_000;
const READY_POLL_MS = 25;
const STOP_GRACE_MS = 3_000;

/** Bytes after which the log starts anew. */
const LOG_LIMIT = 5 * 1024 * 1024;

/** How often another free port is tried when somebody else took the first between asking and using it. */
const PORT_TRIES = 3;

const ALTERNATIVE = 'Or use an AWS account or an emulator that is already running: --endpoint-url <url>.';

export interface LocalAccountOptions {
  /** The project's root folder: its `.cipherline` folder takes the Python environment and the log. */
  readonly root: string;
  /** A port of one's own choice; any free one if left out. */
  readonly port?: number;
  /** Twelve digits: the account of callers that use `env`. */
  readonly account?: string;
  readonly region?: string;
  /** Called with one line of progress at a time; nothing is ever written to stdout. */
  readonly log?: ((line: string) => void) | undefined;
  /** Where the emulator's own output goes; `<root>/.cipherline/local-account.log` if left out. */
  readonly logFile?: string;
}

export interface LocalAccount {
  /** For `AWS_ENDPOINT_URL`, the CDK command line and SDK clients. */
  readonly endpoint: string;
  readonly port: number;
  /** The emulator's process, which is also the leader of its process group. */
  readonly pid: number;
  readonly versions: LocalAccountVersions;
  readonly logFile: string;
  /** Complete environment for a child process that works in this account: the caller's own, minus every AWS setting. */
  readonly env: Record<string, string>;
  /** The same for another account (twelve digits) or region of the emulator. */
  envFor(account: string, region?: string): Record<string, string>;
  /** Resolves, with the reason, if the emulator ends without `stop`; never rejects. */
  readonly died: Promise<LocalAccountError>;
  /** Ends the emulator and everything it started; may be called more than once. */
  stop(): Promise<void>;
}

export interface LocalAccountVersions {
  readonly ministack: string;
  readonly cfnLint: string;
}

export interface LocalAccountDescription {
  readonly versions: LocalAccountVersions;
  /** Plain statements: what a run against the local account does not show about a real one. */
  readonly notProvable: readonly string[];
}

/**
 * Starts the local account: ministack with this project's extensions, on a free loopback port, in a process group of its
 * own. It ends with `stop`, with this process (also when that is killed: the emulator watches a pipe to it), or by
 * itself, which `died` tells.
 *
 * @throws LocalAccountError `no-python`, `no-packages`, `port-taken`, or `not-ready` after 30 seconds or an early end.
 */
export async function startLocalAccount(options: LocalAccountOptions): Promise<LocalAccount> {
  const tools = await ensurePython({ root: options.root, log: options.log });
  if (options.port !== undefined) {
    if (!(await isFree(options.port))) throw portTaken(options.port);
    return launch(tools, options, options.port);
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(tools, options, await freePort());
    } catch (error) {
      const again = error instanceof LocalAccountError && error.code === 'port-taken' && attempt < PORT_TRIES;
      if (!again) throw error;
    }
  }
}

/** The emulator's version and the limits of what it can show; needs no running account. */
export function describeLocalAccount(): LocalAccountDescription {
  const pins = readFileSync(join(__dirname, 'requirements.txt'), 'utf8');
  const version = (name: string) => new RegExp(`^${name}==(\\S+)`, 'm').exec(pins)?.[1] ?? 'unknown';
  return {
    versions: { ministack: version('ministack'), cfnLint: version('cfn-lint') },
    notProvable: NOT_PROVABLE,
  };
}

const NOT_PROVABLE: readonly string[] = [
  'KMS cryptography: the emulator refuses ciphertext that was changed, but what it makes is no real encryption.',
  'Encryption at rest: nothing is stored on an encrypted disk; what is checked is the setting each service reports.',
  'IAM enforcement: policies, key policies and permission boundaries are stored and read back, but every call is allowed.',
  'TLS: the emulator speaks plain HTTP on the loopback interface.',
  'Cloud Control: it does not know what a stack has made, so a type without a live reader of its own stays unknown.',
  'CodePipeline and CodeBuild: definitions are stored and read back; no stage, action or build ever runs.',
  'AWS Config: nobody records or evaluates; it tells what was put with PutResourceConfig and PutEvaluations, and verify asks it only with --wait-for-config.',
  "S3's block of public access of a whole account: it is not there, so it is not verified.",
  'CloudFormation Hooks: a Hook is stored; nothing that is deployed asks it.',
  'Databases, volumes, file systems and networks: records only; nothing listens and no packet is routed.',
  'CloudTrail: a trail is stored and reported as logging; no log file is delivered to its bucket.',
  'Use of keys: S3 (reads and writes of whole objects), DynamoDB and Secrets Manager ask KMS as they would, without bucket keys; no other service does, and nothing is late.',
  'Service quotas, eventual consistency, propagation delays and prices: there are none.',
];

function portTaken(port: number): LocalAccountError {
  return new LocalAccountError(
    'port-taken',
    `Port ${port} on ${HOST} is in use, so the local account cannot listen there. Choose another or leave the port out. ${ALTERNATIVE}`,
  );
}

async function launch(tools: PythonTools, options: LocalAccountOptions, port: number): Promise<LocalAccount> {
  const account = options.account ?? DEFAULT_ACCOUNT;
  const region = options.region ?? DEFAULT_REGION;
  const logFile = options.logFile ?? join(options.root, '.cipherline', 'local-account.log');
  const endpoint = `http://${HOST}:${port}`;
  mkdirSync(dirname(logFile), { recursive: true });
  // Under the root, so that Lambda code unpacked there finds the project's node_modules by walking up, as `import` does.
  mkdirSync(join(options.root, '.cipherline'), { recursive: true });
  const scratch = mkdtempSync(join(options.root, '.cipherline', 'local-account-'));
  const child = spawnEmulator(tools, { root: options.root, port, account, region, logFile, scratch });

  let stopping = false;
  let ended = false;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code ?? 0}` : `signal ${signal}`));
  }).then((reason) => {
    ended = true;
    signalGroup(child, 'SIGKILL'); // what the emulator itself started
    process.off('exit', killNow);
    rmSync(scratch, { recursive: true, force: true });
    return reason;
  });
  function killNow(): void {
    signalGroup(child, 'SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  }
  process.on('exit', killNow);

  async function stop(): Promise<void> {
    stopping = true;
    if (ended) return;
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_GRACE_MS);
    await exited;
    clearTimeout(timer);
  }

  const problem = await untilReady(endpoint, exited);
  if (problem !== undefined) {
    await stop();
    if (!(await isFree(port))) throw portTaken(port);
    throw new LocalAccountError(
      'not-ready',
      `The local account (ministack ${tools.ministackVersion}) did not become ready on ${endpoint}: ${problem}. Its log is ${logFile}. ${ALTERNATIVE}`,
    );
  }

  const died = exited.then(
    (reason) =>
      new LocalAccountError(
        'died',
        stopping
          ? `The local account on ${endpoint} was stopped.`
          : `The local account (ministack ${tools.ministackVersion}) on ${endpoint} ended by itself: ${reason}. Its log is ${logFile}. ${ALTERNATIVE}`,
      ),
  );
  const envFor = (forAccount: string, forRegion = region) => clientEnvironment(endpoint, forAccount, forRegion);
  return {
    endpoint,
    port,
    pid: child.pid ?? 0,
    versions: { ministack: tools.ministackVersion, cfnLint: tools.cfnLintVersion },
    logFile,
    env: envFor(account),
    envFor,
    died: new Promise((resolve) => {
      void died.then((error) => {
        if (!stopping) resolve(error);
      });
    }),
    stop,
  };
}

interface Emulator {
  readonly root: string;
  readonly port: number;
  readonly account: string;
  readonly region: string;
  readonly logFile: string;
  readonly scratch: string;
}

function spawnEmulator(tools: PythonTools, emulator: Emulator): ChildProcess {
  const output = openSync(emulator.logFile, sizeOf(emulator.logFile) > LOG_LIMIT ? 'w' : 'a');
  try {
    return spawn(tools.python, ['-s', join(__dirname, 'extensions')], {
      // A group of its own, so that it can be ended together with the Lambda processes it starts. The pipe to its
      // standard input is never written to: when this process dies in whatever way, the pipe closes and it ends.
      detached: true,
      cwd: emulator.scratch,
      stdio: ['pipe', output, output],
      env: {
        PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
        HOME: emulator.scratch,
        TMPDIR: emulator.scratch,
        // Removed by the emulator itself when we are killed and cannot.
        CIPHERLINE_SCRATCH: emulator.scratch,
        LANG: 'C.UTF-8',
        PYTHONUNBUFFERED: '1',
        // Loopback only, and none of the listeners that ministack opens beside its main port.
        BIND_HOST: HOST,
        MINISTACK_HOST: HOST,
        GATEWAY_PORT: String(emulator.port),
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
        MINISTACK_ACCOUNT_ID: emulator.account,
        MINISTACK_REGION: emulator.region,
        CLOUDTRAIL_RECORDING: '1',
        LAMBDA_EXECUTOR: 'local',
        // Names no socket: the emulator must not start containers, even where Docker runs.
        DOCKER_HOST: `unix://${join(emulator.scratch, 'no-docker.sock')}`,
        // Lambda functions may require the AWS SDK, which the real runtime brings along.
        NODE_PATH: join(emulator.root, 'node_modules'),
      },
    });
  } finally {
    closeSync(output);
  }
}

/** The caller's environment without its AWS settings, plus what leads every AWS client to the local account. */
function clientEnvironment(endpoint: string, account: string, region: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('AWS_') && !name.startsWith('CDK_DEFAULT_')) env[name] = value;
  }
  return {
    ...env,
    AWS_ENDPOINT_URL: endpoint,
    // ministack takes an access key of twelve digits as the account's number.
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Files that do not exist, so that no profile of the user's own comes into play.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    // A proxy must not see, or answer, what is meant for the loopback interface.
    NO_PROXY: [env.NO_PROXY, HOST, 'localhost'].filter((part) => part !== undefined && part !== '').join(','),
    no_proxy: [env.no_proxy, HOST, 'localhost'].filter((part) => part !== undefined && part !== '').join(','),
  };
}

/** `undefined` once the emulator answers, or else what is wrong. */
async function untilReady(endpoint: string, exited: Promise<string>): Promise<string | undefined> {
  let early: string | undefined;
  void exited.then((reason) => {
    early = reason;
  });
  const deadline = Date.now() + READY_DEADLINE_MS;
  while (Date.now() < deadline) {
    if (early !== undefined) return `it ended with ${early}`;
    try {
      const answer = await fetch(`${endpoint}/_ministack/ready`, { signal: AbortSignal.timeout(2_000) });
      await answer.arrayBuffer();
      if (answer.ok && early === undefined) return undefined;
    } catch {
      // Not listening yet; the deadline decides.
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  return `no answer within ${READY_DEADLINE_MS / 1000} seconds`;
}

function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended already.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error(`no port on ${HOST}`));
        else resolve(address.port);
      });
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
