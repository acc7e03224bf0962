/**
 * The requirement vocabulary: a small tree of plain data that says what must be true of a resource's properties.
 * It is serialisable on purpose: the template lint, the CDK plugin, the live check, the Config rule and the Hook all
 * evaluate this one tree (`evaluate.ts`), so a demand is written once.
 *
 * A path is property names joined by dots, relative to the resource's properties or, inside `each` and `some`, to the
 * list entry; `''` is the value itself. A number is a list index. Values are coerced as CloudFormation coerces them:
 * the string 'true' is true, '7' is 7.
 */
export type Requirement =
  | { readonly op: 'isTrue'; readonly path: string }
  | { readonly op: 'isNotTrue'; readonly path: string }
  | { readonly op: 'given'; readonly path: string }
  | { readonly op: 'absent'; readonly path: string }
  | { readonly op: 'oneOf'; readonly path: string; readonly values: readonly Scalar[] }
  | { readonly op: 'noneOf'; readonly path: string; readonly values: readonly Scalar[] }
  | { readonly op: 'matches'; readonly path: string; readonly pattern: string; readonly flags?: string }
  | { readonly op: 'atLeast'; readonly path: string; readonly bound: number }
  | { readonly op: 'atMost'; readonly path: string; readonly bound: number }
  | { readonly op: 'isCustomerKey'; readonly path: string }
  | { readonly op: 'tlsAtLeast'; readonly path: string; readonly table: TlsTable; readonly version: TlsVersion }
  | { readonly op: 'isNotPlaintext'; readonly path: string; readonly orArn?: true }
  | { readonly op: 'deniesInsecureTransport'; readonly path: string }
  | { readonly op: 'hasNoWildcardPrincipal'; readonly path: string; readonly actions?: readonly string[] }
  | { readonly op: 'allowsNotEverywhere'; readonly path: string; readonly actions: readonly string[] }
  | { readonly op: 'separatesKeyDuties'; readonly path: string }
  | { readonly op: 'holdsNoCredential'; readonly path: string }
  | { readonly op: 'each'; readonly path: string; readonly requires: Requirement; readonly named?: string }
  | { readonly op: 'some'; readonly path: string; readonly requires: Requirement }
  | { readonly op: 'parsed'; readonly path: string; readonly requires: Requirement }
  | { readonly op: 'all'; readonly of: readonly Requirement[] }
  | { readonly op: 'any'; readonly of: readonly Requirement[] }
  | { readonly op: 'not'; readonly of: Requirement }
  | { readonly op: 'when'; readonly condition: Requirement; readonly then: Requirement }
  | { readonly op: 'hasRelated'; readonly type: string; readonly by: string; readonly requires: Requirement }
  | { readonly op: 'follows'; readonly path: string; readonly type: string; readonly requires: Requirement };

export type Scalar = string | number | boolean;
/** The services whose TLS policy names `tls.ts` knows. */
export type TlsTable = 'cloudfront' | 'elb' | 'api-gateway' | 'opensearch' | 'generic';
export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3';

/** The property is true. Absent is false. */
export const isTrue = (path: string): Requirement => ({ op: 'isTrue', path });
/** The property is absent or false. */
export const isNotTrue = (path: string): Requirement => ({ op: 'isNotTrue', path });
/**
 * The property is there and not a blank string, an empty list or an empty object; an unresolved reference counts as
 * there. A list whose entries are all left out is empty; an object whose properties are all left out is unknown.
 */
export const given = (path: string): Requirement => ({ op: 'given', path });
/** The property is not there (`AWS::NoValue` is not there). */
export const absent = (path: string): Requirement => ({ op: 'absent', path });
/** The property is there, be it empty: what a precondition asks, so that emptying a property is no way round a demand. */
export const present = (path: string): Requirement => not(absent(path));
/** The property has one of these values. Absent fails. */
export const oneOf = (path: string, ...values: readonly Scalar[]): Requirement => ({ op: 'oneOf', path, values });
/** The property has none of these values. Absent passes. */
export const noneOf = (path: string, ...values: readonly Scalar[]): Requirement => ({ op: 'noneOf', path, values });
/** The property is a string that matches the regular expression (flag `i` allowed). Absent fails. */
export const matches = (path: string, pattern: RegExp): Requirement => ({
  op: 'matches',
  path,
  pattern: pattern.source,
  ...(pattern.flags ? { flags: pattern.flags } : {}),
});
/** The property is a number of at least `bound`. Absent fails. */
export const atLeast = (path: string, bound: number): Requirement => ({ op: 'atLeast', path, bound });
/** The property is a number of at most `bound`. Absent fails. */
export const atMost = (path: string, bound: number): Requirement => ({ op: 'atMost', path, bound });
/**
 * The property names a KMS key that a customer manages: not absent, not `alias/aws/…`, not an AWS owned key. A text
 * that is neither an id nor an ARN nor an alias is unknown.
 * A reference to a key or alias in the same template is followed; live, the key is looked up in KMS.
 */
export const isCustomerKey = (path: string): Requirement => ({ op: 'isCustomerKey', path });
/** The named TLS policy admits nothing below `version`; a name the dated table does not know is unknown. Absent fails. */
export const tlsAtLeast = (path: string, table: TlsTable, version: TlsVersion): Requirement => ({
  op: 'tlsAtLeast',
  path,
  table,
  version,
});
/**
 * The property is absent, a dynamic reference to Secrets Manager or to a SecureString, or a `NoEcho` parameter without
 * a default: never a literal, nor what `{{resolve:ssm:…}}` keeps in plaintext.
 */
export const isNotPlaintext = (path: string): Requirement => ({ op: 'isNotPlaintext', path });
/** As `isNotPlaintext`, or an ARN, which says where a secret is: what a program that fetches it is given. */
export const isNotPlaintextOrArn = (path: string): Requirement => ({ op: 'isNotPlaintext', path, orArn: true });
/**
 * No text in the property, at whatever depth, looks like a credential: an access key, a private key, a token of a
 * well-known service. References and dynamic references pass, unless they lead to such a text in the template; what
 * stands beside them is looked at.
 */
export const holdsNoCredential = (path: string): Requirement => ({ op: 'holdsNoCredential', path });
/** The policy document denies every principal every action on all of the resource while `aws:SecureTransport` is false. */
export const deniesInsecureTransport = (path: string): Requirement => ({ op: 'deniesInsecureTransport', path });
/** No `Allow` statement of the policy document gives everybody access without a condition that narrows who. */
export const hasNoWildcardPrincipal = (path: string, ...actions: readonly string[]): Requirement => ({
  op: 'hasNoWildcardPrincipal',
  path,
  ...(actions.length ? { actions } : {}),
});
/** No `Allow` statement of the policy document gives one of the actions on every resource of their kind without a condition. */
export const allowsNotEverywhere = (path: string, ...actions: readonly string[]): Requirement => ({
  op: 'allowsNotEverywhere',
  path,
  actions,
});
/** No `Allow` statement of the key policy gives both administration and use of the key (kms:* gives both). */
export const separatesKeyDuties = (path: string): Requirement => ({ op: 'separatesKeyDuties', path });
/** Every entry of the list (or value of the map) satisfies `requires`. Absent and empty pass. */
export const each = (path: string, requires: Requirement): Requirement => ({ op: 'each', path, requires });
/** Every entry of the map whose name matches `named` satisfies `requires`; a name is written with the flag `i` or without. */
export const eachNamed = (path: string, named: RegExp, requires: Requirement): Requirement => ({
  op: 'each',
  path,
  requires,
  named: named.flags.includes('i') ? `(?i)${named.source}` : named.source,
});
/** The property is a JSON document, as text or as it stands, that satisfies `requires`. Absent and broken text fail. */
export const parsed = (path: string, requires: Requirement): Requirement => ({ op: 'parsed', path, requires });
/**
 * A demand on a property inside lists and maps: in `Users[].Password` it must hold for each entry of the list, in
 * `Settings{}.Key` for each of the map.
 */
export function within(path: string, demand: (path: string) => Requirement): Requirement {
  const [, list, rest = ''] = /^(.*?)(?:\[\]|\{\})\.?(.*)$/.exec(path) ?? [];
  return list === undefined ? demand(path) : each(list, within(rest, demand));
}
/** At least one entry of the list (or value of the map) satisfies `requires`. Absent and empty fail. */
export const some = (path: string, requires: Requirement): Requirement => ({ op: 'some', path, requires });
/** All of them hold. */
export const all = (...of: readonly Requirement[]): Requirement => ({ op: 'all', of });
/** At least one of them holds. */
export const any = (...of: readonly Requirement[]): Requirement => ({ op: 'any', of });
/** It does not hold. */
export const not = (of: Requirement): Requirement => ({ op: 'not', of });
/** If `condition` holds, `then` must hold. */
export const when = (condition: Requirement, then: Requirement): Requirement => ({ op: 'when', condition, then });
/** Some resource of `type` whose property `by` refers to this one satisfies `requires` (a bucket's policy, say). */
export const hasRelated = (type: string, by: string, requires: Requirement): Requirement => ({
  op: 'hasRelated',
  type,
  by,
  requires,
});
/** The resource of `type` that the property refers to satisfies `requires`; one outside this template is unknown. */
export const follows = (path: string, type: string, requires: Requirement): Requirement => ({
  op: 'follows',
  path,
  type,
  requires,
});
/** The property is absent, or `requires` holds: for a property whose default is right. */
export const absentOr = (path: string, requires: Requirement): Requirement => any(absent(path), requires);
