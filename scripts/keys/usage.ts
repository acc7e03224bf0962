import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import type { KeyUsage, LongTrail, Tally, UsageState } from '../../pipeline/keys/answer';
import { messageOf, UserError } from '../../pipeline/user-error';
import { systemClock } from '../clock';
import { count, type Host, type Paint, paint } from '../host';
import type { ExitCode, VerbModule } from '../main';
import { inPlace, type PlaceOptions, placeOptions } from '../place';
import { progressView } from './progress';

interface UsageOptions extends PlaceOptions {
  readonly since?: Date;
  readonly eventDataStore?: string;
  readonly athenaTable?: string;
  readonly athenaWorkgroup: string;
  readonly vouchFor?: readonly string[];
  readonly report?: string;
  readonly resources: boolean;
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  placeOptions(command.argument('<key>', 'an id, an ARN, an alias'))
    .option('--since <when>', 'a use counts since then: a day (2026-01-31) or a number of days (400d)', sinceOption)
    .option('--event-data-store <arn>', 'look calls up in CloudTrail Lake, beyond the 90 days of the event history')
    .option('--athena-table <table>', 'look calls up in the files of a trail: database.table')
    .option('--athena-workgroup <name>', 'the workgroup of that query, which says where its result goes', 'primary')
    .option('--vouch-for <type...>', 'types that need not be searched for the verdict: you say that none is under it')
    .option('--no-resources', 'do not search for what is encrypted under it: that part is unknown then')
    .option('--report <file>', 'write a report with a timeline (HTML)')
    .action(async (key: string, options: UsageOptions) => {
      const { host, signal } = context;
      const trail = longTrail(options);
      const code = await inPlace(options, context, async ({ account, reader }) => {
        const { keyUsage } = await import('../../pipeline/keys/usage');
        const view = progressView(host);
        try {
          const usage = await keyUsage({
            ...(await reader()),
            account,
            key,
            clock: systemClock,
            signal,
            withResources: options.resources,
            progress: view.show,
            ...(options.since ? { since: options.since } : {}),
            ...(trail ? { trail } : {}),
            ...(options.vouchFor ? { vouchedFor: options.vouchFor } : {}),
          });
          view.close();
          return await tellUsage(usage, options.report, host);
        } finally {
          view.close();
        }
      });
      done(code);
    });
};

function sinceOption(text: string): Date {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const date = days === undefined ? new Date(`${text}T00:00:00Z`) : new Date(Date.now() - Number(days) * 86_400_000);
  if ((days === undefined && !/^\d{4}-\d{2}-\d{2}$/.test(text)) || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Write a day, such as 2026-01-31, or a number of days, such as 400d.');
  if (date.getTime() > Date.now()) throw new InvalidArgumentError('It is in the future.');
  return date;
}

function longTrail({
  eventDataStore: store,
  athenaTable: table,
  athenaWorkgroup,
}: UsageOptions): LongTrail | undefined {
  if (store !== undefined && table !== undefined)
    throw new UserError('only one of --event-data-store and --athena-table can be asked', 'keys usage');
  if (store !== undefined) return { kind: 'event-data-store', store };
  return table === undefined ? undefined : { kind: 'athena', workgroup: athenaWorkgroup, table };
}

/** Prints the answer. 0 where it is one: in use or unused; 2 where it is unknown, whatever of it could be told. */
export async function tellUsage(usage: KeyUsage, report: string | undefined, host: Host): Promise<ExitCode> {
  if (report !== undefined) {
    const { keyUsageHtml } = await import('../../pipeline/reports/key-usage');
    await writeFile(report, keyUsageHtml(usage)).catch((error: unknown) => {
      throw new UserError(`the report cannot be written: ${messageOf(error)}`, report, undefined, { cause: error });
    });
    host.progress(`report: ${report}`);
  }
  host.print(usageLines(usage, paint(host.color)).join('\n'));
  host.document(usage);
  return usage.verdict === 'unknown' ? 2 : 0;
}

/** How many rows of a table are shown; the JSON and the report have more. */
const ROWS = 10;
const day = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** The answer as text. */
export function usageLines(usage: KeyUsage, colors: Paint): readonly string[] {
  const { aliases = [], calls, resources = [], grants = [], lastUsage } = usage;
  const word = (state: UsageState): string =>
    ({ 'in-use': colors.green('in use '), unused: colors.dim('unused '), unknown: colors.yellow('unknown') })[state];
  const facts = [
    usage.keyState,
    usage.manager === 'AWS' ? 'managed by AWS' : usage.manager === 'CUSTOMER' ? 'customer managed' : 'manager unknown',
    ...(usage.createdAt === undefined ? [] : [`created ${day(usage.createdAt)}`]),
    ...(usage.deletionAt === undefined ? [] : [`destroyed at ${day(usage.deletionAt)}`]),
    ...(usage.multiRegion ? [`multi-Region ${usage.multiRegion.role.toLowerCase()}`] : []),
  ];
  const unsearched = usage.sources.flatMap((source) => source.unsearched ?? []);
  return [
    `${colors.bold(aliases[0] ?? usage.keyId)}  ${usage.arn}`,
    facts.join(', '),
    `since ${day(usage.since)}: ${word(usage.verdict).trim()}`,
    '',
    ...usage.sources.map(({ name, state, reason }) => `  ${name.padEnd(11)} ${word(state)}  ${reason}`),
    ...(lastUsage ? ['', `last use on record: ${lastUse(lastUsage)}`] : []),
    ...(calls ? tally('callers', calls.callers) : []),
    ...(calls ? tally('operations', calls.operations) : []),
    ...(calls ? tally('through', calls.services) : []),
    ...(calls ? tally('for', calls.resources) : []),
    ...(calls && Object.keys(calls.refused).length > 0
      ? [
          '',
          'refused',
          ...Object.entries(calls.refused).map(([code, times]) => `  ${String(times).padStart(8)}  ${code}`),
        ]
      : []),
    ...table('granted to', grants, ({ grantee, operations }) => `${grantee}: ${operations.join(', ')}`),
    ...table('encrypted under it', resources, ({ type, id, property }) => `${type}  ${id}  (${property})`),
    ...table('not searched', unsearched, ({ type, reason }) => `${type}: ${reason}`),
    '',
    ...usage.limits.map((limit) => colors.dim(`· ${limit}`)),
  ];
}

/** A last use in words, with what the record covers. */
export function lastUse({ at, operation, trackedSince }: NonNullable<KeyUsage['lastUsage']>): string {
  const what = at === undefined ? 'none' : `${operation ?? 'used'} at ${day(at)}`;
  return `${what}; on record since ${day(trackedSince)}, up to an hour behind`;
}

function tally(title: string, { top, others }: Tally): readonly string[] {
  const rows = top
    .slice(0, ROWS)
    .map(({ name, calls, last }) => `  ${String(calls).padStart(8)}  ${name}, last ${day(last)}`);
  const rest = others + top.slice(ROWS).reduce((sum, { calls }) => sum + calls, 0);
  if (rows.length === 0) return [];
  return ['', title, ...rows, ...(rest > 0 ? [`  ${String(rest).padStart(8)}  of others`] : [])];
}

function table<T>(title: string, all: readonly T[], line: (one: T) => string): readonly string[] {
  if (all.length === 0) return [];
  const more = all.length > ROWS ? [`  and ${count(all.length - ROWS, 'more')}`.replace(/mores$/, 'more')] : [];
  return ['', title, ...all.slice(0, ROWS).map((one) => `  ${line(one)}`), ...more];
}
