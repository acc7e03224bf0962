import { z } from 'zod';
import {
  isSymmetric,
  KEY_SPECS,
  type KeyOrigin,
  type KeySpec,
  type KeyUsage,
  lookAt,
  rotates,
  useOf,
} from '../stacks/key-specs';

/** A grant that `cipherline keys grants` makes: CloudFormation has no type for it. */
export interface GrantConfig {
  /** The role that gets it, by name or ARN; `{environment}` is the environment's name. */
  readonly to: string;
  /** `Decrypt`, `GenerateDataKey` … */
  readonly operations: readonly string[];
  /** What the encryption context must have in it. */
  readonly encryptionContext?: Readonly<Record<string, string>>;
}

/** A key that the bootstrap makes in each environment, beside those of the data classes. */
export interface DeclaredKeyConfig {
  /** What it is for. */
  readonly purpose: string;
  /** The environments that have one. Default: all. */
  readonly environments?: readonly string[];
  /** Default SYMMETRIC_DEFAULT. */
  readonly spec?: KeySpec;
  /** What it is for, where the spec leaves a choice. Default: signing. */
  readonly usage?: KeyUsage;
  /**
   * Who makes the material. `EXTERNAL`: you bring it, with `cipherline keys import`; `AWS_CLOUDHSM`: a cluster of yours, and
   * `cipherline keys store` makes the key. Default AWS_KMS.
   */
  readonly origin?: KeyOrigin;
  /** Of AWS_CLOUDHSM: the name of the custom key store in KMS. */
  readonly store?: string;
  /** Makes it a multi-region primary: the regions of its replicas, which `cipherline keys replicate` makes. */
  readonly multiRegion?: readonly string[];
  /** Days between two rotations, 90 to 2560, of a symmetric key of KMS's own material. Default: `keys.rotationDays`. */
  readonly rotationDays?: number;
  /** Roles, by name or ARN. Default: `keys.administrators`. `{environment}` in a name is the environment's name. */
  readonly administrators?: readonly string[];
  /** The roles that use it, by name or ARN: those and nobody else. */
  readonly users?: readonly string[];
  /** The services through which it is used (`s3`): by the users, or where there are none by whoever IAM lets. */
  readonly services?: readonly string[];
  /** Services that use it by themselves, on behalf of the account: `cloudtrail`, `logs`, `events`, `cloudwatch` … */
  readonly actingServices?: readonly string[];
  /** The encryption context that every use must have. */
  readonly encryptionContext?: Readonly<Record<string, string | readonly string[]>>;
  /** Grants by name. */
  readonly grants?: Readonly<Record<string, GrantConfig>>;
}

/** A declared key with its defaults filled in. */
export interface DeclaredKey
  extends Pick<DeclaredKeyConfig, 'purpose' | 'store' | 'rotationDays' | 'administrators' | 'users' | 'environments'> {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly origin: KeyOrigin;
  readonly multiRegion?: readonly string[];
  readonly services: readonly string[];
  readonly actingServices: readonly string[];
  readonly encryptionContext: Readonly<Record<string, string | readonly string[]>>;
  readonly grants: Readonly<Record<string, GrantConfig>>;
}

/** What a right value looks like, by field, for the messages of a wrong one. */
export const DECLARED_KEY_EXAMPLES: Readonly<Record<string, string>> = {
  'keys.declared': "{ releases: { purpose: 'signs releases', spec: 'ML_DSA_65', users: ['releaser-{environment}'] } }",
  'keys.declared.*': "{ purpose: 'signs releases', spec: 'ML_DSA_65', users: ['releaser-{environment}'] }",
  'keys.declared.*.purpose': "'signs releases'",
  'keys.declared.*.environments': "['prod']",
  'keys.declared.*.environments[]': "'prod'",
  'keys.declared.*.spec': Object.keys(KEY_SPECS)
    .map((spec) => `'${spec}'`)
    .join(', '),
  'keys.declared.*.usage': "'SIGN_VERIFY', 'ENCRYPT_DECRYPT', 'KEY_AGREEMENT' or 'GENERATE_VERIFY_MAC'",
  'keys.declared.*.origin': "'AWS_KMS', 'EXTERNAL' or 'AWS_CLOUDHSM'",
  'keys.declared.*.store': "'payments-hsm'",
  'keys.declared.*.multiRegion': "['eu-central-1'], or [] for a primary without replicas yet",
  'keys.declared.*.multiRegion[]': "'eu-central-1'",
  'keys.declared.*.rotationDays': '365',
  'keys.declared.*.administrators': "['KeyAdministrators']",
  'keys.declared.*.administrators[]': "'KeyAdministrators' or 'arn:aws:iam::111122223333:role/KeyAdministrators'",
  'keys.declared.*.users': "['orders-{environment}']",
  'keys.declared.*.users[]': "'orders-{environment}' or 'arn:aws:iam::111122223333:role/orders'",
  'keys.declared.*.services': "['s3', 'dynamodb']",
  'keys.declared.*.services[]': "'s3'",
  'keys.declared.*.actingServices': "['logs']",
  'keys.declared.*.actingServices[]': "'logs'",
  'keys.declared.*.encryptionContext': "{ tenant: ['one', 'two'] }",
  'keys.declared.*.grants': "{ reader: { to: 'reports-{environment}', operations: ['Decrypt'] } }",
};

/** More would not fit the one template of an environment's keys that needs no bucket. */
const MOST = 16;

interface Pieces {
  readonly word: (pattern: RegExp, wrong: (value: unknown) => string) => z.ZodType<string, string>;
  readonly region: z.ZodType<string, string>;
  readonly show: (value: unknown) => string;
}

/** The schema of `keys.declared`, from the pieces of the configuration's own. */
export function declaredKeysSchema({ word, region, show }: Pieces) {
  const role = word(
    /^(arn:aws[a-z-]*:iam::\d{12}:role\/)?(?=.*[A-Za-z0-9])([\w+=,.@/-]|\{environment\})+$/,
    (value) => `${show(value)} is not the name or the ARN of an IAM role`,
  );
  const service = word(/^[a-z][a-z0-9-]*$/, (value) => `${show(value)} is not a service as it is named in a principal`);
  const contextName = z
    .string()
    .min(1)
    .refine((name) => !/[*?]|^aws:/.test(name), {
      error: (issue) => `${show(issue.input)} is a name that is AWS's own, or holds a wildcard`,
    });
  // A condition with StringEquals has no wildcards: `*` would be a letter that nobody sends.
  const contextValue = word(
    /^[^*?]+$/,
    (value) => `${show(value)} is empty, or holds a wildcard, which means nothing here`,
  );
  const one = z
    .strictObject({
      purpose: z.string().min(1, { error: 'the purpose is empty' }).max(200),
      environments: z.array(z.string()).min(1, { error: 'names none: leave it out for all' }).exactOptional(),
      spec: z
        .custom<KeySpec>((value) => typeof value === 'string' && Object.hasOwn(KEY_SPECS, value), {
          error: (issue) => `${show(issue.input)} is no kind of key that is made here`,
        })
        .default('SYMMETRIC_DEFAULT'),
      usage: z.enum(['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT']).exactOptional(),
      origin: z.enum(['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM']).default('AWS_KMS'),
      store: word(/^\S.{0,255}$/, (value) => `${show(value)} is not the name of a custom key store`).exactOptional(),
      multiRegion: z.array(region).exactOptional(),
      rotationDays: z
        .int()
        .refine((days) => days >= 90 && days <= 2560, {
          error: (issue) => `${show(issue.input)} is outside what KMS allows: 90 to 2560 days`,
        })
        .exactOptional(),
      administrators: z.array(role).exactOptional(),
      users: z.array(role).min(1, { error: 'names nobody: leave it out instead' }).exactOptional(),
      services: z.array(service).default([]),
      actingServices: z.array(service).default([]),
      encryptionContext: z
        .record(contextName, z.union([contextValue, z.array(contextValue).min(1, { error: 'is empty' })]))
        .default({}),
      grants: z
        .record(
          word(/^[A-Za-z0-9:/_-]{1,256}$/, (value) => `${show(value)} is not a name that KMS takes for a grant`),
          z.strictObject({
            to: role,
            operations: z.array(z.string()).min(1, { error: 'at least one is needed' }),
            encryptionContext: z.record(contextName, contextValue).exactOptional(),
          }),
        )
        .default({}),
    })
    .superRefine((key, context) => {
      const wrong = (path: (string | number)[], message: string): void =>
        context.addIssue({ code: 'custom', path, message });
      for (const [path, message] of contradictions(key)) wrong(path, message);
    })
    .transform(({ usage, ...key }): DeclaredKey => ({ ...key, usage: usage ?? KEY_SPECS[key.spec][0] }));
  return z
    .record(
      word(
        /^[a-z][a-z0-9-]{0,19}$/,
        (value) => `${show(value)} is not a key name: a letter, then up to 19 of a-z, 0-9 and -`,
      ),
      one,
    )
    .refine((keys) => Object.keys(keys).length <= MOST, { error: `declares more than ${MOST} keys` })
    .default({});
}

type Raw = Omit<DeclaredKey, 'usage'> & { readonly usage?: KeyUsage };

/** What does not go together, by what KMS can do. */
function contradictions(key: Raw): [path: string[], message: string][] {
  const found: [string[], string][] = [];
  const { spec, origin } = key;
  const usages: readonly KeyUsage[] = KEY_SPECS[spec];
  const symmetric = isSymmetric(spec);
  if (key.usage && !usages.includes(key.usage))
    found.push([['usage'], `a key of ${spec} is for ${usages.join(' or ')}`]);
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html
  if (origin === 'EXTERNAL' && spec.startsWith('ML_DSA'))
    found.push([['origin'], 'KMS imports no material for ML-DSA']);
  // https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html
  if (origin === 'AWS_CLOUDHSM' && (!symmetric || key.multiRegion))
    found.push([['origin'], 'a custom key store holds symmetric keys of one region alone']);
  if ((origin === 'AWS_CLOUDHSM') !== (key.store !== undefined))
    found.push([['store'], "goes with origin: 'AWS_CLOUDHSM', and that with it"]);
  if (key.rotationDays !== undefined && !rotates(spec, origin))
    found.push([['rotationDays'], 'KMS rotates symmetric keys of its own material alone']);
  if (!symmetric)
    for (const field of ['services', 'actingServices'] as const)
      if (key[field].length > 0) found.push([[field], 'the services of AWS use symmetric keys alone']);
  if (!symmetric && Object.keys(key.encryptionContext).length > 0)
    found.push([['encryptionContext'], 'symmetric keys alone have one']);
  if (!key.users && key.services.length === 0 && key.actingServices.length === 0)
    found.push([['users'], 'nobody could use it: name users, services or actingServices']);
  const usage = key.usage ?? usages[0] ?? 'ENCRYPT_DECRYPT';
  const operations = [...useOf(spec, usage), ...lookAt(spec)].map((action) => action.slice('kms:'.length));
  for (const [name, grant] of Object.entries(key.grants)) {
    for (const operation of grant.operations)
      if (!operations.includes(operation))
        found.push([['grants', name, 'operations'], `'${operation}' is none of ${operations.join(', ')}`]);
    if (grant.encryptionContext && !symmetric)
      found.push([['grants', name, 'encryptionContext'], 'symmetric keys alone have one']);
  }
  return found;
}
