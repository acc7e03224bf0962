import { CloudTrailClient, DescribeTrailsCommand } from '@aws-sdk/client-cloudtrail';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { names } from '../../pipeline/names';
import { openBucket } from '../../pipeline/trail/bucket';
import { openFolder } from '../../pipeline/trail/folder';
import type { Store } from '../../pipeline/trail/store';
import { type Counts, exitCode, type Finding, type Verification, verifyTrail } from '../../pipeline/trail/verify';
import { messageOf, UserError } from '../../pipeline/user-error';
import { count, type Paint, paint } from '../host';
import type { Context, ExitCode, VerbModule } from '../main';
import { environmentOf, loadConfig } from '../project';
import { adopt, onTarget, type Target, type TargetOptions, targetOptions } from '../target';

export const configure: VerbModule['configure'] = (command, context, done) => {
  targetOptions(verifyCommand(command)).action(async (environment: string | undefined, options: Options) =>
    done(await verify(environment, options, context)),
  );
};

const verifyCommand = (command: Command): Command =>
  command
    .command('verify [environment]')
    .description('is every log file of a trail as CloudTrail delivered it, and is none gone?')
    .option('--bucket <name>', 'the bucket of another trail than the environment’s')
    .option('--folder <path>', 'a copy of a bucket on this machine; needs --keys, and no AWS')
    .option('--keys <file>', 'what aws cloudtrail list-public-keys printed; may be given again', gather)
    .option('--prefix <prefix>', 'what stands before AWSLogs/ in the bucket or the folder')
    .option('--start <time>', 'what was delivered from then on: 2026-08-17 or 2026-08-17T15:00:00Z', timeOption)
    .option(
      '--end <time>',
      'what was delivered until then. Default: of a bucket two hours ago, of a folder all',
      timeOption,
    )
    .option('--account <number>', 'of this account alone')
    .option('--region <region>', 'of this region alone')
    .option('--trail <name>', 'of this trail alone; files that no digest names are then not looked for')
    .option('--concurrency <number>', 'log files read at once', concurrencyOption, 16)
    .addOption(
      new Option('--verdicts <which>', 'which files are told of').choices(['findings', 'all']).default('findings'),
    )
    .option('--json', 'print one JSON document on standard output and nothing else')
    .option('--verbose', 'say more, and print the stack of an unexpected error');

interface Options extends TargetOptions {
  readonly bucket?: string;
  readonly folder?: string;
  readonly keys?: readonly string[];
  readonly prefix?: string;
  /** Milliseconds. */
  readonly start?: number;
  readonly end?: number;
  readonly account?: string;
  readonly region?: string;
  readonly trail?: string;
  readonly concurrency: number;
  readonly verdicts: 'findings' | 'all';
}

const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function timeOption(text: string): number {
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError('wanted is a day or a time with its zone: 2026-08-17T15:00:00Z');
  return at;
}

function concurrencyOption(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 256) throw new InvalidArgumentError('1 to 256 are wanted');
  return value;
}

/** A digest is delivered within the hour after the one it covers; what is younger has none yet. */
const UNDELIVERED = 2 * 3_600_000;

async function verify(environment: string | undefined, options: Options, context: Context): Promise<ExitCode> {
  const given = [environment, options.bucket, options.folder].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new UserError('wanted is an environment, --bucket or --folder, one of them', 'trail verify');
  if ((options.folder === undefined) !== (options.keys === undefined))
    throw new UserError('--folder and --keys go together: a bucket’s keys come from CloudTrail', 'trail verify');
  const now = options.folder === undefined ? Date.now() - UNDELIVERED : undefined;
  const end = options.end ?? now;
  if (options.start !== undefined && end !== undefined && options.start >= end)
    throw new UserError('it is not before the end', '--start', `The end is ${new Date(end).toISOString()}.`);
  if (options.folder !== undefined) {
    const { folder, keys = [] } = options;
    return report(
      await openFolder({ folder, keyFiles: keys, prefix: prefixOf(options.prefix) }),
      end,
      options,
      context,
    );
  }
  const config = await loadConfig();
  const place = environment === undefined ? config.pipeline : environmentOf(config, environment);
  return onTarget<ExitCode>(options, config, context.host, async (target) => {
    adopt(target.envFor(place.account, place.region));
    const { bucket, prefix } =
      environment === undefined
        ? { bucket: options.bucket ?? '', prefix: options.prefix }
        : await trailOf(`${names(config.name).environmentTrail(environment)}`, place.region, target, context.signal);
    const { endpoint } = target.record;
    const { region } = place;
    const opened = {
      bucket,
      prefix: prefixOf(prefix),
      region,
      signal: context.signal,
      ...(endpoint ? { endpoint } : {}),
    };
    return await report(openBucket(opened), end, options, context);
  });
}

const prefixOf = (prefix = ''): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`);

/** Where the trail of an environment delivers to. */
async function trailOf(
  name: string,
  region: string,
  { record: { endpoint } }: Target,
  abortSignal: AbortSignal,
): Promise<{ readonly bucket: string; readonly prefix: string | undefined }> {
  const client = new CloudTrailClient({ region, ...(endpoint ? { endpoint } : {}) });
  try {
    const { trailList = [] } = await client.send(new DescribeTrailsCommand({ trailNameList: [name] }), { abortSignal });
    const [found] = trailList;
    if (!found?.S3BucketName)
      throw new UserError('there is no such trail', name, 'Name its bucket instead: --bucket NAME');
    return { bucket: found.S3BucketName, prefix: found.S3KeyPrefix };
  } catch (error) {
    if (error instanceof UserError || abortSignal.aborted) throw error;
    throw new UserError(messageOf(error), 'cloudtrail:DescribeTrails', 'Name the bucket instead: --bucket NAME', {
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

async function report(
  store: Store,
  end: number | undefined,
  { start, account, region, trail, concurrency, verdicts }: Options,
  { host, signal }: Context,
): Promise<ExitCode> {
  const told: Finding[] = [];
  const colors = paint(host.color);
  let files = 0;
  const total = await verifyTrail({
    store,
    concurrency,
    signal,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(trail === undefined ? {} : { trail }),
    report: (finding) => {
      files += 1;
      if (files % 10_000 === 0) host.progress(`${count(files, 'file')} so far`);
      if (finding.verdict === 'pass' && verdicts === 'findings') return;
      // On a terminal each is a line at once; only a document has to hold them all.
      if (host.json) told.push(finding);
      else host.print(line(finding, colors));
    },
    progress: (place) => host.progress(`verifying ${place}`),
  });
  const code = exitCode(total);
  host.print(summary(total, code, colors).join('\n'));
  host.document({
    where: store.where,
    ...(start === undefined ? {} : { start: new Date(start).toISOString() }),
    ...(end === undefined ? {} : { end: new Date(end).toISOString() }),
    result: (['valid', 'invalid', 'unknown'] as const)[code],
    ...total,
    findings: told,
  });
  return code;
}

function line({ kind, object, verdict, reason }: Finding, colors: Paint): string {
  const word = { pass: colors.green, fail: colors.red, unknown: colors.yellow }[verdict](verdict.padEnd(7));
  return `${word}  ${kind.padEnd(6)}  ${object}${reason === undefined ? '' : `\n         ${reason}`}`;
}

function summary({ digests, logs, times, awaiting, chains }: Verification, code: ExitCode, colors: Paint): string[] {
  const counted = (noun: string, { pass, fail, unknown }: Counts): string =>
    `${count(pass + fail + unknown, noun)}: ${pass} valid, ${fail} not, ${unknown} unknown`;
  return [
    ...chains.map(
      ({ account, region, trail, backfill, digests: some, from, until }) =>
        `${account} ${region} ${trail}${backfill ? ' (late)' : ''}: ${count(some, 'digest')}${from === undefined ? '' : `, ${from} to ${until}`}`,
    ),
    counted('digest file', digests),
    counted('log file', logs),
    ...(times.unknown > 0 ? [`${count(times.unknown, 'time')} that nothing vouches for`] : []),
    ...(awaiting > 0 ? [`${count(awaiting, 'log file')} too young for a digest`] : []),
    [
      colors.green('everything is as CloudTrail delivered it'),
      colors.red('not everything is as CloudTrail delivered it'),
      colors.yellow(
        chains.length === 0 ? 'there is no digest file to verify by' : 'that could not be told of everything',
      ),
    ][code] ?? '',
  ];
}
