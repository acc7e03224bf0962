import { secretName } from '../credentials';
import {
  type Directive,
  directive,
  type Example,
  type Exemptions,
  type Json,
  type Properties,
  type Service,
} from '../directive';
import {
  absentOr,
  all,
  eachNamed,
  holdsNoCredential,
  isCustomerKey,
  isNotPlaintext,
  isNotPlaintextOrArn,
  isNotTrue,
  isTrue,
  matches,
  oneOf,
  type Requirement,
  type Scalar,
  when,
  within,
} from '../requirement';

/** What a file of this folder exports: its directives, and the encryption-related properties they leave out, with why. */
export const service = (directives: readonly Directive[], exempt: Exemptions = {}): Service => ({ directives, exempt });

/** The CloudFormation value that removes a property. */
export const noValue: Json = { Ref: 'AWS::NoValue' };
/** A value that only the deployment knows. */
export const imported: Json = { 'Fn::ImportValue': 'x' };
/** A property that one branch of a condition sets and the other leaves out. */
export const onlyIf = (value: Json): Json => ({ 'Fn::If': ['C', value, noValue] });
/** A property that takes one of two values. */
export const either = (one: Json, other: Json): Json => ({ 'Fn::If': ['C', one, other] });

/** The properties in which `path` (names joined by dots; `[]` for a list of one, `{}` for a map of one) has this value. */
export function at(path: string, value: Json): Properties {
  const [head = '', ...rest] = path.split('.');
  const inner = rest.length > 0 ? at(rest.join('.'), value) : value;
  if (head.endsWith('[]')) return { [head.slice(0, -2)]: [inner] };
  return head.endsWith('{}') ? { [head.slice(0, -2)]: { x: inner } } : { [head]: inner };
}

/** The properties in which the lists and maps on the way to `path` have an entry that lacks it. */
function lacking(path: string): Properties {
  const end = Math.max(path.lastIndexOf('[].'), path.lastIndexOf('{}.'));
  return end < 0 ? {} : at(path.slice(0, end + 2), {});
}

const isMap = (value: Json | undefined): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `over` laid over `base`, maps within maps included, and lists of one map each entry by entry. */
export function merge(base: Properties, over: Properties): Properties {
  const merged: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    if (isMap(below) && isMap(value)) merged[name] = merge(below, value);
    else if (Array.isArray(below) && Array.isArray(value) && isMap(below[0]) && isMap(value[0]))
      merged[name] = [merge(below[0], value[0])];
    else merged[name] = value;
  }
  return merged;
}

/** A template that holds the resource `R`, and whatever else it needs. */
export function template(
  type: string,
  properties: Properties,
  others: Properties = {},
  sections: Properties = {},
): Example {
  return {
    target: 'R',
    template: { ...sections, Resources: { R: { Type: type, Properties: properties }, ...others } },
  };
}

/** The KMS key that examples refer to as `{ 'Fn::GetAtt': ['Key', 'Arn'] }`. */
export const keyResource: Properties = { Key: { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } } };
export const keyArn: Json = { 'Fn::GetAtt': ['Key', 'Arn'] };
export const keyRef: Json = { Ref: 'Key' };
/** A parameter whose value the template does not give. */
export const parameterP: Properties = { Parameters: { P: { Type: 'String' } } };

/** What a factory leaves open: everything else a directive says. */
type Rest = Partial<Omit<Directive, 'id' | 'type' | 'title' | 'why' | 'source' | 'requires' | 'examples'>>;
interface Asks extends Rest {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly why: string;
  readonly source: string;
  /** The property that is asked for; `[]` and `{}` after a name: of every entry of that list or map. */
  readonly path: string;
  /** Properties the examples need besides. */
  readonly beside?: Properties;
  readonly alsoGood?: readonly Example[];
  readonly alsoBad?: readonly Example[];
}

/** Entries of lists cannot be mended by one path and value. */
const fixOf = (path: string, value: Json): Pick<Directive, 'fix'> =>
  /\[\]|\{\}/.test(path) ? {} : { fix: { [path]: value } };

/** Everything of `Asks` but what only the factories need. */
function split(asks: Asks) {
  const { path, beside = {}, alsoGood = [], alsoBad = [], ...said } = asks;
  const having = (value: Json): Properties => merge(beside, at(path, value));
  return { path, bare: merge(beside, lacking(path)), having, alsoGood, alsoBad, said };
}

/** A directive that demands one Boolean property to be true, whose absence is plaintext. */
export function switchedOn(asks: Asks): Directive {
  const { path, bare, having, alsoGood, alsoBad, said } = split(asks);
  return directive({
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    ...fixOf(path, true),
    aliases: [],
    controls: [],
    ...said,
    requires: within(path, isTrue),
    examples: {
      good: [having(true), having('true'), ...alsoGood],
      bad: [bare, having(false), having('false'), having(onlyIf(true)), ...alsoBad],
      unknown: [having(imported), template(said.type, having({ Ref: 'P' }), {}, parameterP)],
    },
  });
}

/** A directive that forbids one Boolean property, whose absence is right, to be true. */
export function notSwitchedOn(asks: Asks): Directive {
  const { path, bare, having, alsoGood, alsoBad, said } = split(asks);
  return directive({
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    ...fixOf(path, false),
    aliases: [],
    controls: [],
    ...said,
    requires: within(path, isNotTrue),
    examples: {
      good: [bare, having(false), having('false'), ...alsoGood],
      bad: [having(true), having('true'), having(onlyIf(true)), ...alsoBad],
      unknown: [having(imported), template(said.type, having({ Ref: 'P' }), {}, parameterP)],
    },
  });
}

interface Chooses extends Asks {
  /** The values that are right. The first one is the fix. */
  readonly allowed: readonly [Scalar, ...Scalar[]];
  /** A value the service takes that is wrong. */
  readonly wrong: readonly [Scalar, ...Scalar[]];
  /** The service's default is right: absence passes. Say since when in `default`. */
  readonly absentIsRight?: true;
}

/** A directive that demands one of a few values. */
export function oneOfThese(asks: Chooses): Directive {
  const { allowed, wrong, absentIsRight, ...rest } = asks;
  const { path, bare, having, alsoGood, alsoBad, said } = split(rest);
  const one = (at: string) => oneOf(at, ...allowed);
  const [right] = allowed;
  const [first, ...others] = allowed.map(having);
  return directive({
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    ...fixOf(path, right),
    aliases: [],
    controls: [],
    ...said,
    requires: within(path, absentIsRight ? (at) => absentOr(at, one(at)) : one),
    examples: {
      good: [first ?? bare, ...others, ...(absentIsRight ? [bare] : []), ...alsoGood],
      bad: [
        having(either(right, wrong[0])),
        ...wrong.map(having),
        ...(absentIsRight ? [] : [bare, having(onlyIf(right))]),
        ...alsoBad,
      ],
      unknown: [having(imported), template(said.type, having({ Ref: 'P' }), {}, parameterP)],
    },
  });
}

const keyRemedy =
  'Name a KMS key your team controls. Where the property cannot be updated in place, the resource is replaced: copy the data first.';

/** A directive that demands a customer managed key in one property. */
export function customerKey(asks: Asks): Directive {
  const { path, bare, having, alsoGood, alsoBad, said } = split(asks);
  return directive({
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    remedy: keyRemedy,
    aliases: [],
    controls: [],
    ...said,
    requires: within(path, isCustomerKey),
    examples: {
      good: [
        template(said.type, having(keyArn), keyResource),
        template(said.type, having(keyRef), keyResource),
        ...alsoGood,
      ],
      bad: [bare, having('alias/aws/service'), template(said.type, having(onlyIf(keyArn)), keyResource), ...alsoBad],
      unknown: [having(imported), template(said.type, having({ Ref: 'P' }), {}, parameterP)],
    },
  });
}

/** A directive that forbids a secret to stand in the template in plain text, in one property or in several. */
export function neverPlaintext(
  asks: Omit<Asks, 'path'> & { readonly path: string | readonly [string, ...string[]] },
): Directive {
  const paths = typeof asks.path === 'string' ? ([asks.path] as const) : asks.path;
  const { bare, having, alsoGood, alsoBad, said } = split({ ...asks, path: paths[0] });
  const fromParameter = (parameter: Properties): Example =>
    template(said.type, having({ Ref: 'P' }), {}, { Parameters: { P: { Type: 'String', ...parameter } } });
  const demands = paths.map((path) => within(path, isNotPlaintext));
  return directive({
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'fatal',
    remedy:
      'Let the service manage the secret, or refer to Secrets Manager: {{resolve:secretsmanager:name:SecretString:key}}. Then change the secret: it has been in the template, its history and the CloudFormation console.',
    notExpressible: { live: 'The APIs do not return the value, and the live readers never read a secret.' },
    aliases: [],
    controls: [],
    ...said,
    requires: allOf(demands),
    examples: {
      good: [
        bare,
        having('{{resolve:secretsmanager:app/db:SecretString:password}}'),
        fromParameter({ NoEcho: true }),
        having(onlyIf('{{resolve:secretsmanager:app/db:SecretString:password}}')),
        ...alsoGood,
      ],
      bad: [
        having('correct-horse'),
        having(onlyIf('correct-horse')),
        fromParameter({ NoEcho: true, Default: 'correct-horse' }),
        ...paths.slice(1).map((path) => merge(asks.beside ?? {}, at(path, 'correct-horse'))),
        ...alsoBad,
      ],
      unknown: [having(imported)],
    },
  });
}

/** One demand stands for itself: in words it is no list. */
const allOf = (demands: readonly Requirement[]): Requirement =>
  demands.length === 1 && demands[0] ? demands[0] : all(...demands);

/** An AWS access key for the examples. In two parts: no scanner shall take it for the real thing. */
export const accessKey = ['AKIA', 'QWERTYUIOPASDFGH'].join('');

interface Names extends Omit<Asks, 'path'> {
  /** Where the variables stand: a list of `Name` and `Value` ends with `[]`, a map with `{}`. */
  readonly paths: readonly [string, ...string[]];
  /** Which names are those of secrets, where the general pattern takes too many. */
  readonly named?: RegExp;
  /** Such a name, for the examples. */
  readonly secret?: string;
}

/** A directive that forbids plaintext in variables that are named like a secret, and credentials in any of them. */
export function noSecretVariables(asks: Names): Directive {
  const { paths, named = secretName, secret = 'DB_PASSWORD', alsoGood = [], alsoBad = [], beside = {}, ...said } = asks;
  const having = (path: string, name: string, value: Json): Properties =>
    merge(
      beside,
      path.endsWith('{}') ? at(path.slice(0, -2), { [name]: value }) : at(path, { Name: name, Value: value }),
    );
  const demand = (path: string): Requirement =>
    path.endsWith('{}')
      ? within(path.slice(0, -2), (map) => all(eachNamed(map, named, isNotPlaintextOrArn('')), holdsNoCredential(map)))
      : within(path, () => all(when(matches('Name', named), isNotPlaintextOrArn('Value')), holdsNoCredential('Value')));
  const [first] = paths;
  const demands = paths.map(demand);
  return directive({
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'error',
    remedy:
      'Keep the value in Secrets Manager and give the variable its ARN, or use the secrets of the service where it has them. Then change the secret: it has been in the template, its history and the CloudFormation console.',
    notExpressible: { live: 'The live readers never read a secret.' },
    aliases: [],
    controls: [],
    ...said,
    requires: allOf(demands),
    examples: {
      good: [
        {},
        having(first, 'STAGE', 'test'),
        having(first, 'DB_SECRET_ARN', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-a1b2c3'),
        having(first, secret, 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-a1b2c3'),
        having(first, secret, '{{resolve:secretsmanager:app/db:SecretString:password}}'),
        ...alsoGood,
      ],
      bad: [
        having(first, secret, onlyIf('correct-horse')),
        ...paths.flatMap((path) => [having(path, secret, 'correct-horse'), having(path, 'KEY', accessKey)]),
        ...alsoBad,
      ],
      unknown: [having(first, secret, imported)],
    },
  });
}

/** A policy document that turns away requests without TLS, for the examples. */
export const denyInsecure = (action: string): Properties => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: action,
      Resource: '*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
});
/** A policy document that says nothing of TLS. */
export const allowOne = (action: string): Properties => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: action, Resource: '*' }],
});
