import { KMSClient } from '@aws-sdk/client-kms';
import { z } from 'zod';
import type { Config } from '../../pipeline/config';
import { home } from '../../pipeline/home';
import { planOf, type Result, type Step, takeBack } from '../../pipeline/journal/carry-out';
import {
  createJournal,
  openJournal,
  plansFolder,
  type Read,
  readJournals,
  stateOf,
} from '../../pipeline/journal/journal';
import { takeLock } from '../../pipeline/journal/lock';
import type { KeyUsage } from '../../pipeline/keys/answer';
import {
  cancelByState,
  objections,
  RETIRE,
  type RetirableKey,
  retirableKey,
  retirementOf,
  retirementSteps,
  retires,
  underWay,
  unusedSince,
} from '../../pipeline/keys/retire';
import { keyUsage } from '../../pipeline/keys/usage';
import { UserError } from '../../pipeline/user-error';
import type { Clock } from '../../rules/live/aws-config';
import { systemClock } from '../clock';
import { confirm } from '../confirm';
import { count, type Host } from '../host';
import type { ExitCode, VerbModule } from '../main';
import { inPlace, type OpenPlace, type PlaceOptions, placeOptions } from '../place';
import { exitOf, follow, perform, planDocument, planText, stateText } from '../plans';
import { loadConfig } from '../project';
import { typeToConfirm } from '../type-to-confirm';
import { progressView } from './progress';

export interface RetireOptions extends PlaceOptions {
  readonly status?: true;
  readonly cancel?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly vouchFor?: readonly string[];
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  const { host, signal } = context;
  placeOptions(command.argument('[key]', 'an id, ARN or alias'))
    .option('--status', 'show where retirements stand; nothing is asked and nothing done')
    .option('--cancel', 'take it back: the deletion is cancelled, the key enabled, the tag removed')
    .option('--dry-run', 'ask every source and show the plan; do nothing')
    .option('--yes', 'do not ask: the plan has been read')
    .option('--vouch-for <type...>', 'types that need not be searched: you say that none is under it; kept in the plan')
    .action(async (key: string | undefined, options: RetireOptions) => {
      const folder = plansFolder(home());
      if (options.status) return done(await status(folder, key, host));
      if (key === undefined) throw new UserError('no key was named', undefined, 'npx cipherline keys list');
      const { keys } = await loadConfig();
      done(
        await inPlace(options, context, async (place) => {
          const kms = new KMSClient({ ...place.settings, maxAttempts: 5 });
          try {
            const ask = usageIn(place, systemClock, signal, host);
            const { retirement } = keys;
            return await retire(key, options, {
              kms,
              ask,
              config: { retirement },
              folder,
              clock: systemClock,
              host,
              signal,
            });
          } finally {
            kms.destroy();
          }
        }),
      );
    });
};

/** How the use of a key is asked about in a place. */
export const usageIn =
  ({ account, reader }: Pick<OpenPlace, 'account' | 'reader'>, clock: Clock, signal: AbortSignal, host: Host) =>
  async (key: string, since: Date, vouchedFor: readonly string[]): Promise<KeyUsage> => {
    const view = progressView(host);
    try {
      return await keyUsage({
        ...(await reader()),
        account,
        key,
        since,
        vouchedFor,
        clock,
        signal,
        progress: view.show,
      });
    } finally {
      view.close();
    }
  };

/** What a retirement works with. */
export interface RetireWork {
  readonly kms: KMSClient;
  readonly ask: (key: string, since: Date, vouchedFor: readonly string[]) => Promise<KeyUsage>;
  readonly config: Pick<Config['keys'], 'retirement'>;
  /** Of the journals. */
  readonly folder: string;
  readonly clock: Clock;
  readonly host: Host;
  readonly signal: AbortSignal;
}

/** Shows where the retirements of this checkout stand. */
export async function status(folder: string, key: string | undefined, host: Host): Promise<ExitCode> {
  const found = (await readJournals(folder)).filter((one) =>
    key === undefined ? one.plan.kind === RETIRE : retires(one, key),
  );
  host.print(found.map((one) => stateText(one, host.paint)).join('\n\n') || 'no key is being retired');
  host.document({ retirements: found.map(planDocument) });
  return 0;
}

/**
 * Begins a retirement, goes on with it, or takes it back.
 *
 * @param name an id, ARN or alias of the key.
 * @returns 0 its deletion is scheduled, or it is taken back; 1 it is in use; 2 that cannot be told, or not yet.
 */
export async function retire(name: string, options: RetireOptions, work: RetireWork): Promise<ExitCode> {
  const key = await retirableKey(work.kms, name);
  const lock = await takeLock(work.folder, `keys retire ${key?.arn ?? name}`);
  try {
    const journals = await readJournals(work.folder);
    // Once KMS has deleted it, its plan alone knows it, by its ARN or id: its aliases are gone with it.
    const own = retirementOf(journals, key?.arn ?? name);
    if (own && !options.cancel) return await goOn(own, work);
    if (!key)
      throw new UserError(
        own ? 'KMS has deleted it: it cannot be taken back' : 'there is no such key in this account and region',
        name,
        own
          ? `npx cipherline keys retire ${own.plan.subject} closes its plan.`
          : 'npx cipherline keys list, or of keys that are deleted by now: npx cipherline keys retire --status',
      );
    if (options.cancel) return await cancel(key, own, work);
    const other = underWay(journals);
    if (other)
      throw new UserError(
        `the retirement of ${other.plan.subject} is under way, and there is one at a time`,
        other.plan.id,
        'See it: npx cipherline keys retire --status. Finish it, or take it back with --cancel.',
      );
    return await begin(key, options, work);
  } finally {
    await lock.release();
  }
}

async function begin(key: RetirableKey, options: RetireOptions, work: RetireWork): Promise<ExitCode> {
  const { kms, ask, config, folder, clock, host, signal } = work;
  const { unusedDays, watchDays } = config.retirement;
  if (key.state !== 'Enabled' && key.state !== 'Disabled')
    throw new UserError(
      `is ${key.state}, and no plan of this checkout retires it`,
      key.arn,
      'Only a key that is enabled or disabled can be retired. What another checkout has begun is taken back by --cancel.',
    );
  const { vouchFor = [] } = options;
  const asked = await ask(key.arn, unusedSince({ unusedDays }, clock.now()), vouchFor);
  host.progress(usageText(asked, host));
  if (asked.verdict !== 'unused') {
    const says = asked.verdict === 'in-use' ? 'it is in use' : 'whether it is in use cannot be told';
    host.print(`${key.arn}: ${says}; nothing was done. ${objections(asked)}`);
    host.document({ key: key.arn, result: 'refused', verdict: asked.verdict, sources: asked.sources });
    return asked.verdict === 'in-use' ? 1 : 2;
  }
  const steps = retirementSteps({
    kms,
    arn: key.arn,
    unusedDays,
    watchDays,
    asked,
    ask: (since) => ask(key.arn, since, vouchFor),
  });
  const plan = planOf(
    { kind: RETIRE, subject: key.arn, parameters: { unusedDays, watchDays, vouchFor: [...vouchFor] } },
    steps,
    clock.now(),
  );
  host.progress(`${key.arn}${key.description === '' ? '' : ` (${key.description})`}\n${planText(plan)}`);
  if (options.dryRun) {
    host.print('nothing was done: --dry-run');
    host.document({ plan, result: 'planned', sources: asked.sources });
    return 0;
  }
  const id = key.arn.split('/').at(-1) ?? key.arn;
  if (!options.yes) await typeToConfirm(host, 'It will be disabled now, and deleted in the end.', id, signal);
  const journal = await createJournal(folder, plan);
  try {
    return await finish(await perform(journal, steps, host, { clock, signal }), journal, work);
  } finally {
    await journal.close();
  }
}

/** Goes on with a plan by what it was made with, whatever the configuration says now. */
async function goOn(own: Read, work: RetireWork): Promise<ExitCode> {
  const { clock, host, signal } = work;
  host.progress(`going on with ${own.plan.id}`);
  const steps = stepsOf(own, work);
  const journal = await openJournal(own.file);
  try {
    return await finish(await perform(journal, steps, host, { clock, signal }), journal, work);
  } finally {
    await journal.close();
  }
}

const parametersSchema = z.object({ unusedDays: z.int(), watchDays: z.int(), vouchFor: z.array(z.string()) });

function stepsOf({ plan, file }: Read, { kms, ask }: RetireWork): readonly Step[] {
  const { success, data } = parametersSchema.safeParse(plan.parameters);
  if (!success) throw new UserError('is not the plan of a retirement', file);
  const { vouchFor, ...settings } = data;
  const arn = plan.subject;
  return retirementSteps({ kms, arn, ...settings, ask: (since) => ask(arn, since, vouchFor) });
}

/** Says how far it came. Where the key was missed while it lay disabled, a person can have it back at once. */
async function finish(result: Result, read: Read, work: RetireWork): Promise<ExitCode> {
  const { host, signal } = work;
  const isScheduled = result.state === 'waits' && result.step === 'gone';
  host.print(`${stateText(read, host.paint)}\n${nextWords(result, read, isScheduled)}`);
  host.document({ ...planDocument(read), result });
  if (result.state === 'refused' && result.verdict === 'no' && stateOf(read).steps[2]?.begunAt !== undefined) {
    if (host.interactive && !host.json && process.stdin.isTTY) {
      if (await confirm(host, 'Somebody needs it. Take the retirement back and enable it now?', '', signal))
        await takeBackNow(read, result.why, work);
    }
  }
  return isScheduled ? 0 : exitOf(result);
}

function nextWords(result: Result, { plan }: Read, isScheduled: boolean): string {
  const again = `npx cipherline keys retire ${plan.subject}`;
  if (result.state === 'done' || result.state === 'cancelled')
    return result.state === 'done' ? 'the key is gone' : 'it was taken back';
  if (isScheduled) return `its deletion is scheduled. Until that day it can be taken back: ${again} --cancel`;
  if (result.state === 'waits') return `again after ${result.until.toISOString()}: ${again}`;
  return result.state === 'refused' && result.verdict === 'no'
    ? `it goes no further. To enable the key again: ${again} --cancel`
    : `it goes no further until that can be told; then again: ${again}. To take it back: --cancel`;
}

async function cancel(key: RetirableKey, own: Read | undefined, work: RetireWork): Promise<ExitCode> {
  const { kms, clock, host, signal } = work;
  if (!own) {
    const plan = await cancelByState(kms, key.arn, { clock, signal });
    host.print(`${key.arn} is enabled again; the plan ${plan} is of another checkout, or its journal is lost`);
    host.document({ key: key.arn, result: { state: 'cancelled' }, plan: { id: plan } });
    return 0;
  }
  const result = await takeBackNow(own, 'asked for', work);
  const after = await retirableKey(kms, key.arn);
  host.print(`${key.arn} is ${after?.state ?? 'gone'} again, as it was before ${own.plan.id}`);
  host.document({ ...planDocument(await rereadOf(own, work)), result, state: after?.state });
  return exitOf(result);
}

const rereadOf = async (own: Read, { folder }: RetireWork): Promise<Read> =>
  (await readJournals(folder)).find(({ plan }) => plan.id === own.plan.id) ?? own;

async function takeBackNow(own: Read, why: string, work: RetireWork): Promise<Result> {
  const { clock, host, signal } = work;
  const journal = await openJournal(own.file);
  try {
    return await takeBack(journal, stepsOf(own, work), why, { clock, signal, ...follow(host) });
  } finally {
    await journal.close();
  }
}

function usageText({ sources, since, limits }: KeyUsage, { paint }: Host): string {
  const marks = { unused: paint.green('unused '), 'in-use': paint.red('in use '), unknown: paint.yellow('unknown') };
  return [
    ...sources.map(({ name, state, reason }) => `${marks[state]}  ${name}: ${reason}`),
    `${count(sources.length, 'source')} asked about the time since ${since}`,
    ...limits.map((limit) => paint.dim(`  not covered: ${limit}`)),
  ].join('\n');
}
