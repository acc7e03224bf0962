import { type Directive, directive, type Example, type Json, type Properties } from '../directive';
import { isCustomerKey, isNotPlaintext, isTrue } from '../requirement';

/** The CloudFormation value that removes a property. */
export const noValue: Json = { Ref: 'AWS::NoValue' };
/** A value that only the deployment knows. */
export const imported: Json = { 'Fn::ImportValue': 'x' };
/** A property that one branch of a condition sets and the other leaves out. */
export const onlyIf = (value: Json): Json => ({ 'Fn::If': ['C', value, noValue] });
/** A property that takes one of two values. */
export const either = (one: Json, other: Json): Json => ({ 'Fn::If': ['C', one, other] });

/** The properties in which `path` (names joined by dots) has this value. */
export function at(path: string, value: Json): Properties {
  const [head = '', ...rest] = path.split('.');
  return { [head]: rest.length ? at(rest.join('.'), value) : value };
}

const isMap = (value: Json | undefined): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `over` laid over `base`, maps within maps included. */
export function merge(base: Properties, over: Properties): Properties {
  const merged: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = isMap(below) && isMap(value) ? merge(below, value) : value;
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
  /** The property that is asked for. */
  readonly path: string;
  /** Properties the examples need besides. */
  readonly beside?: Properties;
  readonly alsoGood?: readonly Example[];
  readonly alsoBad?: readonly Example[];
}

/** A directive that demands one Boolean property to be true, whose absence is plaintext. */
export function switchedOn(asks: Asks): Directive {
  const { path, beside = {}, alsoGood = [], alsoBad = [], ...said } = asks;
  const having = (value: Json): Properties => merge(beside, at(path, value));
  return directive({
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    fix: { [path]: true },
    aliases: [],
    controls: [],
    ...said,
    requires: isTrue(path),
    examples: {
      good: [having(true), having('true'), ...alsoGood],
      bad: [beside, having(false), having('false'), having(onlyIf(true)), ...alsoBad],
      unknown: [having(imported), template(said.type, having({ Ref: 'P' }), {}, parameterP)],
    },
  });
}

const keyRemedy =
  'Name a KMS key your team controls. Where the property cannot be updated in place, the resource is replaced: copy the data first.';

/** A directive that demands a customer managed key in one property. */
export function customerKey(asks: Asks): Directive {
  const { path, beside = {}, alsoGood = [], alsoBad = [], ...said } = asks;
  const having = (value: Json): Properties => merge(beside, at(path, value));
  return directive({
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    remedy: keyRemedy,
    aliases: [],
    controls: [],
    ...said,
    requires: isCustomerKey(path),
    examples: {
      good: [
        template(said.type, having(keyArn), keyResource),
        template(said.type, having(keyRef), keyResource),
        ...alsoGood,
      ],
      bad: [beside, having('alias/aws/service'), template(said.type, having(onlyIf(keyArn)), keyResource), ...alsoBad],
      unknown: [having(imported), template(said.type, having({ Ref: 'P' }), {}, parameterP)],
    },
  });
}

/** A directive that forbids a secret to stand in the template in plain text. */
export function neverPlaintext(asks: Asks): Directive {
  const { path, beside = {}, alsoGood = [], alsoBad = [], ...said } = asks;
  const having = (value: Json): Properties => merge(beside, at(path, value));
  const fromParameter = (parameter: Properties): Example =>
    template(said.type, having({ Ref: 'P' }), {}, { Parameters: { P: { Type: 'String', ...parameter } } });
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
    requires: isNotPlaintext(path),
    examples: {
      good: [
        beside,
        having('{{resolve:secretsmanager:app/db:SecretString:password}}'),
        fromParameter({ NoEcho: true }),
        having(onlyIf('{{resolve:secretsmanager:app/db:SecretString:password}}')),
        ...alsoGood,
      ],
      bad: [
        having('correct-horse'),
        having(onlyIf('correct-horse')),
        fromParameter({ NoEcho: true, Default: 'correct-horse' }),
        ...alsoBad,
      ],
      unknown: [having(imported)],
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
