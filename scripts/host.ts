import { codeOf, messageOf, textAt } from '../pipeline/user-error';

export interface HostOptions {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly stdout?: Output;
  readonly stderr?: Output;
  readonly env?: NodeJS.ProcessEnv;
}

/** What is used of a process's stream. */
interface Output {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
}

/** Everything the command line says goes through here: the CLI, CI and the tests differ by their host alone. */
export interface Host {
  readonly json: boolean;
  readonly verbose: boolean;
  /** A person is watching: a live list may be drawn. */
  readonly interactive: boolean;
  readonly color: boolean;
  /** Colour for what goes to standard error. */
  readonly paint: Paint;
  /** A line on what is going on: standard error. */
  progress(line: string): void;
  /** What the user asked for, in words: standard output; nothing under `--json`. */
  print(text: string): void;
  /** What the user asked for, as the one JSON document: standard output, under `--json` only. */
  document(value: unknown): void;
  /** One error: what was wrong and what to do next. */
  error(error: unknown): void;
}

export interface Paint {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

/** ANSI colours, or the bare text. */
export function paint(on: boolean): Paint {
  const wrap = (open: number, close: number) => (text: string) =>
    on ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { red: wrap(31, 39), green: wrap(32, 39), yellow: wrap(33, 39), dim: wrap(2, 22), bold: wrap(1, 22) };
}

/** The errors whose message is for the user; every other one is a bug. */
const EXPECTED = new Set([
  'UserError',
  'ConfigError',
  'GuardrailError',
  'LocalAccountError',
  'PythonError',
  'LiveReadError',
  'CallError',
  'WaiverError',
]);

/** What a machine refuses is no bug either: a folder without permission, a disk without room. */
const REFUSED: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'is a folder',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOSPC: 'the disk is full: free some space and run again',
  ENOTDIR: 'is not a folder',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

/** The host of a terminal or a CI log. NO_COLOR and CI are respected. */
export function createHost(options: HostOptions): Host {
  const { json, verbose, stdout = process.stdout, stderr = process.stderr, env = process.env } = options;
  const calm = Boolean(env.CI) || env.TERM === 'dumb';
  let documented = false;
  const colors = paint(Boolean(stderr.isTTY) && !env.NO_COLOR && !calm);
  return {
    json,
    verbose,
    interactive: Boolean(stderr.isTTY) && !calm,
    color: Boolean(stdout.isTTY) && !env.NO_COLOR && !calm,
    paint: colors,
    progress: (line) => void stderr.write(`${line}\n`),
    print: (text) => {
      if (!json) stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    document: (value) => {
      documented = true;
      if (json) stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    error: (error) => {
      stderr.write(`${colors.red('error')} ${explain(error)}\n`);
      // One document: what a verb has told of a failure already is not told again.
      if (json && !documented) stdout.write(`${JSON.stringify({ error: messageOf(error) })}\n`);
      if (verbose && error instanceof Error && error.stack) stderr.write(`${colors.dim(error.stack)}\n`);
    },
  };
}

function explain(error: unknown): string {
  if (error instanceof Error && EXPECTED.has(error.name)) return error.message;
  const refused = REFUSED[codeOf(error) ?? ''];
  if (refused !== undefined) return [textAt(error, 'path'), refused].filter(Boolean).join(': ');
  return `${messageOf(error).split('\n', 1)[0]}\nThis is a bug in cipherline: run it again with --verbose and report what it prints.`;
}

/** `1 template`, `14 templates`, `1,184 verdicts`. */
export function count(amount: number, noun: string): string {
  const plural = amount === 1 ? noun : /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  // Not toLocaleString: loading the locales takes longer than linting a template.
  return `${String(amount).replace(/\B(?=(\d{3})+$)/g, ',')} ${plural}`;
}
