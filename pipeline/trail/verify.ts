import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { codeOf, messageOf } from '../user-error';
import {
  type Digest,
  type DigestName,
  dayFolder,
  digestFolder,
  digestName,
  type Group,
  HASH_ALGORITHM,
  isSigned,
  type LogFile,
  logFolder,
  logTime,
  type PublicKey,
  parseDigest,
  SIGNATURE_ALGORITHM,
  sha256,
} from './digest';
import { type Metadata, Missing, type Opened, type Store } from './store';

/** What is wrong with a file, or what is not known of it. */
export type Trouble =
  | 'changed'
  | 'missing'
  | 'forged'
  | 'moved'
  | 'not-in-chain'
  | 'not-referenced'
  | 'gap'
  | 'not-covered'
  | 'no-public-key'
  | 'no-signature'
  | 'unreadable';

/** What was found out about one file, or about a time that no digest covers. */
export interface Finding {
  readonly kind: 'digest' | 'log' | 'time';
  /** The S3 key; of a time, the folder of the digests. */
  readonly object: string;
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly trouble?: Trouble;
  readonly reason?: string;
}

/** How many files passed, failed or could not be judged. */
export interface Counts {
  readonly pass: number;
  readonly fail: number;
  readonly unknown: number;
}

/** One chain of digests: a trail in an account and region. */
export interface ChainSummary {
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly backfill: boolean;
  readonly digests: number;
  /** What its genuine digests cover, from their oldest start to their newest end. */
  readonly from?: string;
  readonly until?: string;
}

export interface VerifyOptions {
  readonly store: Store;
  /** Milliseconds; what was delivered before is not looked at. Without it all there is. */
  readonly start?: number;
  /** Milliseconds; what was delivered after is not looked at. Without it all there is. */
  readonly end?: number;
  /** Groups and trails to look at. Default: all. */
  readonly account?: string;
  readonly region?: string;
  readonly trail?: string;
  /** How many log files are read at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly report: (finding: Finding) => void;
  readonly progress?: (line: string) => void;
}

export interface Verification {
  readonly digests: Counts;
  readonly logs: Counts;
  /** Times that nothing vouches for. */
  readonly times: Counts;
  /** Log files younger than the newest digest, or as good as: the next digest will name them. */
  readonly awaiting: number;
  readonly chains: readonly ChainSummary[];
}

/** 0 everything is as CloudTrail delivered it; 1 something is not; 2 that could not be told of something, or of nothing. */
export function exitCode({ digests, logs, times }: Verification): 0 | 1 | 2 {
  if (digests.fail + logs.fail + times.fail > 0) return 1;
  return digests.unknown + logs.unknown + times.unknown > 0 || digests.pass === 0 ? 2 : 0;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/**
 * CloudTrail puts a log file into the digest of the hour it was delivered in, and the minute in its name may be earlier
 * by the time delivery took. Of files this close to the newest digest's end, only the next digest tells.
 */
const DELIVERY = HOUR / 2;
/** A digest of the busiest hour is some megabytes. What inflates beyond this is made to exhaust memory. */
const LARGEST_DIGEST = 256 * 1_048_576;

/**
 * Verifies what CloudTrail delivered: each digest's signature and place in its chain, from the newest back; each log file
 * by the hash that its digest has; that no file is there which no digest names. One account and region after the
 * other; of these, the references of some days and one digest are held at a time.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
export async function verifyTrail(options: VerifyOptions): Promise<Verification> {
  const tally = {
    digest: { pass: 0, fail: 0, unknown: 0 },
    log: { pass: 0, fail: 0, unknown: 0 },
    time: { pass: 0, fail: 0, unknown: 0 },
  };
  const report = (finding: Finding): void => {
    tally[finding.kind][finding.verdict] += 1;
    options.report(finding);
  };
  const chains: ChainSummary[] = [];
  let awaiting = 0;
  for await (const group of options.store.groups()) {
    options.signal.throwIfAborted();
    if ((options.account ?? group.account) !== group.account || (options.region ?? group.region) !== group.region)
      continue;
    options.progress?.(`${group.account} ${group.region}`);
    const found = await new GroupVerifier({ ...options, report }, group).run();
    chains.push(...found.chains);
    awaiting += found.awaiting;
  }
  return { digests: tally.digest, logs: tally.log, times: tally.time, awaiting, chains };
}

/** What a digest says of the one before it. */
interface Expected {
  readonly object: string;
  readonly hash: string | null;
  readonly signature: string | null;
}

/** Where the walk back through a chain has come to. */
interface Chain {
  readonly name: DigestName;
  expected?: Expected;
  /** The start of the digest read last, where the chain began with it, in milliseconds. */
  began?: number;
  digests: number;
  from?: number;
  until?: number;
}

type Judged =
  | { readonly verdict: 'pass'; readonly digest: Digest }
  | { readonly verdict: 'fail'; readonly trouble: Trouble; readonly reason: string }
  | { readonly verdict: 'unknown'; readonly trouble: Trouble; readonly reason: string; readonly digest?: Digest };

class GroupVerifier {
  private readonly chains = new Map<string, Chain>();
  private readonly keys = new Map<string, PublicKey>();
  /** Why CloudTrail gave no public keys. */
  private noKeys: string | undefined;
  /** By day, the log files that digests name; a day is dropped once the walk is past it. */
  private readonly referenced = new Map<string, Set<string>>();
  /** Times that genuine digests cover, in milliseconds, the newest first. */
  private readonly covered: [from: number, until: number][] = [];
  private bucket: string | undefined;
  private awaiting = 0;

  constructor(
    private readonly options: VerifyOptions,
    private readonly group: Group,
  ) {
    this.bucket = options.store.bucket;
  }

  async run(): Promise<{ readonly chains: readonly ChainSummary[]; readonly awaiting: number }> {
    const names = await this.names();
    await this.loadKeys(names);
    const days = await this.logDays();
    // Late digests first: a log file of any day may be in one.
    const ordered = names.sort((a, b) => Number(b.backfill) - Number(a.backfill) || b.end - a.end);
    for (const name of ordered) {
      this.options.signal.throwIfAborted();
      // No digest that is still to come names a file of a day that is two days past.
      if (!name.backfill) await this.findUnreferenced(days, name.end + DAY);
      await this.walk(name);
    }
    for (const chain of this.chains.values()) this.endOf(chain);
    await this.findUnreferenced(days, Number.NEGATIVE_INFINITY);
    return { chains: [...this.chains.values()].map((chain) => this.summary(chain)), awaiting: this.awaiting };
  }

  /** The digests whose time is in the range, and of each chain the one after it, which covers its end. */
  private async names(): Promise<DigestName[]> {
    const { store, start, end, trail } = this.options;
    const inRange: DigestName[] = [];
    const next = new Map<string, DigestName>();
    for (const folder of await this.daysIn(digestFolder(this.group), (end ?? Number.POSITIVE_INFINITY) + DAY)) {
      for await (const object of store.list(folder)) {
        const name = digestName(object, this.group);
        if (!name) this.fail('digest', object, 'not-in-chain', 'it is not named as CloudTrail names a digest file');
        else if ((trail ?? name.trail) !== name.trail || (start !== undefined && name.end <= start)) continue;
        else if (end === undefined || name.end <= end) inRange.push(name);
        else if (name.end < (next.get(name.chain)?.end ?? Number.POSITIVE_INFINITY)) next.set(name.chain, name);
      }
    }
    return [...inRange, ...next.values()];
  }

  /** The folders of the days from the range's start, the newest first. */
  private async daysIn(folder: string, until: number): Promise<string[]> {
    const { start = Number.NEGATIVE_INFINITY, store } = this.options;
    const found: { readonly path: string; readonly at: number }[] = [];
    for await (const year of store.folders(folder))
      for await (const month of store.folders(`${folder}${year}/`))
        for await (const day of store.folders(`${folder}${year}/${month}/`)) {
          const path = `${folder}${year}/${month}/${day}/`;
          const at = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
          if (Number.isNaN(at)) this.fail('log', path, 'not-referenced', 'CloudTrail delivers into no such folder');
          else if (at > start - DAY && at <= until) found.push({ path, at });
        }
    return found.sort((a, b) => b.at - a.at).map(({ path }) => path);
  }

  /** The days that have log files, the newest first. Of one trail among several nobody can say what it has not named. */
  private async logDays(): Promise<string[]> {
    if (this.options.trail !== undefined) return [];
    return this.daysIn(logFolder(this.group), this.options.end ?? Number.POSITIVE_INFINITY);
  }

  private async loadKeys(names: readonly DigestName[]): Promise<void> {
    let [from, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { end } of names) {
      from = Math.min(from, end);
      until = Math.max(until, end);
    }
    if (names.length > 0) await this.askForKeys(from - HOUR, until);
  }

  private async askForKeys(from: number, until: number): Promise<void> {
    try {
      for (const key of await this.options.store.publicKeys(this.group.region, from, until))
        this.keys.set(key.fingerprint, key);
    } catch (error) {
      this.options.signal.throwIfAborted();
      this.noKeys = messageOf(error);
    }
  }

  private async walk(name: DigestName): Promise<void> {
    const chain: Chain = this.chains.get(name.chain) ?? { name, digests: 0 };
    this.chains.set(name.chain, chain);
    const { expected } = chain;
    if (expected && expected.object !== name.object) {
      const pointed = digestName(expected.object, this.group);
      if (pointed && pointed.end < name.end) {
        // The chain goes on past it, so it was put there.
        const reason = `the digest after it points past it, at ${expected.object}`;
        this.fail('digest', name.object, 'not-in-chain', reason);
        return;
      }
      this.missing(expected.object);
      delete chain.expected;
    }
    chain.digests += 1;
    const judged = await this.judge(name, chain.expected);
    const { verdict } = judged;
    const trouble = verdict === 'pass' ? {} : { trouble: judged.trouble, reason: judged.reason };
    this.options.report({ kind: 'digest', object: name.object, verdict, ...trouble });
    delete chain.expected;
    // What a digest that is not genuine says of others is worth nothing: the one before has a signature of its own.
    if (verdict === 'fail' || !judged.digest) delete chain.began;
    else await this.follow(chain, judged.digest, verdict);
  }

  private async follow(chain: Chain, digest: Digest, verdict: 'pass' | 'unknown'): Promise<void> {
    const [from, until] = [Date.parse(digest.digestStartTime), Date.parse(digest.digestEndTime)];
    if (chain.began !== undefined && until < chain.began && !chain.name.backfill)
      this.gap(until, chain.began, 'the chain of digests began anew, so log file validation or logging was off');
    delete chain.began;
    if (verdict === 'pass') {
      if (!chain.name.backfill) this.cover(from, until);
      chain.from = Math.min(chain.from ?? from, from);
      chain.until = Math.max(chain.until ?? until, until);
    }
    const { previousDigestS3Object: object, previousDigestS3Bucket: bucket } = digest;
    if (object === null || bucket === null) chain.began = from;
    else if (bucket !== this.bucket)
      this.unknownTime(
        'not-covered',
        `before ${digest.digestStartTime} the chain is in the bucket ${bucket}: verify that too`,
      );
    else if (!chain.name.backfill || digestName(object, this.group)?.chain === chain.name.chain)
      chain.expected = { object, hash: digest.previousDigestHashValue, signature: digest.previousDigestSignature };
    await this.logs(digest.logFiles, verdict);
  }

  private async judge(name: DigestName, expected: Expected | undefined): Promise<Judged> {
    const { store, signal } = this.options;
    let content: Buffer;
    let metadata: Metadata;
    try {
      [content, metadata] = await attempt(async () => {
        const opened = await store.open(this.bucket ?? '', name.object);
        return [await inflated(opened.content), opened.metadata] as const;
      }, signal);
    } catch (error) {
      signal.throwIfAborted();
      return troubleOf(error);
    }
    const fail = (trouble: Trouble, reason: string): Judged => ({ verdict: 'fail', trouble, reason });
    if (expected?.hash && expected.hash.toLowerCase() !== sha256(content))
      return fail('changed', 'its hash is not the one that the digest after it has');
    const digest = parseDigest(content);
    if ('wrong' in digest) return fail('changed', `it ${digest.wrong}`);
    this.bucket ??= digest.digestS3Bucket;
    if (digest.digestS3Object !== name.object || digest.digestS3Bucket !== this.bucket)
      return fail('moved', `it was delivered to ${digest.digestS3Bucket}/${digest.digestS3Object}`);
    if (digest.digestSignatureAlgorithm !== SIGNATURE_ALGORITHM)
      return fail(
        'forged',
        `CloudTrail signs with ${SIGNATURE_ALGORITHM}, not with ${digest.digestSignatureAlgorithm}`,
      );
    return this.judgeSignature(digest, content, metadata, expected);
  }

  private async judgeSignature(
    digest: Digest,
    content: Buffer,
    { signature: own, backfillAt }: Metadata,
    expected: Expected | undefined,
  ): Promise<Judged> {
    const unknown = (trouble: Trouble, reason: string): Judged => ({ verdict: 'unknown', digest, trouble, reason });
    const forged = (reason: string): Judged => ({ verdict: 'fail', trouble: 'forged', reason });
    const signature = expected?.signature ?? own;
    if (signature === undefined)
      return unknown('no-signature', 'its signature is in the metadata of the S3 object, which is not here');
    if (own !== undefined && own !== signature)
      return forged('its signature is not the one that the digest after it has');
    const fingerprint = digest.digestPublicKeyFingerprint;
    // A late digest is signed with a key of the time it is made: https://docs.aws.amazon.com/cli/latest/reference/cloudtrail/validate-logs.html
    if (!this.keys.has(fingerprint) && backfillAt !== undefined)
      await this.askForKeys(backfillAt - HOUR, backfillAt + HOUR);
    const known = this.keys.get(fingerprint);
    if (!known)
      return unknown('no-public-key', this.noKeys ?? `there is no public key of the fingerprint ${fingerprint}`);
    return isSigned(digest, content, signature, known.key)
      ? { verdict: 'pass', digest }
      : forged('its signature is not of CloudTrail’s key');
  }

  private async logs(files: readonly LogFile[], digest: 'pass' | 'unknown'): Promise<void> {
    const queue = files.values();
    const worker = async (): Promise<void> => {
      for (const file of queue) {
        this.options.signal.throwIfAborted();
        this.remember(file.s3Object);
        this.options.report({ kind: 'log', object: file.s3Object, ...(await this.judgeLog(file, digest)) });
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.options.concurrency, files.length) }, worker));
  }

  private async judgeLog(file: LogFile, digest: 'pass' | 'unknown'): Promise<Omit<Finding, 'kind' | 'object'>> {
    const { store, signal } = this.options;
    if (file.hashAlgorithm !== HASH_ALGORITHM)
      return { verdict: 'unknown', trouble: 'unreadable', reason: `its hash is one of ${file.hashAlgorithm}` };
    let hash: string;
    try {
      hash = await attempt(async () => hashOf(await store.open(file.s3Bucket, file.s3Object)), signal);
    } catch (error) {
      signal.throwIfAborted();
      return troubleOf(error);
    }
    if (hash !== file.hashValue.toLowerCase())
      return { verdict: 'fail', trouble: 'changed', reason: 'its hash is not the one that its digest has' };
    if (digest === 'pass') return { verdict: 'pass' };
    return {
      verdict: 'unknown',
      trouble: 'no-signature',
      reason: 'it is as its digest says, which is not proven itself',
    };
  }

  private remember(object: string): void {
    const day = object.slice(0, object.lastIndexOf('/') + 1);
    this.referenced.set(day, (this.referenced.get(day) ?? new Set<string>()).add(object));
  }

  /** The log files that no digest names, of the days after a time; takes those days off the list. */
  private async findUnreferenced(days: string[], after: number): Promise<void> {
    const { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY, store } = this.options;
    const oldest = Number.isFinite(after) ? `${logFolder(this.group)}${dayFolder(after)}` : '';
    for (let [day] = days; day !== undefined && day > oldest; [day] = days) {
      days.shift();
      const named = this.referenced.get(day);
      for await (const object of store.list(day)) {
        if (named?.has(object)) continue;
        const at = logTime(object, this.group);
        if (at === undefined) this.fail('log', object, 'not-referenced', 'CloudTrail names no log file so');
        else if (at >= start && at <= end) this.unreferenced(object, at);
      }
      this.referenced.delete(day);
    }
  }

  private unreferenced(object: string, at: number): void {
    const newest = this.covered[0]?.[1];
    if (newest !== undefined && at > newest - DELIVERY) this.awaiting += 1;
    else if (this.covered.some(([from, until]) => at >= from && at <= until - DELIVERY))
      this.fail('log', object, 'not-referenced', 'no digest names it: CloudTrail did not deliver it');
    else {
      const reason = 'no genuine digest covers the time it is of';
      this.options.report({ kind: 'log', object, verdict: 'unknown', trouble: 'not-covered', reason });
    }
  }

  private cover(from: number, until: number): void {
    const last = this.covered.at(-1);
    // The walk goes back in time, so that only the last one can touch.
    if (last && last[0] <= until) last[0] = Math.min(last[0], from);
    else this.covered.push([from, until]);
  }

  /** What is not vouched for before the oldest and after the newest digest of a chain. */
  private endOf({ name, from, until, expected }: Chain): void {
    const { start, end } = this.options;
    const follows = expected && (digestName(expected.object, this.group)?.end ?? Number.POSITIVE_INFINITY);
    if (expected && start === undefined)
      this.unknownTime(
        'not-covered',
        `the oldest digest of ${name.trail} follows ${expected.object}, which is not here: expired, or deleted. Say where to begin with --start`,
      );
    else if (expected && start !== undefined && follows !== undefined && follows > start) this.missing(expected.object);
    else if (start !== undefined && from !== undefined && from > start && !name.backfill)
      this.gap(start, from, `the digests of ${name.trail} begin later`);
    if (end !== undefined && until !== undefined && until < end && !name.backfill)
      this.gap(until, end, `there is no later digest of ${name.trail}`);
  }

  private gap(from: number, until: number, why: string): void {
    const [begin, finish] = [from, until].map(words);
    this.unknownTime('gap', `nothing vouches for what was delivered from ${begin} to ${finish}: ${why}`);
  }

  private unknownTime(trouble: Trouble, reason: string): void {
    this.options.report({ kind: 'time', object: digestFolder(this.group), verdict: 'unknown', trouble, reason });
  }

  private missing(object: string): void {
    this.fail('digest', object, 'missing', 'the digest after it points at it, and it is not there');
  }

  private fail(kind: 'digest' | 'log', object: string, trouble: Trouble, reason: string): void {
    this.options.report({ kind, object, verdict: 'fail', trouble, reason });
  }

  private summary({ name: { trail, backfill }, digests, from, until }: Chain): ChainSummary {
    const { account, region } = this.group;
    const time = from === undefined || until === undefined ? {} : { from: words(from), until: words(until) };
    return { account, region, trail, backfill, digests, ...time };
  }
}

/** A time as CloudTrail writes it. */
const words = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

const hashOf = async ({ content }: Opened): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(content, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) hash.update(chunk);
  });
  return hash.digest('hex');
};

async function inflated(content: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  await pipeline(content, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > LARGEST_DIGEST) throw new TooLarge('no digest file is as large as what it holds');
      parts.push(chunk);
    }
  });
  return Buffer.concat(parts);
}

class TooLarge extends Error {}

/** What the file itself is to blame for, and no second reading makes better. */
const isItsFault = (error: unknown): boolean =>
  error instanceof Missing || error instanceof TooLarge || (codeOf(error)?.startsWith('Z_') ?? false);

/** A transfer that breaks off is tried twice more. */
async function attempt<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let left = 2; ; left -= 1) {
    try {
      return await read();
    } catch (error) {
      if (left === 0 || signal.aborted || isItsFault(error)) throw error;
    }
  }
}

function troubleOf(error: unknown): {
  readonly verdict: 'fail' | 'unknown';
  readonly trouble: Trouble;
  readonly reason: string;
} {
  const reason = messageOf(error);
  if (error instanceof Missing) return { verdict: 'fail', trouble: 'missing', reason };
  if (isItsFault(error)) return { verdict: 'fail', trouble: 'changed', reason: `it cannot be uncompressed: ${reason}` };
  return { verdict: 'unknown', trouble: 'unreadable', reason };
}
