import { RegionInfo } from 'aws-cdk-lib/region-info';
import { z } from 'zod';
import { partitionOf } from '../rules/partition';
import { type Mode, modes } from '../rules/remediation/remediation';
import { cryptoPolicies, cryptoPolicy, cryptoPolicyDate } from '../stacks/crypto-policy';
import { type EncryptionExclusion, encryptionExclusions } from '../stacks/in-transit';
import { BLOCK_DATA_CLASSES, BLOCK_NAMES, BLOCK_NEEDS, type BlockName, CORE_BLOCKS } from './blocks/names';
import { DECLARED_KEY_EXAMPLES, type DeclaredKey, type DeclaredKeyConfig, declaredKeysSchema } from './declared-keys';
import { names } from './names';
import { type RemediationConfig, remediationDefaults } from './remediation/settings';

/** A GitHub repository through AWS CodeConnections. */
export interface GitHubSource {
  readonly kind: 'github';
  /** The user or organisation that owns the repository. */
  readonly owner: string;
  readonly repo: string;
  /** The branch whose pushes start the pipeline. Default `main`. */
  readonly branch?: string;
  /** The connection, once made and confirmed in the console (Developer Tools → Settings → Connections). */
  readonly connectionArn: string;
  /** Which files start it, as glob patterns. Default: all. */
  readonly paths?: PathFilter;
}

/**
 * Glob patterns of the files whose change starts the pipeline, up to eight each; a push that changes excluded files
 * only starts nothing. https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
 */
export interface PathFilter {
  readonly includes?: readonly string[];
  readonly excludes?: readonly string[];
}

/** An AWS CodeCommit repository in the pipeline's account and region. */
export interface CodeCommitSource {
  readonly kind: 'codecommit';
  readonly repository: string;
  /** Default `main`. */
  readonly branch?: string;
}

/**
 * A zipped checkout in a versioned S3 bucket of the pipeline's account and region. The bucket must send its events to
 * EventBridge: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html
 */
export interface S3Source {
  readonly kind: 's3';
  readonly bucket: string;
  /** The object's key; it is a zip file. */
  readonly key: string;
}

/** A VPC of the pipeline's account and region that the builds run in. It must let them reach npm and AWS. */
export interface VpcConfig {
  readonly vpcId: string;
  /** Private subnets with a way out: a build gets no public address. */
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** How many vulnerabilities of a severity the source may have before the pipeline stops; no limit where none is given. */
export interface InspectorConfig {
  /** Default 0: the first one stops it. */
  readonly critical?: number;
  readonly high?: number;
  readonly medium?: number;
  readonly low?: number;
}

/** The account and region of the pipeline itself, and how its builds run. */
export interface PipelineConfig {
  readonly account: string;
  readonly region: string;
  /** Without it the builds run in CodeBuild's own network. */
  readonly vpc?: VpcConfig;
  /** Has Amazon Inspector scan the source before anything is deployed. Billed per scan. */
  readonly inspector?: InspectorConfig;
}

/** Where one environment lives and what it takes to enter it. Their order is the order of promotion. */
export interface EnvironmentConfig {
  /** Part of stack, role and key names: lower-case letters, digits and `-`. */
  readonly name: string;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** Whether a person must approve the promotion into it. */
  readonly approval: boolean;
  /** `customer-key` (the default) demands keys of your own; `encrypted` takes AWS's keys too. */
  readonly profile?: 'encrypted' | 'customer-key';
  /** Where it is reached from the internet: the block `edge` needs it. */
  readonly edge?: EnvironmentEdge;
}

/** The name of an environment on the internet. */
export interface EnvironmentEdge {
  /** `orders.example.com`; its API is at `api.` below it, its load balancer at `internal.`. */
  readonly domain: string;
  /**
   * The public hosted zone in Route 53, of the environment's account, that answers for the domain. Certificates are
   * validated there. The local account, and it alone, makes one.
   */
  readonly hostedZoneId?: string;
  /**
   * A certificate for the domain in us-east-1, where CloudFront looks for it: needed where the environment is in another
   * region, since its stacks and its permissions end there.
   */
  readonly certificateArn?: string;
  /** The date by which TLS policies are chosen, of `stacks/crypto-policy.ts`: environments move one after the other. */
  readonly cryptoPolicy?: string;
}

/** What the network of every environment has besides what costs nothing. Prices: docs/blocks/network.md. */
export interface NetworkConfig {
  /** AWS services reached by interface endpoints: `['kms', 'secretsmanager']`. Billed by the hour and zone. */
  readonly interfaceEndpoints?: readonly string[];
  /** VPC encryption controls: traffic that nobody encrypts is told of (`monitor`) or refused (`enforce`). Default `off`. */
  readonly encryption?: 'off' | 'monitor' | 'enforce';
  /** What may stay all the same where encryption is enforced. */
  readonly exclusions?: readonly EncryptionExclusion[];
  /** A site-to-site VPN to a device of yours. */
  readonly vpn?: {
    /** Its public IPv4 address. */
    readonly peerAddress: string;
    readonly peerAsn?: number;
    /** CIDR blocks behind it, in place of BGP. */
    readonly staticRoutes?: readonly string[];
  };
}

/** What the edge of every environment has besides its site and its API. Prices: docs/blocks/edge.md. */
export interface EdgeConfig {
  /** An Application Load Balancer in the network, for targets of yours. Default false. */
  readonly loadBalancer?: boolean;
  /** Its clients show a certificate of one of these authorities: a bundle of PEM files in S3. */
  readonly clientAuthorities?: { readonly bucketName: string; readonly key: string };
  /** AWS Shield Advanced protects the site; the account must be subscribed to it. Default false. */
  readonly shield?: boolean;
}

/** An organization in AWS Organizations, and how far the guardrails reach in it. */
export interface OrganizationConfig {
  /** `o-…` */
  readonly id: string;
  /** The management account: it makes the policies, and no policy binds it. */
  readonly managementAccount: string;
  /** The account that runs StackSets, AWS Config's packs and the aggregator for all others. */
  readonly delegatedAdministrator: string;
  /** The root (`r-…`) or the organizational units (`ou-…`) with the accounts to guard. */
  readonly rootOrOuIds: readonly string[];
  /** Units that get every change first; they are not below one of `rootOrOuIds`. Default none. */
  readonly canaryOuIds?: readonly string[];
  /** The regions to guard. The stacks of the organization itself are in the first. */
  readonly regions: readonly string[];
  /**
   * Roles, by name or ARN pattern, that no service control policy binds: the one that bootstraps, and the one for
   * emergencies.
   */
  readonly breakGlass: readonly string[];
  /** Where the policies are attached: at the canaries alone (the default where there are any), or everywhere. */
  readonly policies?: 'canary' | 'everywhere';
}

/** An organization with its defaults filled in; the roles are ARN patterns. */
export type Organization = Required<OrganizationConfig>;

/** How AWS trusts the GitHub Actions of the repository in `source`. */
export interface GitHubActionsConfig {
  /** IAM allows one OIDC provider of GitHub per account: `create` it here (default) or `adopt` the one that is there. */
  readonly oidcProvider?: 'create' | 'adopt';
  /**
   * The numbers of the owner and the repository: `gh api repos/OWNER/REPO --jq '.owner.id, .id'`. A repository made or
   * renamed since 2026-07-15 has them in the subject of its tokens, and needs them here; an older one has not, unless its
   * owner switched that on. https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
   */
  readonly ids?: { readonly owner: number; readonly repository: number };
}

/** What a fork says about itself, in `cipherline.config.ts`. */
export interface CipherlineConfig {
  /** The first part of every stack, role and key name. Default `cipherline`. */
  readonly name?: string;
  readonly source: GitHubSource | CodeCommitSource | S3Source;
  readonly pipeline: PipelineConfig;
  readonly environments: readonly EnvironmentConfig[];
  /**
   * The building blocks that every environment consists of (`pipeline/blocks/`). CloudFormation's role may make what
   * these need and nothing else. Default: the network, the five core services and their trail.
   */
  readonly blocks?: readonly BlockName[];
  readonly network?: NetworkConfig;
  readonly edge?: EdgeConfig;
  /** Further classes of data that get a key of their own in each environment: name → what it is for. */
  readonly dataClasses?: Readonly<Record<string, string>>;
  readonly keys?: {
    /** How often KMS rotates the key material, in days (90 to 2560). Default 365. */
    readonly rotationDays?: number;
    /**
     * IAM roles, by name or ARN, that administer the keys. They alone may then disable a key or schedule its
     * deletion. Without any, that is left to the account's IAM policies. A role without an ARN is looked for in the
     * account of the key.
     */
    readonly administrators?: readonly string[];
    /** How a key goes: `cipherline keys retire`, docs/key-retirement.md. */
    readonly retirement?: {
      /** For how many days nobody may have used it (1 to 90). Default 90. */
      readonly unusedDays?: number;
      /** For how many days it then lies disabled, watched, before its deletion is scheduled (1 to 60). Default 30. */
      readonly watchDays?: number;
    };
    /** Further keys of each environment, by name: for signing, for a MAC, with material of your own … docs/blocks/keys.md */
    readonly declared?: Readonly<Record<string, DeclaredKeyConfig>>;
  };
  /** AWS Config allows one recorder per region: `create` it here (default) or `adopt` the one that is there. */
  readonly recorder?: 'create' | 'adopt';
  /**
   * Where that differs: account, or account and region → `create` or `adopt`. An account that is enrolled in Control
   * Tower has a recorder; a new one beside it has none.
   */
  readonly recorderIn?: Readonly<Record<string, 'create' | 'adopt'>>;
  /**
   * Each environment's own CloudTrail trail: `create` it (default), or `adopt` the organization's, and leave the
   * block `cloudtrail` out. Only a trail of one's own records who reads the objects of the environment's buckets.
   */
  readonly trail?: 'create' | 'adopt';
  /**
   * GitHub Actions deploys too, by `.github/workflows/cipherline.yml` (`npm run workflow`): the bootstrap then makes a role
   * per environment that a job of that GitHub environment, and nothing else, can take.
   */
  readonly githubActions?: GitHubActionsConfig;
  /** What watches the accounts, where no push can edit it. */
  readonly controls?: {
    /**
     * The CloudFormation Hook, which judges what is about to be made, by the pipeline or by anybody: `fail` (default)
     * stops it, `warn` lets it through with a warning, `off` makes no Hook.
     */
    readonly hook?: 'fail' | 'warn' | 'off';
    /** How much is demanded of the whole account. Default `default`: customer keys for the five core services. */
    readonly profile?: 'encrypted' | 'customer-key' | 'default';
    /** One view of all accounts, in the pipeline's: of those named here, or of the whole organization. Default `none`. */
    readonly aggregator?: 'none' | 'accounts' | 'organization';
    /** Identifiers of AWS Config managed rules that a region of yours lacks; our own rule judges in their place. */
    readonly withoutRules?: readonly string[];
  };
  /** Who hears of failed stages, waiting approvals and findings. */
  readonly notifications?: {
    readonly email?: readonly string[];
    /** A channel of Amazon Q Developer in chat applications; authorise the workspace in its console first. */
    readonly slack?: { readonly workspaceId: string; readonly channelId: string };
  };
  /** The organization whose accounts get the guardrails: `bootstrap/organization.ts`. */
  readonly organization?: OrganizationConfig;
  /** The file of accepted exceptions. Default `waivers.json`. */
  readonly waiverFile?: string;
  /** What is done about findings on deployed resources. Without it people are told, and nothing is touched. */
  readonly remediation?: {
    /** `notify` (the default) tells people; `enable` mends in place; `quarantine` also keeps from use what cannot be mended. */
    readonly mode?: Mode;
    /** Another mode for one directive, by its id. */
    readonly perDirective?: Readonly<Record<string, Mode>>;
    /** How many resources one run may change. Default 10. */
    readonly limit?: number;
    /** Types that may also be changed through Cloud Control; each adds to the function's role what its handler needs. */
    readonly types?: readonly string[];
    /** Names of further stacks that may be touched, `*` for any text. Default: those of the environments alone. */
    readonly stacks?: readonly string[];
    /** ARNs of the principals that a quarantine does not lock out, `*` for any text. */
    readonly breakGlass?: readonly string[];
    /** The data class whose key a type takes: CloudFormation type → class. */
    readonly dataClasses?: Readonly<Record<string, string>>;
  };
  readonly verify?: {
    /** How many resources are read back at once. Default 8. */
    readonly concurrency?: number;
    /**
     * How long a verification of real AWS waits for AWS Config to record and evaluate what was deployed: `'15m'` (the
     * default), `'90s'`; at most `'45m'`, for the build it runs in ends after an hour. `'never'`: AWS Config is not asked.
     */
    readonly waitForConfig?: string;
    /** Whether a promotion stops where AWS Config has not come to a resource in that time. Default `stop`. */
    readonly recorderLag?: 'stop' | 'promote';
  };
  /**
   * How often each environment is read back, and compared with its templates, between deployments: `rate(…)` or
   * `cron(…)` of EventBridge Scheduler. Default `rate(1 day)`; `false` for never.
   */
  readonly drift?: { readonly schedule: string } | false;
}

/** An environment with its defaults filled in. */
export type Environment = Required<Omit<EnvironmentConfig, 'edge'>> & Pick<EnvironmentConfig, 'edge'>;

/** The configuration with its defaults filled in: what every other module reads. */
export interface Config {
  readonly name: string;
  readonly source:
    | (Required<Omit<GitHubSource, 'paths'>> & Pick<GitHubSource, 'paths'>)
    | Required<CodeCommitSource>
    | S3Source;
  readonly pipeline: Omit<PipelineConfig, 'inspector'> & {
    readonly inspector?: InspectorConfig & { readonly critical: number };
  };
  readonly environments: readonly Environment[];
  readonly blocks: readonly BlockName[];
  readonly network: NetworkConfig & Required<Pick<NetworkConfig, 'interfaceEndpoints' | 'encryption' | 'exclusions'>>;
  readonly edge: EdgeConfig & Required<Pick<EdgeConfig, 'loadBalancer' | 'shield'>>;
  /** All data classes: the four the stacks use, and the fork's own. */
  readonly dataClasses: Readonly<Record<string, string>>;
  readonly keys: {
    readonly rotationDays: number;
    readonly administrators: readonly string[];
    readonly retirement: { readonly unusedDays: number; readonly watchDays: number };
    readonly declared: Readonly<Record<string, DeclaredKey>>;
  };
  readonly recorder: 'create' | 'adopt';
  readonly recorderIn: Readonly<Record<string, 'create' | 'adopt'>>;
  readonly trail: 'create' | 'adopt';
  readonly githubActions?: {
    readonly oidcProvider: 'create' | 'adopt';
    readonly ids?: { readonly owner: number; readonly repository: number };
  };
  readonly controls: {
    readonly hook: 'fail' | 'warn' | 'off';
    readonly profile: 'encrypted' | 'customer-key' | 'default';
    readonly aggregator: 'none' | 'accounts' | 'organization';
    readonly withoutRules: readonly string[];
  };
  readonly notifications: {
    readonly email: readonly string[];
    readonly slack?: { readonly workspaceId: string; readonly channelId: string };
  };
  readonly organization?: Organization;
  readonly waiverFile: string;
  readonly remediation: RemediationConfig;
  readonly verify: {
    readonly concurrency: number;
    /** Seconds. */
    readonly waitForConfig: number | 'never';
    readonly recorderLag: 'stop' | 'promote';
  };
  readonly drift: { readonly schedule: string } | false;
}

/** The data classes the stacks of this template use; each gets its own key in each environment. */
export const CORE_DATA_CLASSES = {
  storage: 'objects and volumes: S3, EBS',
  database: 'tables and databases: DynamoDB, RDS',
  logs: 'audit and log records: CloudTrail, CloudWatch Logs',
  secrets: 'credentials: Secrets Manager',
} as const;

/** The account that stands in `cipherline.config.ts` before a fork names its own, and that a local account has. */
export const PLACEHOLDER_ACCOUNT = '000000000000';

/** A configuration that cannot be used. `problems` has one line per field, each with an example of a right value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`cipherline.config.ts is not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** Gives `cipherline.config.ts` its types; the values are judged by {@link validateConfig} when it is loaded. */
export function defineConfig(config: CipherlineConfig): CipherlineConfig {
  return config;
}

/** What a right value looks like, by field; a list index is `[]`. */
const EXAMPLES: Readonly<Record<string, string>> = {
  name: "'cipherline'",
  source: "{ kind: 'github', owner: 'octo', repo: 'orders', connectionArn: 'arn:aws:codeconnections:…' }",
  'source.kind': "'github', 'codecommit' or 's3'",
  'source.owner': "'octo'",
  'source.repo': "'orders'",
  'source.branch': "'main'",
  'source.connectionArn':
    "'arn:aws:codeconnections:us-east-1:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef'",
  'source.paths': "{ excludes: ['docs/**'] }",
  'source.paths.includes': "['stacks/**']",
  'source.paths.includes[]': "'stacks/**'",
  'source.paths.excludes': "['docs/**']",
  'source.paths.excludes[]': "'docs/**'",
  'source.repository': "'orders'",
  'source.bucket': "'orders-source'",
  'source.key': "'source.zip'",
  pipeline: "{ account: '111122223333', region: 'us-east-1' }",
  'pipeline.account': "'111122223333'",
  'pipeline.region': "'us-east-1'",
  'pipeline.vpc':
    "{ vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'], securityGroupIds: ['sg-0123456789abcdef0'] }",
  'pipeline.vpc.vpcId': "'vpc-0123456789abcdef0'",
  'pipeline.vpc.subnetIds': "['subnet-0123456789abcdef0']",
  'pipeline.vpc.subnetIds[]': "'subnet-0123456789abcdef0'",
  'pipeline.vpc.securityGroupIds': "['sg-0123456789abcdef0']",
  'pipeline.vpc.securityGroupIds[]': "'sg-0123456789abcdef0'",
  'pipeline.inspector': '{ critical: 0 }',
  'pipeline.inspector.critical': '0',
  'pipeline.inspector.high': '0',
  'pipeline.inspector.medium': '10',
  'pipeline.inspector.low': '100',
  environments: "[{ name: 'beta', account: '111122223333', region: 'us-east-1', approval: false }]",
  'environments[]': "{ name: 'beta', account: '111122223333', region: 'us-east-1', approval: false }",
  'environments[].name': "'beta'",
  'environments[].account': "'111122223333'",
  'environments[].region': "'us-east-1'",
  'environments[].approval': 'true',
  'environments[].profile': "'customer-key' or 'encrypted'",
  'environments[].edge': "{ domain: 'orders.your-company.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ' }",
  'environments[].edge.domain': "'orders.your-company.com'",
  'environments[].edge.hostedZoneId': "'Z0123456789ABCDEFGHIJ'",
  'environments[].edge.certificateArn':
    "'arn:aws:acm:us-east-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef'",
  'environments[].edge.cryptoPolicy': `'${cryptoPolicyDate}'`,
  'network.interfaceEndpoints[]': "'kms'",
  'network.encryption': "'off', 'monitor' or 'enforce'",
  'network.exclusions': "['virtualPrivateGateway']",
  'network.exclusions[]': encryptionExclusions.map((name) => `'${name}'`).join(', '),
  'network.vpn': "{ peerAddress: '203.0.113.7' }",
  'network.vpn.peerAddress': "'203.0.113.7'",
  'network.vpn.peerAsn': '65000',
  'network.vpn.staticRoutes[]': "'192.168.0.0/16'",
  'edge.clientAuthorities': "{ bucketName: 'authorities', key: 'clients.pem' }",
  blocks: "['network', 'rds', 's3']",
  'blocks[]': `${BLOCK_NAMES.map((name) => `'${name}'`).join(', ')}; one of your own, once pipeline/blocks/names.ts has it`,
  dataClasses: "{ health: 'patient records' }",
  'keys.rotationDays': '365',
  'keys.administrators': "['KeyAdministrators']",
  'keys.retirement': '{ watchDays: 30 }',
  'keys.retirement.unusedDays': '90',
  'keys.retirement.watchDays': '30',
  'keys.administrators[]': "'KeyAdministrators' or 'arn:aws:iam::111122223333:role/KeyAdministrators'",
  ...DECLARED_KEY_EXAMPLES,
  recorder: "'create' or 'adopt'",
  recorderIn: "{ '111122223333/us-east-1': 'adopt' }",
  trail: "'create' or 'adopt'",
  githubActions: "{ oidcProvider: 'create', ids: { owner: 1234567, repository: 7654321 } }",
  'githubActions.oidcProvider': "'create' or 'adopt'",
  'githubActions.ids': '{ owner: 1234567, repository: 7654321 }',
  'githubActions.ids.owner': '1234567',
  'githubActions.ids.repository': '7654321',
  'controls.hook': "'fail', 'warn' or 'off'",
  'controls.profile': "'default', 'customer-key' or 'encrypted'",
  'controls.aggregator': "'none', 'accounts' or 'organization'",
  'controls.withoutRules': "['DAX_ENCRYPTION_ENABLED']",
  'controls.withoutRules[]': "'DAX_ENCRYPTION_ENABLED'",
  'notifications.email': "['team@example.com']",
  'notifications.email[]': "'team@example.com'",
  'notifications.slack': "{ workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' }",
  'notifications.slack.workspaceId': "'T0123ABCD'",
  'notifications.slack.channelId': "'C0123ABCD'",
  organization:
    "{ id: 'o-a1b2c3d4e5', managementAccount: '111122223333', delegatedAdministrator: '444455556666', rootOrOuIds: ['r-ab12'], regions: ['us-east-1'], breakGlass: ['BreakGlass'] }",
  'organization.id': "'o-a1b2c3d4e5'",
  'organization.managementAccount': "'111122223333'",
  'organization.delegatedAdministrator': "'444455556666'",
  'organization.rootOrOuIds': "['r-ab12'] or ['ou-ab12-11111111', 'ou-ab12-22222222']",
  'organization.rootOrOuIds[]': "'r-ab12' or 'ou-ab12-11111111'",
  'organization.canaryOuIds': "['ou-ab12-33333333']",
  'organization.canaryOuIds[]': "'ou-ab12-33333333'",
  'organization.regions': "['us-east-1', 'eu-central-1']",
  'organization.regions[]': "'us-east-1'",
  'organization.breakGlass': "['BreakGlass']",
  'organization.breakGlass[]': "'BreakGlass' or 'arn:aws:iam::*:role/BreakGlass'",
  'organization.policies': "'canary' or 'everywhere'",
  waiverFile: "'waivers.json'",
  remediation: "{ mode: 'enable', perDirective: { 'kms-key-enabled': 'notify' } }",
  'remediation.mode': "'notify', 'enable' or 'quarantine'",
  'remediation.limit': '10',
  'remediation.types': "['AWS::Kinesis::Stream']",
  'remediation.types[]': "'AWS::Kinesis::Stream'",
  'remediation.stacks': "['orders-*']",
  'remediation.breakGlass': "['arn:aws:iam::111122223333:role/BreakGlass']",
  'remediation.breakGlass[]': "'arn:aws:iam::111122223333:role/BreakGlass'",
  'remediation.dataClasses': "{ 'AWS::SQS::Queue': 'messages' }",
  'verify.concurrency': '8',
  'verify.waitForConfig': "'15m' or 'never'",
  'verify.recorderLag': "'stop' or 'promote'",
  drift: "{ schedule: 'rate(1 day)' } or false",
  'drift.schedule': "'rate(1 day)' or 'cron(0 6 * * ? *)'",
};

const REGIONS: ReadonlySet<string> = new Set(RegionInfo.regions.map((region) => region.name));
/** Names that would make an environment's stacks clash with the bootstrap's own, as does what begins so and with a dash. */
const RESERVED = new Set([
  'all',
  'assets',
  'bootstrap',
  'build',
  'controls',
  'drift',
  'github',
  'guardrails',
  'keys',
  'organization',
  'pipeline',
  'remediation',
  'service',
]);

/** A string that must match, with words for what is wrong when it does not. */
function word(pattern: RegExp, wrong: (value: unknown) => string) {
  return z.string().refine((value) => pattern.test(value), { error: (issue) => wrong(issue.input) });
}

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(JSON.stringify(value)));

const account = word(/^\d{12}$/, (value) => `${show(value)} is not an AWS account number: twelve digits, in quotes`);
const region = z
  .string()
  .refine((value) => REGIONS.has(value), { error: (issue) => `${show(issue.input)} is not an AWS region` });
const branch = word(/^[^\s:~^?*[\\]+$/, (value) => `${show(value)} is not a branch name`).default('main');

/** Patterns of one filter: CodePipeline takes eight at most, of up to 255 characters each. */
const globs = z
  .array(word(/^.{1,255}$/, (value) => `${show(value)} is not a pattern: 1 to 255 characters`))
  .min(1, { error: 'is empty: leave it out instead' })
  .max(8, { error: 'has more than eight patterns' });
const idOf = (prefix: string) =>
  word(
    new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
    (value) => `${show(value)} is not an id of the form ${prefix}-…`,
  );
const threshold = z.int().min(0);

/** The longest wait for AWS Config, in seconds: the build that waits is stopped after an hour. */
const LONGEST_WAIT = 45 * 60;

/**
 * A duration in words, in seconds; `undefined` where it is none, or longer than a verification may wait.
 *
 * @param text `'90s'`, `'15m'`, `'1h'` or `'never'`.
 */
export function parseWait(text: string): number | 'never' | undefined {
  if (text === 'never') return text;
  const [, amount, unit] = /^(\d{1,5})([smh])$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const seconds = Number(amount) * (unit === 'h' ? 3_600 : unit === 'm' ? 60 : 1);
  return seconds <= LONGEST_WAIT ? seconds : undefined;
}

const source = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('github'),
    owner: word(/^[A-Za-z0-9][A-Za-z0-9-]*$/, (value) => `${show(value)} is not a GitHub user or organisation`),
    repo: word(/^[\w.-]+$/, (value) => `${show(value)} is not a repository name`),
    branch,
    connectionArn: word(
      /^arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection\/[0-9a-f-]{36}$/,
      (value) => `${show(value)} is not the ARN of a CodeConnections connection`,
    ),
    paths: z.strictObject({ includes: globs.exactOptional(), excludes: globs.exactOptional() }).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('codecommit'),
    repository: word(/^[\w.-]{1,100}$/, (value) => `${show(value)} is not a CodeCommit repository name`),
    branch,
  }),
  z.strictObject({
    kind: z.literal('s3'),
    bucket: word(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, (value) => `${show(value)} is not a bucket name`),
    key: word(/\.zip$/, (value) => `${show(value)} is not the key of a zip file`),
  }),
]);

const githubId = z.int().refine((id) => id > 0, {
  error: (issue) => `${show(issue.input)} is not a number GitHub gives`,
});

/** Names that stand for no one: https://www.rfc-editor.org/rfc/rfc2606 */
const DOCUMENTATION = /(^|\.)(example\.(com|net|org)|example|test|invalid|localhost)$/;

const edge = z.strictObject({
  domain: word(
    /^(?=.{4,48}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/,
    (value) => `${show(value)} is not a domain name in lower case, of up to 48 characters`,
  ),
  hostedZoneId: word(/^Z[A-Z0-9]{5,31}$/, (value) => `${show(value)} is not the id of a hosted zone`).exactOptional(),
  certificateArn: word(
    /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]{36}$/,
    (value) => `${show(value)} is not the ARN of a certificate in us-east-1`,
  ).exactOptional(),
  cryptoPolicy: z
    .string()
    .refine((date) => isPolicyDate(date), {
      error: (issue) => `${show(issue.input)} is no date since ${cryptoPolicies[0]?.from}`,
    })
    .exactOptional(),
});

function isPolicyDate(date: string): boolean {
  try {
    cryptoPolicy(date);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const cidr = word(
  /^(\d{1,3}\.){3}\d{1,3}\/([0-9]|[12][0-9]|3[0-2])$/,
  (value) => `${show(value)} is not an IPv4 network in CIDR notation`,
);

const network = z
  .strictObject({
    interfaceEndpoints: z
      .array(word(/^[a-z0-9][a-z0-9.-]{1,62}$/, (value) => `${show(value)} is not the name of a service`))
      .default([]),
    encryption: z.enum(['off', 'monitor', 'enforce']).default('off'),
    exclusions: z.array(z.enum(encryptionExclusions)).default([]),
    vpn: z
      .strictObject({
        peerAddress: z.ipv4({ error: (issue) => `${show(issue.input)} is not an IPv4 address` }),
        peerAsn: z.int().min(1).max(4_294_967_294).exactOptional(),
        staticRoutes: z.array(cidr).min(1, { error: 'is empty: leave it out instead' }).exactOptional(),
      })
      .exactOptional(),
  })
  .superRefine(({ encryption, exclusions, vpn }, context) => {
    const wrong = (message: string): void => context.addIssue({ code: 'custom', path: ['exclusions'], message });
    if (encryption !== 'enforce' && exclusions.length > 0) wrong("are of encryption: 'enforce' alone");
    // Outside AWS's network the tunnel encrypts, not AWS: it must be said.
    if (encryption === 'enforce' && vpn && !exclusions.includes('virtualPrivateGateway'))
      wrong("a VPN comes through a virtual private gateway, which encryption: 'enforce' refuses unless it is excluded");
  });

const environment = z.strictObject({
  name: word(
    /^[a-z][a-z0-9-]{0,15}$/,
    (value) => `${show(value)} is not an environment name: a letter, then up to 15 of a-z, 0-9 and -`,
  ).refine((value) => ![...RESERVED].some((one) => value === one || value.startsWith(`${one}-`)), {
    error: (issue) => `${show(issue.input)} is a name the bootstrap stacks use themselves`,
  }),
  account,
  region,
  approval: z.boolean(),
  profile: z.enum(['encrypted', 'customer-key']).default('customer-key'),
  edge: edge.exactOptional(),
});

const unit = word(
  /^ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
  (value) => `${show(value)} is not the id of an organizational unit`,
);

const days = (least: number, most: number) =>
  z.int().refine((amount) => amount >= least && amount <= most, {
    error: (issue) => `${show(issue.input)} is not between ${least} and ${most} days`,
  });

const organization = z
  .strictObject({
    id: word(/^o-[a-z0-9]{10,32}$/, (value) => `${show(value)} is not the id of an organization`),
    managementAccount: account,
    delegatedAdministrator: account,
    rootOrOuIds: z
      .array(
        word(
          /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$/,
          (value) => `${show(value)} is not the id of a root or of an organizational unit`,
        ),
      )
      .min(1, { error: 'at least one root or organizational unit is needed' }),
    canaryOuIds: z.array(unit).default([]),
    regions: z.array(region).min(1, { error: 'at least one region is needed' }),
    breakGlass: z
      .array(
        word(
          /^(arn:aws[a-z-]*:iam::(\*|\d{12}):role\/)?(?=.*[A-Za-z0-9])[\w+=,.@/*-]+$/,
          (value) => `${show(value)} is not the name or the ARN pattern of an IAM role`,
        ),
      )
      .min(1, { error: 'without a role that the policies do not bind, nobody can mend what they break' }),
    policies: z.enum(['canary', 'everywhere']).optional(),
  })
  .superRefine(
    ({ managementAccount, delegatedAdministrator, rootOrOuIds, canaryOuIds, regions, policies }, context) => {
      const wrong = (path: (string | number)[], message: string): void =>
        context.addIssue({ code: 'custom', path, message });
      if (delegatedAdministrator === managementAccount)
        wrong(['delegatedAdministrator'], 'is the management account, which no policy binds: take another account');
      for (const [field, list] of Object.entries({ rootOrOuIds, canaryOuIds, regions }))
        for (const [index, one] of list.entries())
          if (list.indexOf(one) < index) wrong([field, index], `'${one}' stands there twice`);
      for (const [index, one] of canaryOuIds.entries()) {
        if (rootOrOuIds.includes(one)) wrong(['canaryOuIds', index], `'${one}' is also one of rootOrOuIds`);
        if (rootOrOuIds.some((other) => other.startsWith('r-')))
          wrong(['canaryOuIds', index], `'${one}' is below the root: name units in rootOrOuIds instead of it`);
      }
      const [first = ''] = regions;
      for (const [index, one] of regions.entries())
        if (partitionOf(one) !== partitionOf(first))
          wrong(['regions', index], `'${one}' is not in the partition of '${first}'`);
      if (policies === 'canary' && canaryOuIds.length === 0)
        wrong(['policies'], "is 'canary', and canaryOuIds names none");
    },
  );

const schema = z.strictObject({
  name: word(
    /^[a-z][a-z0-9-]{0,19}$/,
    (value) => `${show(value)} cannot start resource names: a letter, then up to 19 of a-z, 0-9 and -`,
  ).default('cipherline'),
  source,
  pipeline: z.strictObject({
    account,
    region,
    vpc: z
      .strictObject({
        vpcId: idOf('vpc'),
        // What CodeBuild takes: https://docs.aws.amazon.com/codebuild/latest/APIReference/API_VpcConfig.html
        subnetIds: z.array(idOf('subnet')).min(1, { error: 'at least one is needed' }).max(16),
        securityGroupIds: z.array(idOf('sg')).min(1, { error: 'at least one is needed' }).max(5),
      })
      .exactOptional(),
    inspector: z
      .strictObject({
        critical: threshold.default(0),
        high: threshold.exactOptional(),
        medium: threshold.exactOptional(),
        low: threshold.exactOptional(),
      })
      .exactOptional(),
  }),
  environments: z
    .array(environment)
    .min(1, { error: 'at least one environment is needed' })
    .superRefine((environments, context) => {
      const first = new Map<string, number>();
      for (const [index, { name }] of environments.entries()) {
        const before = first.get(name);
        if (before === undefined) first.set(name, index);
        else
          context.addIssue({
            code: 'custom',
            path: [index, 'name'],
            message: `'${name}' is also the name of environments[${before}]`,
          });
      }
    }),
  blocks: z
    .array(z.enum(BLOCK_NAMES))
    .min(1, { error: 'at least one block is needed' })
    .superRefine((blocks, context) => {
      for (const [index, name] of blocks.entries()) {
        const wrong = (message: string): void => context.addIssue({ code: 'custom', path: [index], message });
        if (blocks.indexOf(name) < index) wrong(`'${name}' stands there twice`);
        for (const other of BLOCK_NEEDS[name] ?? [])
          if (!blocks.includes(other)) wrong(`'${name}' needs the block '${other}'`);
      }
    })
    .default([...CORE_BLOCKS]),
  network: network.prefault({}),
  edge: z
    .strictObject({
      loadBalancer: z.boolean().default(false),
      clientAuthorities: z
        .strictObject({ bucketName: z.string().min(3), key: z.string().min(1, { error: 'the key is empty' }) })
        .exactOptional(),
      shield: z.boolean().default(false),
    })
    .prefault({}),
  dataClasses: z
    .record(
      word(
        /^[a-z][a-z0-9-]{0,19}$/,
        (value) => `${show(value)} is not a class name: a letter, then up to 19 of a-z, 0-9 and -`,
      ),
      z.string().min(1, { error: 'the description is empty' }),
    )
    .default({}),
  keys: z
    .strictObject({
      rotationDays: z
        .int()
        .refine((days) => days >= 90 && days <= 2560, {
          error: (issue) => `${show(issue.input)} is outside what KMS allows: 90 to 2560 days`,
        })
        .default(365),
      administrators: z
        .array(
          word(
            /^(arn:aws[a-z-]*:iam::\d{12}:role\/)?[\w+=,.@/-]+$/,
            (value) => `${show(value)} is not the name or the ARN of an IAM role`,
          ),
        )
        .default([]),
      retirement: z
        .strictObject({
          // The event history of CloudTrail reaches back 90 days: what is older cannot be told.
          unusedDays: days(1, 90).default(90),
          watchDays: days(1, 60).default(30),
        })
        .prefault({}),
      declared: declaredKeysSchema({ word, region, show }),
    })
    .prefault({}),
  recorder: z.enum(['create', 'adopt']).default('create'),
  recorderIn: z
    .record(
      word(/^\d{12}(\/[a-z0-9-]+)?$/, (value) => `${show(value)} is not a place: an account number, or account/region`),
      z.enum(['create', 'adopt']),
    )
    .default({}),
  trail: z.enum(['create', 'adopt']).default('create'),
  githubActions: z
    .strictObject({
      oidcProvider: z.enum(['create', 'adopt']).default('create'),
      ids: z.strictObject({ owner: githubId, repository: githubId }).exactOptional(),
    })
    .exactOptional(),
  controls: z
    .strictObject({
      hook: z.enum(['fail', 'warn', 'off']).default('fail'),
      profile: z.enum(['encrypted', 'customer-key', 'default']).default('default'),
      aggregator: z.enum(['none', 'accounts', 'organization']).default('none'),
      withoutRules: z
        .array(word(/^[A-Z][A-Z0-9_]{3,127}$/, (value) => `${show(value)} is not the identifier of a managed rule`))
        .default([]),
    })
    .prefault({}),
  notifications: z
    .strictObject({
      email: z
        .array(word(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, (value) => `${show(value)} is not an e-mail address`))
        .default([]),
      slack: z
        .strictObject({
          workspaceId: word(/^T[A-Z0-9]{6,}$/, (value) => `${show(value)} is not a Slack workspace id`),
          channelId: word(/^[A-Z][A-Z0-9]{6,}$/, (value) => `${show(value)} is not a Slack channel id`),
        })
        .optional(),
    })
    .prefault({}),
  organization: organization.optional(),
  waiverFile: z.string().min(1, { error: 'the file name is empty' }).default('waivers.json'),
  remediation: z
    .strictObject({
      mode: z.enum(modes).default(remediationDefaults.mode),
      perDirective: z.record(z.string(), z.enum(modes)).default({}),
      limit: z
        .int()
        .refine((count) => count >= 1 && count <= 1_000, {
          error: (issue) => `${show(issue.input)} is not from 1 to 1000`,
        })
        .default(remediationDefaults.limit),
      types: z.array(word(/^\w+::\w+::\w+$/, (value) => `${show(value)} is not a CloudFormation type`)).default([]),
      stacks: z.array(z.string().min(1, { error: 'the name is empty' })).default([]),
      breakGlass: z
        .array(
          word(
            /^arn:aws[a-z-]*:(iam|sts)::(\d{12}|\*):[\w+=,.@/*-]+$/,
            (value) => `${show(value)} is not the ARN of a principal`,
          ),
        )
        .default([]),
      dataClasses: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
  verify: z
    .strictObject({
      concurrency: z
        .int()
        .refine((count) => count >= 1 && count <= 64, { error: (issue) => `${show(issue.input)} is not from 1 to 64` })
        .default(8),
      waitForConfig: z
        .string()
        .refine((text) => parseWait(text) !== undefined, {
          error: (issue) => `${show(issue.input)} is no time to wait: seconds, minutes or hours, at most 45m`,
        })
        .transform((text) => parseWait(text) ?? ('never' as const))
        .prefault('15m'),
      recorderLag: z.enum(['stop', 'promote']).default('stop'),
    })
    .prefault({}),
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
  drift: z
    .union([
      z.literal(false),
      z.strictObject({
        schedule: word(
          /^(rate\([1-9]\d{0,4} (minute|hour|day)s?\)|cron\(\S+( \S+){5}\))$/,
          (value) => `${show(value)} is not a schedule of EventBridge Scheduler`,
        ),
      }),
    ])
    .prefault({ schedule: 'rate(1 day)' }),
});

/**
 * Parses what a fork wrote into what the rest of the project reads.
 *
 * @throws ConfigError naming every field that is wrong, why, and what a right value looks like.
 */
export function validateConfig(value: unknown): Config {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (!parsed.success) throw new ConfigError(parsed.error.issues.flatMap(explain));
  const { notifications, dataClasses, organization, ...given } = parsed.data;
  const rest = { ...given, keys: { ...given.keys, declared: { ...keysOfBlocks(given), ...given.keys.declared } } };
  const clashes = declaredKeysThatClash(rest, { ...CORE_DATA_CLASSES, ...dataClasses });
  if (clashes.length > 0) throw new ConfigError(clashes);
  if (rest.githubActions && rest.source.kind !== 'github') {
    const example = EXAMPLES.source ?? '';
    throw new ConfigError([`githubActions: the source is no GitHub repository. For example source: ${example}`]);
  }
  const problems = [...prefixProblems(rest), ...edgeProblems(rest)];
  if (problems.length > 0) throw new ConfigError(problems);
  const { slack, email } = notifications;
  return {
    ...rest,
    ...(organization ? { organization: completed(organization) } : {}),
    dataClasses: Object.assign(
      { ...CORE_DATA_CLASSES },
      ...rest.blocks.map((block) => BLOCK_DATA_CLASSES[block]),
      dataClasses,
    ),
    notifications: slack ? { email, slack } : { email },
  };
}

/** A function that encrypts by itself uses a key by itself, and so no key of a data class, which is for services alone. */
const keysOfBlocks = ({ name, blocks }: Pick<Config, 'name' | 'blocks'>): Readonly<Record<string, DeclaredKey>> =>
  blocks.includes('client-side')
    ? {
        'client-side': {
          purpose: 'what the functions of the block client-side encrypt by themselves',
          spec: 'SYMMETRIC_DEFAULT',
          usage: 'ENCRYPT_DECRYPT',
          origin: 'AWS_KMS',
          users: [names(name).clientSideRole('{environment}')],
          services: [],
          actingServices: [],
          encryptionContext: {},
          grants: {},
        },
      }
    : {};

/** What a declared key has to do with the rest of the configuration. */
function declaredKeysThatClash(
  { keys, environments }: Pick<Config, 'keys' | 'environments'>,
  dataClasses: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(keys.declared).flatMap(([name, key]) => {
    const field = `keys.declared.${name}`;
    const own = environments.filter((environment) => key.environments?.includes(environment.name) ?? true);
    const unknown = (key.environments ?? []).filter((one) => !environments.some((other) => other.name === one));
    return [
      ...(name in dataClasses ? [`${field}: '${name}' is a data class, which has a key of that name`] : []),
      ...unknown.map((one) => `${field}.environments: there is no environment '${one}'`),
      ...(key.multiRegion ?? []).flatMap((replica) =>
        own.flatMap((environment) => [
          ...(environment.region === replica
            ? [`${field}.multiRegion: '${replica}' is where ${environment.name} has the primary`]
            : []),
          ...(partitionOf(environment.region) === partitionOf(replica)
            ? []
            : [`${field}.multiRegion: '${replica}' is not in the partition of ${environment.name}`]),
        ]),
      ),
    ];
  });
}

/** The roles of an environment may do what they may to all whose name begins as its own, and so to no sister's. */
function prefixProblems({ name, environments }: Pick<Config, 'name' | 'environments'>): string[] {
  const { prefix } = names(name);
  return environments.flatMap((one, index) =>
    environments
      .slice(0, index)
      .filter(
        (other) =>
          other.account === one.account &&
          (prefix(one.name).startsWith(prefix(other.name)) || prefix(other.name).startsWith(prefix(one.name))),
      )
      .map(
        (other) =>
          `environments[${index}].name: what '${one.name}' makes begins as what '${other.name}' makes ('${prefix(other.name)}'; 24 characters count), so that in one account the roles of one could reach the other: choose another name, or another account`,
      ),
  );
}

/** What stands between an environment and its block `edge`. */
function edgeProblems({
  blocks,
  edge: { loadBalancer, clientAuthorities },
  environments,
}: Pick<Config, 'blocks' | 'edge' | 'environments'>): string[] {
  if (!blocks.includes('edge')) return [];
  const balancer = [
    ...(loadBalancer && !blocks.includes('network') ? ["edge.loadBalancer: needs the block 'network'"] : []),
    ...(clientAuthorities && !loadBalancer
      ? ['edge.clientAuthorities: are those of edge.loadBalancer, which is off']
      : []),
  ];
  const named = environments.flatMap(({ edge: at, account: number, region: name }, index) => {
    const field = `environments[${index}].edge`;
    if (!at)
      return [
        `${field}: the block 'edge' needs a domain. For example ${EXAMPLES['environments[].edge']}. Or leave 'edge' out of blocks`,
      ];
    const found: string[] = [];
    const real = number !== PLACEHOLDER_ACCOUNT;
    if (real && DOCUMENTATION.test(at.domain))
      found.push(`${field}.domain: '${at.domain}' belongs to nobody, so nobody can show that it is theirs`);
    if (real && at.hostedZoneId === undefined)
      found.push(
        `${field}.hostedZoneId: is missing. For example ${EXAMPLES['environments[].edge.hostedZoneId']}: aws route53 list-hosted-zones`,
      );
    if (name !== 'us-east-1' && at.certificateArn === undefined)
      found.push(
        `${field}.certificateArn: is missing. CloudFront takes certificates of us-east-1 alone, and this environment is in ${name}: request one there, for '${at.domain}'`,
      );
    return found;
  });
  return [...balancer, ...named];
}

function completed({ policies, breakGlass, ...rest }: z.infer<typeof organization>): Organization {
  const [home = ''] = rest.regions;
  return {
    ...rest,
    breakGlass: breakGlass.map((role) =>
      role.startsWith('arn:') ? role : `arn:${partitionOf(home)}:iam::*:role/${role}`,
    ),
    policies: policies ?? (rest.canaryOuIds.length > 0 ? 'canary' : 'everywhere'),
  };
}

/** Whether AWS Config's recorder is created or adopted in a place: what `recorderIn` says of it, else `recorder`. */
export function recorderOf(
  { recorder, recorderIn }: Pick<Config, 'recorder' | 'recorderIn'>,
  { account: number, region: name }: { readonly account: string; readonly region: string },
): 'create' | 'adopt' {
  return recorderIn[`${number}/${name}`] ?? recorderIn[number] ?? recorder;
}

/**
 * The places of the configuration that still hold the placeholder account. A run against real AWS must refuse to
 * start while there are any; the local account is happy with them.
 */
export function placeholderAccounts(config: Config): string[] {
  return [
    ...(config.pipeline.account === PLACEHOLDER_ACCOUNT ? ['pipeline.account'] : []),
    ...config.environments.flatMap(({ account: number }, index) =>
      number === PLACEHOLDER_ACCOUNT ? [`environments[${index}].account`] : [],
    ),
  ];
}

/** One line per problem: the field, what is wrong, and an example of right. */
function explain(issue: z.core.$ZodIssue): string[] {
  const field = fieldName(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = knownFields(issue.path);
        return `${fieldName([...issue.path, key])}: there is no such field${known.length ? `; the fields here are ${known.join(', ')}` : ''}`;
      });
    case 'invalid_key':
      return issue.issues.map((inner) => line(field, issue.path.slice(0, -1), inner.message));
    case 'invalid_type':
      return [
        line(
          field,
          issue.path,
          issue.input === undefined
            ? 'is missing'
            : `${show(issue.input)} is not ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`,
        ),
      ];
    case 'invalid_value':
    case 'invalid_union':
      return [
        line(
          issue.code === 'invalid_union' && issue.path.length === 0 ? 'source.kind' : field,
          issue.path,
          issue.input === undefined ? 'is missing' : `${show(issue.input)} is not one of the choices`,
        ),
      ];
    default:
      return [line(field, issue.path, issue.message)];
  }
}

function line(field: string, path: readonly PropertyKey[], wrong: string): string {
  const example = EXAMPLES[generic(path)];
  return `${field || 'the configuration'}: ${wrong}${example ? `. For example ${example}` : ''}`;
}

const fieldName = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : `${name}${name && '.'}${String(part)}`),
    '',
  );

const generic = (path: readonly PropertyKey[]): string =>
  fieldName(path)
    .replace(/\[\d+\]/g, '[]')
    .replace(/^keys\.declared\.[^.]+/, 'keys.declared.*');

/** The fields beside one that does not exist. */
function knownFields(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(schema.shape);
  const prefix = `${generic(path)}.`;
  return Object.keys(EXAMPLES)
    .filter((field) => field.startsWith(prefix) && !field.slice(prefix.length).includes('.'))
    .map((field) => field.slice(prefix.length).replace('[]', ''))
    .filter((field, index, all) => all.indexOf(field) === index);
}
