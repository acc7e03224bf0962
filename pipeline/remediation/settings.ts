import type { Mode } from '../../rules/remediation/remediation';

/** The remediation's part of the configuration, with its defaults. */
export interface RemediationConfig {
  readonly mode: Mode;
  /** Another mode for one directive, by its id. */
  readonly perDirective: Readonly<Record<string, Mode>>;
  /** How many resources one run may change. */
  readonly limit: number;
  /**
   * Types that may be changed through Cloud Control: each adds what its handler needs to the role of the function. The
   * types with calls of their own need no word here.
   */
  readonly types: readonly string[];
  /** Names of further stacks that may be touched, `*` for any text; those of the environments need no word. */
  readonly stacks: readonly string[];
  /** ARNs of the principals that a quarantine does not lock out, `*` for any text. */
  readonly breakGlass: readonly string[];
  /** The data class whose key a type takes, where it is not the type's own; by CloudFormation type. */
  readonly dataClasses: Readonly<Record<string, string>>;
}

/** What holds where nothing is said: people are told, and nothing is touched. */
export const remediationDefaults: RemediationConfig = {
  mode: 'notify',
  perDirective: {},
  limit: 10,
  types: [],
  stacks: [],
  breakGlass: [],
  dataClasses: {},
};

/** The data class whose key a type takes: the services that each key's policy lets use it (bootstrap/keys.ts). */
export function dataClassOf(type: string, own: Readonly<Record<string, string>>): string | undefined {
  const named = own[type];
  if (named !== undefined) return named;
  const [, service = ''] = type.split('::');
  const classes: Readonly<Record<string, string>> = {
    S3: 'storage',
    EC2: 'storage',
    DynamoDB: 'database',
    RDS: 'database',
    CloudTrail: 'logs',
    Logs: 'logs',
    SecretsManager: 'secrets',
  };
  return classes[service];
}

/** Whether a name matches one of the patterns, in which `*` stands for any text. */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    new RegExp(
      `^${pattern
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
    ).test(name),
  );
}
