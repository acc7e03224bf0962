import type { AwsConfig } from '../../rules/live/aws';
import type { Clock } from '../../rules/live/aws-config';

/**
 * Whether a key was used within the window that was asked about. `unknown` wherever what would tell is missing, is not
 * allowed, or does not cover the window: it never counts as `unused`.
 */
export type UsageState = 'in-use' | 'unused' | 'unknown';

/**
 * Where the answer comes from:
 * `last-usage` KMS's own record of the last successful cryptographic operation (GetKeyLastUsage);
 * `cloudtrail` the calls that name the key (event history, or an event data store or Athena table beyond 90 days);
 * `grants` the grants that let others use it;
 * `resources` what is configured to be encrypted under it, in its account and Region.
 */
export type SourceName = 'last-usage' | 'cloudtrail' | 'grants' | 'resources';

/** What one source says. */
export interface UsageSource {
  readonly name: SourceName;
  readonly state: UsageState;
  /** Why it says so, in a sentence; of an `unknown`, what is missing and what would mend it. */
  readonly reason: string;
  /**
   * The stretch of time it speaks of, ISO; absent where it speaks of the present (grants, resources) or could not be
   * asked. `until` is before `asOf` by as much as the source lags.
   */
  readonly covers?: { readonly from: string; readonly until: string };
  /** Of `resources`: what could not be listed or read, by type. */
  readonly unsearched?: readonly Unsearched[];
}

/** A resource that is configured to be encrypted under the key. */
export interface EncryptedResource {
  /** The CloudFormation type, or what AWS calls it where CloudFormation has none (`EC2 snapshot`). */
  readonly type: string;
  readonly id: string;
  /** The property that names the key, names joined by dots. */
  readonly property: string;
}

/** A part of the search that could not be done: what it might have found is unknown. */
export interface Unsearched {
  /** The CloudFormation type, or what else was to be listed. */
  readonly type: string;
  readonly reason: string;
}

export interface KeyGrant {
  readonly id: string;
  readonly name?: string;
  readonly grantee: string;
  readonly operations: readonly string[];
  /** ISO. */
  readonly createdAt?: string;
}

/** Distinct values, most frequent first. A summary keeps a bounded number of them and counts the rest in `others`. */
export interface Tally {
  readonly top: readonly { readonly name: string; readonly calls: number; readonly last: string }[];
  /** Calls of values that came after the summary was full. */
  readonly others: number;
}

/** The calls CloudTrail holds about the key within the window. */
export interface CallSummary {
  /** Where they were looked up. */
  readonly from: 'event-history' | 'event-data-store' | 'athena';
  /** Cryptographic operations, the refused ones included: somebody needs the key whose call is refused. */
  readonly uses: number;
  /** Of the uses those that failed, by error code (`DisabledException` …). */
  readonly refused: Readonly<Record<string, number>>;
  /** Everything else: descriptions, policy and rotation changes, grants. */
  readonly administration: number;
  /** ISO; of a use. */
  readonly first?: string;
  readonly last?: string;
  /** Of the uses: the role or user, without its session. */
  readonly callers: Tally;
  readonly operations: Tally;
  /** The service through which the call came, `direct` where there was none. */
  readonly services: Tally;
  /** What the encryption context names: a bucket, a table, a secret … */
  readonly resources: Tally;
  /** Uses by day (UTC), oldest first; days without any are left out. */
  readonly days: readonly { readonly day: string; readonly uses: number; readonly refused: number }[];
}

/** Everything about the use of one key. */
export interface KeyUsage {
  /** The ARN of the key itself, whatever it was asked for by. */
  readonly arn: string;
  readonly keyId: string;
  readonly account: string;
  readonly region: string;
  /** KMS's own word: `Enabled`, `Disabled`, `PendingDeletion` …; `unknown` where the key may not be described. */
  readonly keyState: string;
  readonly manager: 'CUSTOMER' | 'AWS' | 'unknown';
  /** ISO; absent where the key may not be described. */
  readonly createdAt?: string;
  /** ISO; when it will be destroyed, of a key that is pending deletion. */
  readonly deletionAt?: string;
  /** Of a multi-Region key: each key of the set counts its use by itself, and each has to be asked. */
  readonly multiRegion?: { readonly role: 'PRIMARY' | 'REPLICA'; readonly others: readonly string[] };
  /** When it was asked, and since when a use counts. ISO. */
  readonly asOf: string;
  readonly since: string;
  /** `in-use` where any source says so, else `unknown` where any source does, else `unused`. */
  readonly verdict: UsageState;
  readonly sources: readonly UsageSource[];
  /** KMS's record, where it could be had. `at` is absent of a key that was not used since `trackedSince`. ISO. */
  readonly lastUsage?: {
    readonly at?: string;
    readonly operation?: string;
    readonly cloudTrailEventId?: string;
    readonly trackedSince: string;
  };
  readonly calls?: CallSummary;
  readonly grants?: readonly KeyGrant[];
  readonly aliases?: readonly string[];
  readonly resources?: readonly EncryptedResource[];
  /** What the answer does not cover, a sentence each: to be read before a key is destroyed. */
  readonly limits: readonly string[];
}

/** What is left to do, for a progress bar. */
export interface UsageProgress {
  readonly source: SourceName;
  readonly done: number;
  /** Absent where nobody knows. */
  readonly total?: number;
  /** In a few words. */
  readonly what: string;
}

/** Where calls older than the 90 days of the event history are looked up. */
export type LongTrail =
  | { readonly kind: 'event-data-store' /** Its ARN or id. */; readonly store: string }
  | {
      readonly kind: 'athena';
      readonly workgroup: string;
      /** `database.table`, or `catalog.database.table`, made as CloudTrail's pages say. */
      readonly table: string;
    };

export interface KeyUsageOptions extends AwsConfig {
  /** A key id, key ARN, alias name or alias ARN. */
  readonly key: string;
  /** Twelve digits: the account whose credentials these are. */
  readonly account: string;
  /** Since when a use counts; 90 days before now unless told. */
  readonly since?: Date;
  readonly trail?: LongTrail;
  /**
   * Types that somebody vouches for: where one of them cannot be listed or read, that alone does not make the answer
   * unknown. They are searched all the same, and the answer's limits name them.
   */
  readonly vouchedFor?: readonly string[];
  /** Whether resources are searched for, the longest part; they are unless told, and unknown where they are not. */
  readonly withResources?: boolean;
  /** How many types are searched at one time; 4 unless told. */
  readonly concurrency?: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly progress?: (now: UsageProgress) => void;
}

/**
 * Asks every source about one key. A source that cannot be asked is `unknown` with the reason, and the others are still
 * asked. The function is `keyUsage` in `usage.ts`.
 *
 * @throws UserError when there is no such key; LiveReadError when the endpoint does not answer or the work is aborted
 */
export type AskKeyUsage = (options: KeyUsageOptions) => Promise<KeyUsage>;

/** The one verdict of several sources; `unknown` where there is none. */
export function overall(sources: readonly Pick<UsageSource, 'state'>[]): UsageState {
  if (sources.some(({ state }) => state === 'in-use')) return 'in-use';
  if (sources.length === 0 || sources.some(({ state }) => state === 'unknown')) return 'unknown';
  return 'unused';
}
