import type { Json } from '../directive';

/** What is done about a finding: tell somebody; mend it; and where it cannot be mended, keep it from being used. */
export type Mode = 'notify' | 'enable' | 'quarantine';
export const modes = ['notify', 'enable', 'quarantine'] as const satisfies readonly Mode[];

/** Where a parameter of a call comes from, when it is no literal. */
export type Parameter =
  /** CloudFormation's physical id of the resource. */
  | { readonly from: 'id' }
  /** A property of the resource as it is to be. `text` is its JSON, `string` and `number` a scalar of that kind. */
  | { readonly from: 'property'; readonly path: string; readonly as?: 'text' | 'string' | 'number' }
  /** The entry of the property named by `each`, for a policy that stands on several resources. */
  | { readonly from: 'each' }
  /** What takes more than a property: read from the service and changed, by the function of that name. */
  | { readonly from: 'shape'; readonly shape: Shape }
  | { readonly literal: Json };

/** The functions that turn CloudFormation's shape into that of a service's API. */
export type Shape =
  | 's3-encryption'
  | 'dynamodb-encryption'
  | 'dynamodb-global-encryption'
  | 'launch-template'
  | 'rotation-rules'
  | 'parameters'
  | 'codebuild-project';

/** One call of a service's API, as data: what the function makes of a finding, and what its role must be allowed. */
export interface Call {
  /** The SDK's name of the service, such as `s3`. */
  readonly service: string;
  readonly api: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The property that lists what the call is made for, once each. */
  readonly each?: string;
  /** IAM actions beside those that reading takes. */
  readonly actions: readonly string[];
  /** What the role may do it to; `{account}`, `{region}` and `{partition}` are filled in. */
  readonly resource: string;
  /** The AWS page of the call. */
  readonly page: string;
}

/** An Automation document that AWS owns. */
export interface OwnedDocument {
  readonly name: string;
  readonly page: string;
  /** The AWS Config managed rule whose findings it mends, and by which AWS Config starts it. */
  readonly rule: string;
  /** The parameter that takes the id AWS Config knows the resource by. */
  readonly resource: string;
  /** The parameter that takes the key, where it takes one. */
  readonly key?: string;
  readonly fixed?: Readonly<Record<string, string>>;
  /** What its role must be allowed, by its page. */
  readonly actions: readonly string[];
}

/** What mends a deployed resource in place, without replacing it; or why nothing does. */
export type Remediation =
  | {
      readonly how: 'document';
      readonly document: OwnedDocument;
      /** The properties it changes, list entries as `[]`. */
      readonly writes: readonly string[];
      /** What does the same where AWS Config cannot start the document: another rule found it, or no AWS is there. */
      readonly calls: readonly Call[];
    }
  | { readonly how: 'call'; readonly writes: readonly string[]; readonly calls: readonly Call[] }
  | { readonly how: 'none'; readonly reason: string; readonly migration: string };

/** A way to stop further exposure that can be taken back without a loss. */
export interface Quarantine {
  readonly what: string;
  readonly undo: string;
  readonly call: Call;
  readonly release: Call;
}
