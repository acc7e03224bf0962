import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { countVerdicts, type Verdict, type VerdictCounts } from '../rules/verdict';
import { home } from './home';
import type { StageName } from './stage';
import { codeOf, messageOf, UserError } from './user-error';
import { compare, portable, serializeVerdicts, sha256 } from './verdict-file';

/** Where a run works: the local account, an endpoint somebody named, or AWS itself. */
export interface TargetRecord {
  readonly kind: 'local' | 'endpoint' | 'aws';
  readonly account: string;
  readonly region: string;
  readonly endpoint?: string;
}

/** `passed`: the run was asked to end before a promotion, and nothing stood against what it did. */
export type RunResult = 'promoted' | 'passed' | 'rejected' | 'error';
export type StageResult = 'passed' | 'rejected' | 'error';
/** The stages of the pipeline, and those that only the laptop has. */
export type RecordedStage = StageName | 'local account' | 'type check' | 'bootstrap';

/** A stack that a target cannot have: an emulator lacks CloudFormation types that it is made of. */
export interface NotCarried {
  readonly stack: string;
  readonly lacks: readonly string[];
}

export interface StageRecord {
  readonly name: RecordedStage;
  readonly environment?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly result: StageResult;
  readonly verdicts: VerdictCounts;
  /** What it did, in a few words. */
  readonly summary?: string;
  /** The verdict file, beside the run record. */
  readonly report?: string;
  /** SHA-256 of the verdict file. */
  readonly sha256?: string;
  /** SHA-256 of the cloud assembly the verdicts are about. */
  readonly assembly?: string;
  /** Stacks that the target cannot have, and so were neither deployed nor verified. */
  readonly notCarried?: readonly NotCarried[];
  /** SHA-256 of what was demanded: verdicts of other demands are no answer to these. */
  readonly demands?: string;
}

export interface RunRecord {
  readonly id: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly commit: string;
  /** Who began it, as far as the machine says. */
  readonly by: string;
  readonly target: TargetRecord;
  readonly result: RunResult;
  readonly stages: readonly StageRecord[];
  /** Why it ended as it did, unless it was promoted. */
  readonly reason?: string;
  /** What this target could not prove. */
  readonly notProvable: readonly string[];
}

/** Writes whole files; a test puts a full disk in its place. */
export interface Writer {
  readonly makeFolder: (folder: string) => Promise<void>;
  /** Replaces the file in one step: a reader sees the old one or the new one. */
  readonly write: (file: string, text: string) => Promise<void>;
}

export const diskWriter: Writer = {
  makeFolder: async (folder) => {
    await mkdir(dirname(folder), { recursive: true });
    await mkdir(folder);
  },
  write: async (file, text) => {
    const scratch = `${file}.${process.pid}.tmp`;
    try {
      await writeFile(scratch, text);
      await rename(scratch, file);
    } catch (error) {
      await rm(scratch, { force: true });
      throw error;
    }
  },
};

/** The run that is under way. */
export interface Run {
  readonly id: string;
  readonly folder: string;
  /** Writes a verdict file; gives its name and hash for the stage's record. */
  verdicts(name: string, verdicts: readonly Verdict[]): Promise<{ report: string; sha256: string }>;
  /** Adds a stage and writes the record, so that a run that is killed leaves what it had. */
  stage(stage: StageRecord): Promise<void>;
  file(name: string, text: string): Promise<string>;
  end(result: RunResult, reason?: string): Promise<RunRecord>;
}

export interface RunOptions {
  /** `.cipherline/runs`. */
  readonly root: string;
  readonly commit: string;
  readonly target: TargetRecord;
  readonly notProvable?: readonly string[];
  readonly writer?: Writer;
  readonly now?: () => Date;
}

/**
 * Starts a run record. Until `end` is called the record says `error`: a run that dies has not passed.
 *
 * @throws UserError when the disk is full or the folder cannot be written.
 */
export async function startRun(options: RunOptions): Promise<Run> {
  const { root, commit, target, notProvable = [], writer = diskWriter, now = () => new Date() } = options;
  const started = now();
  const stages: StageRecord[] = [];
  const { id, folder } = await guarded(root, () => freshFolder(root, started, writer));
  // One after the other: stages end side by side, and the last word must be the last one written.
  let writing: Promise<unknown> = Promise.resolve();
  const write = async (name: string, text: string) => {
    const file = join(folder, name);
    const mine = writing.then(() => guarded(file, () => writer.write(file, text)));
    writing = mine.catch(() => undefined);
    await mine;
    return file;
  };
  const record = async (result: RunResult, reason?: string): Promise<RunRecord> => {
    const run: RunRecord = {
      id,
      startedAt: started.toISOString(),
      endedAt: now().toISOString(),
      commit,
      by: startedBy(process.env),
      target,
      result,
      stages: [...stages].sort(byStart),
      ...(reason === undefined ? {} : { reason }),
      notProvable,
    };
    await write('run.json', `${JSON.stringify(run, null, 2)}\n`);
    return run;
  };
  await record('error', 'still running, or killed before it could say more');
  return {
    id,
    folder,
    verdicts: async (name, verdicts) => {
      const text = serializeVerdicts(verdicts.map((verdict) => portable(verdict, home())));
      const report = `${name}.verdicts.json`;
      await write(report, text);
      return { report, sha256: sha256(text) };
    },
    stage: async (stage) => {
      stages.push(stage);
      await record('error', 'still running, or killed before it could say more');
    },
    file: write,
    end: record,
  };
}

/**
 * Who began a run: by GitHub's and CodeBuild's words, or the user of this machine. It is told, not proven.
 * https://docs.github.com/actions/reference/workflows-and-actions/variables
 * https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
 */
export function startedBy(env: Readonly<Record<string, string | undefined>>): string {
  if (env.GITHUB_ACTIONS === 'true') return `${env.GITHUB_ACTOR} by GitHub Actions, run ${env.GITHUB_RUN_ID}`;
  if (env.CODEBUILD_BUILD_ID) return `${env.CODEBUILD_INITIATOR} by CodeBuild, build ${env.CODEBUILD_BUILD_ID}`;
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A container may run as a user that has no name.
    return `user ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}

async function freshFolder(root: string, started: Date, writer: Writer): Promise<{ id: string; folder: string }> {
  const stem = started.toISOString().slice(0, 19).replaceAll(':', '-');
  for (let attempt = 1; ; attempt += 1) {
    const id = attempt === 1 ? stem : `${stem}-${attempt}`;
    const folder = join(root, id);
    try {
      await writer.makeFolder(folder);
      return { id, folder };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || attempt === 100) throw error;
    }
  }
}

async function guarded<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (codeOf(error) === 'ENOSPC') {
      throw new UserError(
        'the disk is full: the run record cannot be written, so nothing is promoted',
        file,
        'Free some space and run again.',
        { cause: error },
      );
    }
    throw new UserError(
      `the run record cannot be written: ${messageOf(error)}`,
      file,
      'Without a record nothing is promoted.',
      { cause: error },
    );
  }
}

const byStart = (a: StageRecord, b: StageRecord): number =>
  compare(a.startedAt, b.startedAt) || compare(a.endedAt, b.endedAt);

/** The SHA-256 of what an assembly deploys: its templates and asset lists, which name every asset by its hash. */
export async function hashAssembly(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true }))
    .filter((file) => /\.(template|assets)\.json$/.test(file) && !file.includes('asset.'))
    .sort(compare);
  if (files.length === 0) {
    throw new UserError('there is no cloud assembly', folder, 'Make it with npx cipherline synth.');
  }
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n${sha256(await readFile(join(folder, file)))}\n`);
  return hash.digest('hex');
}

const counts = z.object({ pass: z.number(), fail: z.number(), unknown: z.number(), waived: z.number() });
const recorded = z.object({
  id: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  target: z.object({ kind: z.enum(['local', 'endpoint', 'aws']), account: z.string(), region: z.string() }),
  stages: z.array(
    z.object({
      name: z.string(),
      environment: z.string().optional(),
      startedAt: z.string(),
      endedAt: z.string(),
      result: z.enum(['passed', 'rejected', 'error']),
      verdicts: counts,
      report: z.string().optional(),
      sha256: z.string().optional(),
      assembly: z.string().optional(),
      demands: z.string().optional(),
    }),
  ),
});
/** What a verdict file holds. */
export const verdictFile = z.array(
  z.object({
    directive: z.string(),
    resource: z.object({
      stack: z.string(),
      logicalId: z.string(),
      physicalId: z.string().exactOptional(),
      type: z.string(),
    }),
    verdict: z.enum(['pass', 'fail', 'unknown', 'waived']),
    controlPoint: z.enum(['template', 'live', 'config', 'hook']),
    path: z.string().exactOptional(),
    found: z.string().exactOptional(),
    expected: z.string().exactOptional(),
    reason: z.string().exactOptional(),
    source: z
      .object({
        file: z.string(),
        line: z.number().exactOptional(),
        column: z.number().exactOptional(),
        constructPath: z.string().exactOptional(),
      })
      .exactOptional(),
  }),
);

export interface Verification {
  readonly run: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly target: TargetRecord;
  readonly verdicts: readonly Verdict[];
  /** SHA-256 of the assembly that was deployed and verified. */
  readonly assembly: string | undefined;
  /** SHA-256 of what was demanded. */
  readonly demands: string | undefined;
}

/**
 * The newest verification of an environment among the runs on targets of a kind.
 *
 * @returns undefined where there is none.
 * @throws UserError when its verdict file is missing or does not have the hash the run record gives, or when the record
 *   of a later run cannot be read.
 */
export async function latestVerification(
  root: string,
  environment: string,
  kind: TargetRecord['kind'],
): Promise<Verification | undefined> {
  const ids = await readdir(root).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  let latest:
    | { folder: string; target: TargetRecord; stage: z.infer<typeof recorded>['stages'][number]; id: string }
    | undefined;
  let unread = '';
  for (const id of ids) {
    const folder = join(root, id);
    const run = await readRun(join(folder, 'run.json'));
    if (run === 'unreadable' && id > unread) unread = id;
    if (run === undefined || run === 'unreadable' || run.target.kind !== kind) continue;
    for (const stage of run.stages) {
      if (stage.name !== 'verify' || stage.environment !== environment) continue;
      if (latest === undefined || latest.stage.endedAt <= stage.endedAt)
        latest = { folder, target: run.target, stage, id };
    }
  }
  if (!latest) return undefined;
  // Ids are times: what cannot be read may be a newer verification, and one that failed.
  if (unread > latest.id) {
    throw new UserError(
      'this run record cannot be read, so that an older one may not be the last word',
      join(root, unread, 'run.json'),
      `Move its folder away and verify again: npx cipherline verify ${environment}`,
    );
  }
  const { folder, target, stage, id } = latest;
  const file = join(folder, stage.report ?? `${environment}.verify.verdicts.json`);
  const content = await readFile(file, 'utf8').catch(() => undefined);
  if (content === undefined || sha256(content) !== stage.sha256) {
    throw new UserError(
      'the verdict file is missing, or is not the one the run recorded',
      file,
      `Verify again: npx cipherline verify ${environment}`,
    );
  }
  const parsed = verdictFile.safeParse(JSON.parse(content));
  if (!parsed.success)
    throw new UserError('the verdict file is not one', file, `Verify again: npx cipherline verify ${environment}`);
  const { startedAt, endedAt, assembly, demands } = stage;
  return { run: id, startedAt, endedAt, target, verdicts: parsed.data, assembly, demands };
}

/** A run record; undefined where there is none: a run that was killed while it started, or another file. */
async function readRun(file: string): Promise<z.infer<typeof recorded> | 'unreadable' | undefined> {
  try {
    return recorded.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR' ? undefined : 'unreadable';
  }
}

/** No verdicts at all. */
export const NO_VERDICTS: VerdictCounts = countVerdicts([]);
