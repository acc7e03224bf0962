import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { codeOf, messageOf, UserError } from '../user-error';

/** Counts, checksums and settings, as they were read: no secrets. */
const measureSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type Measure = Readonly<z.infer<typeof measureSchema>>;

const planSchema = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]+$/),
  /** `retire`, `rotate-data`, `migrate`. */
  kind: z.string(),
  /** What it is about: the ARN of a key, a resource. */
  subject: z.string(),
  createdAt: z.iso.datetime(),
  /** What the steps are made from: a plan that is resumed goes by these, not by new options. */
  parameters: z.record(z.string(), z.json()),
  steps: z.array(z.strictObject({ id: z.string(), title: z.string() })).min(1),
});
/** What is to be done, as it was shown and confirmed. It is the first line of a journal and never changes. */
export type Plan = Readonly<z.infer<typeof planSchema>>;

const at = z.iso.datetime();
const step = z.string();
const entrySchema = z.discriminatedUnion('what', [
  /** Written before the step touches anything; `before` is what was there. */
  z.strictObject({ what: z.literal('begun'), at, step, before: measureSchema }),
  /** How far a step has come: it goes on from here. */
  z.strictObject({ what: z.literal('saved'), at, step, data: measureSchema }),
  z.strictObject({ what: z.literal('waits'), at, step, until: at, why: z.string() }),
  z.strictObject({ what: z.literal('refused'), at, step, verdict: z.enum(['no', 'unknown']), why: z.string() }),
  z.strictObject({ what: z.literal('failed'), at, step, why: z.string() }),
  z.strictObject({ what: z.literal('done'), at, step, after: measureSchema }),
  /** From here on the plan is taken back, and goes forward no more. */
  z.strictObject({ what: z.literal('cancelling'), at, why: z.string() }),
  z.strictObject({ what: z.literal('undone'), at, step, after: measureSchema }),
  z.strictObject({ what: z.literal('closed'), at, outcome: z.enum(['done', 'cancelled']) }),
]);
export type Entry = z.infer<typeof entrySchema>;

/** A journal that can be written to. */
export interface Journal {
  readonly file: string;
  readonly plan: Plan;
  readonly entries: readonly Entry[];
  /** Returns once the entry is on the disk. */
  readonly append: (entry: Entry) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A journal as it was read. */
export type Read = Pick<Journal, 'file' | 'plan' | 'entries'>;

const SUFFIX = '.jsonl';
const fileOf = (folder: string, id: string): string => join(folder, `${id}${SUFFIX}`);

/**
 * Starts a journal: the file is there with its whole plan, or it is not there.
 *
 * @throws UserError where there is a journal of that id.
 */
export async function createJournal(folder: string, plan: Plan): Promise<Journal> {
  await mkdir(folder, { recursive: true });
  const file = fileOf(folder, plan.id);
  const scratch = join(folder, `.${plan.id}.${process.pid}.new`);
  const handle = await open(scratch, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(planSchema.parse(plan))}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(scratch, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw new UserError('there is a plan of that name already', file);
    throw error;
  } finally {
    await rm(scratch, { force: true });
  }
  await syncFolder(folder);
  return openJournal(file);
}

/**
 * Opens a journal to go on with it. The line that a crash cut off is removed: what it would have said did not happen.
 *
 * @throws UserError where the file is not a journal.
 */
export async function openJournal(file: string): Promise<Journal> {
  const { plan, entries, length } = await parsed(file);
  const known = [...entries];
  const handle = await open(file, 'r+');
  let end = length;
  let broken: unknown;
  try {
    await handle.truncate(end);
    await handle.sync();
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    file,
    plan,
    entries: known,
    append: async (entry) => {
      if (broken !== undefined) throw broken;
      const line = Buffer.from(`${JSON.stringify(entrySchema.parse(entry))}\n`);
      try {
        await writeAll(handle, line, end);
        await handle.sync();
      } catch (error) {
        // Half a line may be there: nothing more is written, and the next to open it cuts that off.
        broken = error;
        throw error;
      }
      end += line.length;
      known.push(entry);
    },
    close: () => handle.close(),
  };
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, line: Buffer, from: number): Promise<void> {
  for (let written = 0; written < line.length; ) {
    const { bytesWritten } = await handle.write(line, written, line.length - written, from + written);
    written += bytesWritten;
  }
}

/**
 * Reads a journal; another process may be writing to it.
 *
 * @throws UserError where the file is not a journal.
 */
export async function readJournal(file: string): Promise<Read> {
  const { plan, entries } = await parsed(file);
  return { file, plan, entries };
}

/** All journals of a folder, oldest first; none where there is no folder. */
export async function readJournals(folder: string): Promise<readonly Read[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const files = names.filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'));
  const found = await Promise.all(files.map((name) => readJournal(join(folder, name))));
  return found.toSorted((a, b) => (a.plan.createdAt < b.plan.createdAt ? -1 : 1));
}

interface Parsed {
  readonly plan: Plan;
  readonly entries: readonly Entry[];
  /** Bytes of the whole lines. */
  readonly length: number;
}

async function parsed(file: string): Promise<Parsed> {
  const text = await readFile(file);
  const length = text.lastIndexOf('\n') + 1;
  const [first = '', ...lines] = text.subarray(0, length).toString('utf8').split('\n').slice(0, -1);
  return {
    plan: parsedLine(planSchema, first, file, 1),
    entries: lines.map((line, index) => parsedLine(entrySchema, line, file, index + 2)),
    length,
  };
}

function parsedLine<T>(schema: z.ZodType<T>, line: string, file: string, number: number): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).split('\n', 1)[0] : messageOf(error);
    throw new UserError(
      `is not the journal of a plan: ${why}`,
      `${file}:${number}`,
      'It was changed by hand, or by another version. Nothing is done by it; move it away once you know how far it came.',
      { cause: error },
    );
  }
}

/** The name of a file is on the disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Where a step stands. */
export interface StepState {
  readonly id: string;
  readonly title: string;
  readonly state: 'open' | 'begun' | 'waits' | 'refused' | 'failed' | 'done' | 'undone';
  /** When it was first begun, ISO. */
  readonly begunAt?: string;
  readonly before?: Measure;
  readonly saved?: Measure;
  readonly after?: Measure;
  readonly until?: string;
  readonly why?: string;
}

/** Where a plan stands. */
export interface PlanState {
  readonly state: 'open' | 'cancelling' | 'done' | 'cancelled';
  readonly steps: readonly StepState[];
}

/** Works out from the entries where a plan stands. */
export function stateOf({ plan, entries }: Pick<Read, 'plan' | 'entries'>): PlanState {
  let state: PlanState['state'] = 'open';
  const steps = new Map<string, StepState>(plan.steps.map((one) => [one.id, { ...one, state: 'open' }]));
  for (const entry of entries) {
    if (entry.what === 'cancelling') state = 'cancelling';
    else if (entry.what === 'closed') state = entry.outcome;
    else {
      const found = steps.get(entry.step);
      if (found) steps.set(entry.step, next(found, entry));
    }
  }
  return { state, steps: [...steps.values()] };
}

function next(state: StepState, entry: Extract<Entry, { step: string }>): StepState {
  const { why: _, until: __, ...kept } = state;
  switch (entry.what) {
    case 'begun':
      // What was there before counts from the first attempt: the second one finds what the first has done.
      return state.begunAt === undefined
        ? { ...kept, state: 'begun', begunAt: entry.at, before: entry.before }
        : { ...kept, state: 'begun' };
    case 'saved':
      return { ...kept, state: 'begun', saved: entry.data };
    case 'waits':
      return { ...kept, state: 'waits', until: entry.until, why: entry.why };
    case 'refused':
      return { ...kept, state: 'refused', why: entry.why };
    case 'failed':
      return { ...kept, state: 'failed', why: entry.why };
    case 'done':
      return { ...kept, state: 'done', after: entry.after };
    case 'undone':
      return { ...kept, state: 'undone', after: entry.after };
  }
}

/** The folder of the journals below `.cipherline`. */
export const plansFolder = (root: string): string => join(root, '.cipherline', 'plans');

/** The folder that a journal is in. */
export const folderOf = ({ file }: Pick<Read, 'file'>): string => dirname(file);
