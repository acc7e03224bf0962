import type { Requirement } from '../../rules/requirement';
import { isObject, type JsonObject } from '../../rules/template/parse';
import type { Json } from '../../rules/template/values';
import { isTlsAtLeast, tlsPolicyNames, tlsVersionOf } from '../../rules/tls';
import { couldBe } from './oracle';
import { type Cut, namesIn, type Place, type Support, valueAt } from './rests-on';

/** What a mutant puts at a place; `undefined` takes away what stands there. */
interface Change {
  readonly name: string;
  readonly place: Place;
  readonly value: Json | undefined;
  /** For a value that is wrong in one branch of a condition only: what stands in that branch. */
  readonly branch?: { readonly value: Json | undefined };
}

export interface Mutant {
  /** The operators of the leaves that are weakened. */
  readonly ops: readonly string[];
  /** Where, and how. */
  readonly name: string;
  readonly document: JsonObject;
  /** The mutant in which what is wrong in one branch is wrong altogether. */
  readonly twin: JsonObject;
  /** It meets the demand in another way that the requirement names. */
  readonly rival: boolean;
}

/** A condition that no template declares, so that nothing decides it. */
const undecided = 'MutationUndecided';
const parameter = 'MutationParameter';
const noValue: Json = { Ref: 'AWS::NoValue' };
const imported: Json = { 'Fn::ImportValue': 'mutation' };
const open: Json = { Ref: parameter };
const credential = 'AKIAQWERTYUIOPASDFGH';
const elsewhere: Json = { Ref: 'Elsewhere' };
/** What every mutant declares, for the values that come from another part of the template. */
const sections = {
  Parameters: {
    [parameter]: { Type: 'String' },
    MutationPreset: { Type: 'String', NoEcho: true, Default: credential },
    MutationAwsKey: { Type: 'String', Default: 'alias/aws/mutation' },
  },
  Mappings: { Mutation: { a: { secret: credential, key: 'alias/aws/mutation' } } },
};
const mapped = (name: string): Json => ({ 'Fn::FindInMap': ['Mutation', 'a', name] });

/**
 * The mutants of a document in which what one cut names is weakened.
 * @param seen values known to stand at such places.
 * @param condition what the world says in which the document passes for what the cut says.
 */
export function mutantsOf(
  cut: Cut,
  document: JsonObject,
  seen: (place: Place) => readonly Json[],
  condition: (name: string) => boolean,
): Mutant[] {
  const pick = (name: string) => (name === undecided ? undefined : condition(name));
  const changes = alike(
    cut.supports.map((support) => ({
      place: support.place.join('.'),
      changes: changesOf(support, document, seen(support.place)),
    })),
  );
  if (changes.some((list) => list.length === 0)) return [];
  const ops = cut.supports.map(({ asked, holds }) => (holds ? asked.op : `not ${asked.op}`));
  const [only, another] = cut.supports;
  const among = another ? undefined : only?.among;
  return Array.from({ length: Math.max(...changes.map((list) => list.length)) }, (_, turn) => {
    const taken = changes.flatMap((list) => list[turn % list.length] ?? []);
    const mutated = taken.reduce((made, { place, value }) => put(made, place, value), document);
    const twin = taken.reduce(
      (made, { place, value, branch }) => put(made, place, branch ? branch.value : value),
      document,
    );
    const rival = cut.rivals.some(
      ({ asked, place, wanted }) =>
        !couldBe(asked, valueAt(document, place), wanted, pick) &&
        couldBe(asked, valueAt(mutated, place), wanted, pick),
    );
    const name = taken.map((change) => `${change.place.slice(1).join('.')} ${change.name}`).join(' and ');
    const made = { ops, rival };
    const inPlace = { ...made, name, document: declared(mutated), twin: declared(twin) };
    if (!among) return [inPlace];
    const [beside, besideTwin] = [mutated, twin].map((one) => appended(document, among, valueAt(one, among)));
    if (!beside || !besideTwin) return [inPlace];
    return [
      inPlace,
      { ...made, name: `${name}, in another entry`, document: declared(beside), twin: declared(besideTwin) },
    ];
  }).flat();
}

/** The document with one more entry in the list in which `place` is one. */
function appended(document: JsonObject, place: Place, entry: Json | undefined): JsonObject | undefined {
  const list = valueAt(document, place.slice(0, -1));
  return entry === undefined || !Array.isArray(list) ? undefined : put(document, place.slice(0, -1), [...list, entry]);
}

/** What stands at one place can be changed to one thing only: to what weakens all that is asked of it. */
function alike(all: readonly { readonly place: string; readonly changes: readonly Change[] }[]): Change[][] {
  return [...new Set(all.map(({ place }) => place))].map((place) => {
    const [first = [], ...rest] = all.filter((one) => one.place === place).map(({ changes }) => changes);
    return first.filter(({ name }) => rest.every((changes) => changes.some((change) => change.name === name)));
  });
}

/** The document with what the values of mutants refer to. */
const declared = (document: JsonObject): JsonObject => ({
  ...document,
  Parameters: { ...(isObject(document.Parameters) ? document.Parameters : {}), ...sections.Parameters },
  Mappings: { ...(isObject(document.Mappings) ? document.Mappings : {}), ...sections.Mappings },
});

/** The document with `value` at a place. What is taken out of a list or a branch becomes `AWS::NoValue`. */
export function put(document: JsonObject, place: Place, value: Json | undefined): JsonObject {
  const changed = putInto(document, place, value);
  return isObject(changed) ? changed : document;
}

function putInto(container: Json | undefined, [name, ...rest]: Place, value: Json | undefined): Json | undefined {
  if (name === undefined) return value;
  if (typeof container === 'string' && /^\s*[[{]/.test(container))
    return JSON.stringify(putInto(JSON.parse(container), [name, ...rest], value));
  if (Array.isArray(container)) {
    const at = Number(name);
    return container.map((entry, index) => (index === at ? (putInto(entry, rest, value) ?? noValue) : entry));
  }
  const map = isObject(container) ? container : {};
  const inner = putInto(map[name], rest, value);
  const { [name]: _, ...others } = map;
  return inner === undefined ? others : { ...map, [name]: inner };
}

// ---- changes ---------------------------------------------------------------------------------------------------

const shown = (value: Json | undefined) => (value === undefined ? 'deleted' : `= ${JSON.stringify(value)}`);

/** Every way to weaken one support. */
function changesOf(support: Support, document: JsonObject, seen: readonly Json[]): Change[] {
  const { place, asked, inText, entry, part } = support;
  const now = valueAt(document, place);
  const change = (value: Json | undefined): Change => ({ name: shown(value), place, value });
  const sometimes = (value: Json | undefined): Change => ({
    name: `${shown(value)} under a condition`,
    place,
    value: { 'Fn::If': [undecided, now ?? noValue, value ?? noValue] },
    branch: { value },
  });
  if (part === 'resource') {
    const under = isObject(now) ? [{ ...change({ ...now, Condition: undecided }), branch: { value: undefined } }] : [];
    return [change(undefined), ...under];
  }
  if (part === 'link') return [undefined, 'elsewhere', elsewhere, imported, open].map(change);
  const wrong = [...wrongValues(support, now, seen), ...wrongKinds(support, now)];
  const values = entry ? wrong.filter((value) => value !== undefined) : wrong;
  const [first] = values;
  const isGone = values.includes(undefined);
  const plain = [...values.map(change), ...(isGone ? above(support) : [])];
  if (inText) return plain;
  return [
    ...plain,
    ...(isGone ? [change(noValue), sometimes(undefined)] : []),
    ...(first === undefined && values.length < 2 ? [] : [sometimes(values.find((value) => value !== undefined))]),
    ...(isKnownOnlyWhenDeployed(asked, support.holds) ? [change(imported), change(open), sometimes(open)] : []),
  ];
}

/** Taking away what holds the property is taking the property away. */
function above({ place, root, asked, inText }: Support): Change[] {
  const steps = 'path' in asked ? namesIn(asked.path).length : 0;
  if (steps < 2) return [];
  // Branches make the way longer than the path.
  return Array.from({ length: place.length - root.length - 1 }, (_, index) => place.slice(0, root.length + 1 + index))
    .filter((holder) => !['Fn::If', '1', '2'].includes(holder.at(-1) ?? ''))
    .flatMap((holder) =>
      [undefined, {}, ...(inText ? [] : [imported, open])].map((value) => ({
        name: shown(value),
        place: holder,
        value,
      })),
    );
}

/** Whether an open value leaves the leaf open. A reference is always there, and a credential is only what stands there. */
function isKnownOnlyWhenDeployed({ op }: Requirement, holds: boolean): boolean {
  if (op === 'given') return !holds;
  if (op === 'absent') return holds;
  return op !== 'holdsNoCredential';
}

const empty: readonly (Json | undefined)[] = [undefined, '', ' ', [], {}];

/** What breaks a leaf that holds, or, below a `not`, what makes one hold. */
function wrongValues({ asked, holds }: Support, now: Json | undefined, seen: readonly Json[]): (Json | undefined)[] {
  const scalars = seen.filter((value) => typeof value !== 'object');
  switch (asked.op) {
    case 'isTrue':
      return holds ? [...empty, false, 'false', 'False', 0, 'no'] : [true, 'true', 'True'];
    case 'isNotTrue':
      return holds ? [true, 'true', 'True', 1] : [undefined, false, 'false'];
    case 'given':
      return holds ? [...empty, [noValue], { x: noValue }] : ['x', ['x'], { x: 'x' }, true];
    case 'absent':
      return holds ? ['', 'alias/aws/mutation', false, 'false', true, {}, [], ['x'], { x: 'x' }] : [undefined];
    case 'oneOf':
    case 'noneOf': {
      const listed = asked.values.map(String);
      if ((asked.op === 'oneOf') !== holds) return [...asked.values, ...listed];
      const out = [false, 'false', 'NONE', 'None', 'none', 'DISABLED', ...scalars];
      return [
        ...(asked.op === 'oneOf' ? empty : [undefined]),
        ...out.filter((value) => !listed.includes(String(value))),
      ];
    }
    case 'matches': {
      const pattern = new RegExp(asked.pattern, asked.flags);
      const texts = [...scalars, ...samples].filter((value) => pattern.test(String(value)) !== holds);
      return holds ? [undefined, [], {}, ...texts] : texts;
    }
    case 'atLeast':
    case 'atMost': {
      const step = asked.op === 'atLeast' ? 1 : -1;
      const off = [asked.bound - step, String(asked.bound - step), asked.bound - 1000 * step];
      return holds ? [...empty, false, 'many', ...off] : [asked.bound, asked.bound + step];
    }
    case 'isCustomerKey':
      return holds ? [...empty, false, true, ...notYourKeys] : ['arn:aws:kms:us-east-1:111122223333:key/mutation'];
    case 'tlsAtLeast': {
      const { table, version } = asked;
      const fits = (name: string) => isTlsAtLeast(tlsVersionOf(table, name)?.minimum ?? 'SSLv3', version) !== holds;
      const names = tlsPolicyNames(table).filter(fits);
      return holds ? [...empty, false, 'MutationPolicy-2016', ...names] : names;
    }
    case 'isNotPlaintext':
      return holds ? [...plaintexts] : [undefined];
    case 'holdsNoCredential':
      return holds ? credentialIn(now) : [undefined];
    case 'deniesInsecureTransport':
      return holds ? [...empty, false, ...withoutDenial(now)] : [];
    case 'hasNoWildcardPrincipal':
      return holds ? openToAll(now, asked.actions ?? ['*']) : [undefined];
    case 'separatesKeyDuties':
      return holds ? withMixedDuties(now) : [undefined];
    case 'allowsNotEverywhere':
      return holds ? allowingEverywhere(now, asked.actions) : [undefined];
    case 'each':
      return [];
    case 'some':
      return empty.filter((value) => value !== ' ');
    case 'parsed':
      return [
        ...[undefined, '', ' ', 'no JSON'],
        ...['{}', '[]', 'null', {}, []].filter((value) => !couldBe(asked.requires, value, true, () => undefined)),
      ];
    case 'follows':
      return [undefined, '', 'elsewhere', elsewhere];
    default:
      return [];
  }
}

/** The right value in the wrong kind of container or in the wrong case, and JSON's null. */
function wrongKinds({ asked, holds, entry }: Support, now: Json | undefined): Json[] {
  if (
    !holds ||
    entry ||
    !['isTrue', 'oneOf', 'matches', 'atLeast', 'atMost', 'isCustomerKey', 'tlsAtLeast'].includes(asked.op)
  )
    return [];
  const wrapped: readonly Json[] = now === undefined || typeof now === 'object' ? [null] : [null, [now], { x: now }];
  if (asked.op !== 'oneOf' || typeof now !== 'string') return [...wrapped];
  const listed = asked.values.map(String);
  return [...wrapped, ...[now.toUpperCase(), now.toLowerCase(), `${now} `].filter((text) => !listed.includes(text))];
}

/** Texts that break most patterns, or that most patterns of the catalogue take. */
const samples: readonly string[] = ['', ' ', 'mutation', 'none', 'http', 'false', 'TLSv1', 'PASSWORD', 'alias/aws/x'];

const notYourKeys: readonly Json[] = [
  'false',
  'none',
  'alias/aws/mutation',
  'arn:aws:kms:us-east-1:111122223333:alias/aws/mutation',
  { 'Fn::Sub': 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:alias/aws/mutation' },
  { 'Fn::Sub': 'alias/${MutationParameter}' },
  { 'Fn::Sub': 'alias/a${MutationParameter}' },
  { 'Fn::Join': ['/', ['alias', 'aws', 'mutation']] },
  { Ref: 'MutationAwsKey' },
  mapped('key'),
  'AWS_OWNED_KMS_KEY',
  'AWS_OWNED_CMK',
  'aws/mutation',
  elsewhere,
];

const plaintexts: readonly Json[] = [
  'correct-horse',
  12345,
  ['correct-horse'],
  { x: 'correct-horse' },
  { 'Fn::Sub': 'correct-horse' },
  { 'Fn::Join': ['-', ['correct', 'horse']] },
  { 'Fn::Select': [0, ['correct-horse']] },
  { 'Fn::Base64': 'correct-horse' },
  { Ref: 'MutationPreset' },
  { Ref: 'MutationAwsKey' },
  { 'Fn::Sub': '${MutationPreset}' },
  mapped('secret'),
  '{{resolve:ssm:mutation}}',
];

const credentials: readonly Json[] = [
  { Ref: 'MutationPreset' },
  { KEY: { Ref: 'MutationPreset' } },
  { 'Fn::Sub': 'key=${MutationPreset}' },
  { 'Fn::Join': ['', [credential.slice(0, 9), credential.slice(9)]] },
  { 'Fn::Base64': `key=${credential}, and more` },
  mapped('secret'),
];
function credentialIn(now: Json | undefined): Json[] {
  const whole: Json[] = [
    credential,
    [credential],
    { KEY: credential },
    { 'Fn::Sub': `key=${credential}` },
    ...credentials,
  ];
  if (typeof now === 'string') return [...whole, `${now} ${credential}`];
  return isObject(now) ? [...whole, { ...now, KEY: credential }] : whole;
}

// ---- policies --------------------------------------------------------------------------------------------------

const statements = (policy: Json | undefined): readonly Json[] => {
  const list = isObject(policy) ? policy.Statement : undefined;
  return Array.isArray(list) ? list : list === undefined ? [] : [list];
};

/** The policy with statements changed; one for which there is nothing is dropped. */
const withStatements = (policy: Json | undefined, change: (statement: JsonObject) => Json | undefined): Json => ({
  ...(isObject(policy) ? policy : {}),
  Statement: statements(policy).flatMap((one) => (isObject(one) ? (change(one) ?? []) : one)),
});

const partsOfBucket: readonly Json[] = [
  'arn:aws:s3:::mutation',
  ['arn:aws:s3:::mutation', 'arn:aws:s3:::mutation/public/*'],
  { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::${MutationParameter}/public/*' },
  imported,
];

function withoutDenial(policy: Json | undefined): Json[] {
  const denies = (one: JsonObject) => /securetransport/i.test(JSON.stringify(one.Condition ?? ''));
  const changed = (over: (one: JsonObject) => JsonObject | undefined) =>
    withStatements(policy, (one) => (denies(one) ? over(one) : one));
  const bool = (condition: JsonObject): JsonObject => ({ Bool: condition });
  return [
    changed(() => undefined),
    changed(({ Condition: _, ...one }) => one),
    changed((one) => ({ ...one, Effect: 'Allow' })),
    changed(({ Effect: _, ...one }) => one),
    changed((one) => ({ ...one, Principal: { AWS: 'arn:aws:iam::111122223333:root' } })),
    changed(({ Principal: _, ...one }) => one),
    changed(({ Principal: _, ...one }) => ({ ...one, NotPrincipal: '*' })),
    changed((one) => ({ ...one, Action: 'mutation:GetOne' })),
    changed(({ Action: _, ...one }) => one),
    changed(({ Action: _, ...one }) => ({ ...one, NotAction: 'mutation:GetOne' })),
    changed(({ Resource: _, ...one }) => ({ ...one, NotResource: 'arn:aws:s3:::mutation/*' })),
    ...partsOfBucket.map((resource) =>
      changed((one) => (one.Action === 's3:*' ? { ...one, Resource: resource } : { ...one, Action: 's3:GetObject' })),
    ),
    changed((one) => ({ ...one, Condition: bool({ 'aws:SecureTransport': 'true' }) })),
    changed((one) => ({ ...one, Condition: bool({ 'aws:SecureTransport': ['false', 'true'] }) })),
    changed((one) => ({ ...one, Condition: bool({ 'aws:SecureTransport': open }) })),
    changed((one) => ({
      ...one,
      Condition: bool({ 'aws:SecureTransport': 'false', 'aws:PrincipalIsAWSService': 'false' }),
    })),
    changed((one) => ({
      ...one,
      Condition: { ...bool({ 'aws:SecureTransport': 'false' }), StringEquals: { 'aws:SourceVpc': 'vpc-1' } },
    })),
    { ...(isObject(policy) ? policy : {}), Statement: [] },
    { ...(isObject(policy) ? policy : {}), Statement: imported },
  ];
}

/** Conditions that name who may come and let everybody in. */
const lax: readonly Json[] = [
  { StringLike: { 'aws:PrincipalArn': '*' } },
  { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:*' } },
  { ArnLike: { 'aws:PrincipalArn': ['arn:aws:iam::111122223333:root', 'arn:aws:iam::*:root'] } },
  { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } },
  { StringNotEquals: { 'aws:SourceAccount': '111122223333' } },
  { StringEqualsIfExists: { 'aws:SourceAccount': '111122223333' } },
  { Bool: { 'aws:SecureTransport': 'true' } },
];

function openToAll(policy: Json | undefined, actions: readonly string[]): Json[] {
  const everybody: readonly Json[] = ['*', { AWS: '*' }, { AWS: ['*'] }];
  const grants = everybody.map((principal): Json => {
    const grant = { Effect: 'Allow', Principal: principal, Action: actions[0] ?? '*', Resource: '*' };
    return { ...(isObject(policy) ? policy : {}), Statement: [...statements(policy), grant] };
  });
  const narrowedInName = lax.map((condition): Json => {
    const grant = { Effect: 'Allow', Principal: '*', Action: actions[0] ?? '*', Resource: '*', Condition: condition };
    return { Statement: [grant] };
  });
  const opened = statements(policy).some((one) => isObject(one) && one.Effect === 'Allow')
    ? everybody.map((principal) =>
        withStatements(policy, ({ Condition: _, ...one }) =>
          one.Effect === 'Allow' ? { ...one, Principal: principal, Action: [...actions] } : one,
        ),
      )
    : [];
  return [...grants, ...opened, ...narrowedInName, { Statement: imported }];
}

const everywhere: readonly Json[] = [
  '*',
  ['arn:aws:kms:us-east-1:111122223333:key/mutation', '*'],
  'arn:aws:kms:*:*:key/*',
  'arn:aws:kms:us-east-1:111122223333:key/*',
  { 'Fn::Sub': 'arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*' },
  'arn:aws:kms:*:*:*',
  'arn:aws:kms:us-east-1:*',
  'arn:aws:kms:*',
  'arn:*',
];

function allowingEverywhere(policy: Json | undefined, actions: readonly string[]): Json[] {
  const wide: readonly JsonObject[] = [
    ...[...actions, ...actions.map((action) => action.replace(/:.*/, ':*')), '*'].map((action) => ({ Action: action })),
    { Action: [...actions] },
    { NotAction: 'mutation:GetOne' },
  ];
  const statement: JsonObject = { Effect: 'Allow', Action: actions[0] ?? '*' };
  const grants: readonly JsonObject[] = [
    ...wide.map((one) => ({ Effect: 'Allow', ...one, Resource: '*' })),
    ...everywhere.map((resource) => ({ ...statement, Resource: resource })),
    { ...statement, NotResource: 'arn:aws:kms:us-east-1:111122223333:key/mutation' },
    { ...statement, Resource: '*', Condition: {} },
  ];
  return [
    ...grants.map((grant) => ({ ...(isObject(policy) ? policy : {}), Statement: [...statements(policy), grant] })),
    ...grants.map((grant) => ({ Statement: grant })),
    { Statement: imported },
  ];
}

function withMixedDuties(policy: Json | undefined): Json[] {
  return [['kms:*'], ['*'], ['kms:PutKeyPolicy', 'kms:Decrypt']].map((actions) => ({
    ...(isObject(policy) ? policy : {}),
    Statement: [
      ...statements(policy),
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: actions, Resource: '*' },
    ],
  }));
}
