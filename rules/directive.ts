import type { Requirement } from './requirement';

export type Concern = 'at-rest' | 'in-transit' | 'keys' | 'secrets';
/** `encrypted`: the data is not plaintext. `customer-key`: under a KMS key the team controls. Never mixed in one directive. */
export type Tier = 'encrypted' | 'customer-key';
/** `fatal` cannot be waived. `warning` is reported and never stops a promotion. */
export type Severity = 'fatal' | 'error' | 'warning';

/** One control of one framework, with the public page that maps it. */
export interface Control {
  readonly framework: 'NIST-800-53-r5' | 'PCI-DSS-4.0.1' | 'CIS-AWS' | 'FSBP' | 'HIPAA' | 'SOC2' | 'ISO-27001-2022';
  readonly version?: string;
  readonly id: string;
  readonly source: string;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Properties = { readonly [property: string]: Json };

/** The properties of one resource, or, where other resources matter, a template in which `target` is judged. */
export type Example =
  | Properties
  | {
      readonly target: string;
      readonly template: { readonly Resources: Properties; readonly [section: string]: Json };
    };

/** An AWS default that makes the absence of a property right, with the announcement it rests on. */
export interface DatedDefault {
  /** ISO date from which AWS does so. */
  readonly since: string;
  readonly says: string;
  readonly source: string;
}

/** Everything about one encryption demand. Plain frozen data: no evaluation logic, no error handling, no waivers. */
export interface Directive {
  /** `<service>-<resource>-<practice>`, kebab-case, unique and stable. */
  readonly id: string;
  readonly title: string;
  readonly concern: Concern;
  readonly tier: Tier;
  readonly severity: Severity;
  /** The CloudFormation type it judges. */
  readonly type: string;
  /** It does not apply where any of these hold. */
  readonly unless?: readonly Requirement[];
  readonly requires: Requirement;
  /** Why it matters, in a sentence or two. */
  readonly why: string;
  /** Properties that mend a finding: dotted path to value. Absent where no value fits every team. */
  readonly fix?: Properties;
  /** How to mend it where `fix` cannot say, or what mending costs (a replacement, say). */
  readonly remedy?: string;
  /** AWS Config managed rules that judge the same. */
  readonly config?: readonly string[];
  /** Ids of the same demand in other tools: `cfn_nag:F27`, `checkov:CKV_AWS_16`, `fsbp:RDS.3`, `cdk-nag:AwsSolutions-RDS2`. */
  readonly aliases: readonly string[];
  readonly controls: readonly Control[];
  readonly default?: DatedDefault;
  /** The AWS page it rests on. */
  readonly source: string;
  readonly examples: {
    readonly good: readonly [Example, ...Example[]];
    readonly bad: readonly [Example, ...Example[]];
    readonly unknown: readonly Example[];
  };
  /** Why a control point cannot judge it, where that is so: a written reason, never silence. */
  readonly notExpressible?: Partial<Record<'live', string>>;
}

/** Encryption-related properties that no directive judges: resource type, then path (`Users[].Password`), then why not. */
export type Exemptions = { readonly [type: string]: { readonly [path: string]: string } };

/** What one file of `services/` holds. */
export interface Service {
  readonly directives: readonly Directive[];
  readonly exempt: Exemptions;
}

/** The part of a resource's metadata that holds secrets; it is judged as if it were a property of this name. */
export const authenticationKey = 'AWS::CloudFormation::Authentication';

/** Freezes a directive, so that no reader of the catalogue can change it for another. */
export function directive(data: Directive): Directive {
  return deepFreeze(data);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
