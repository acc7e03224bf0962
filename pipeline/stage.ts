/** The steps of the pipeline, in their order. `deploy`, `verify` and `promote` happen once per environment. */
export type StageName = 'source' | 'build' | 'lint' | 'deploy' | 'verify' | 'promote';

/** One thing a stage must be allowed to do; the engines turn these into IAM statements. */
export interface Permission {
  readonly actions: readonly string[];
  /**
   * ARNs; `${account}`, `${region}`, `${partition}`, `${environment}` and `${name}` stand for those of the target, and
   * `${prefix}` for how the names begin that CloudFormation gives to what the environment's stacks make.
   */
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why it needs this; printed by `bootstrap --dry-run`. */
  readonly why: string;
}

/** What a stage says it needs, with values in the place of `${…}`; what has no value stays as it is. */
export function filledPermissions(
  permissions: readonly Permission[],
  values: Readonly<Record<string, string>>,
): readonly Permission[] {
  const fill = (text: string): string => text.replace(/\$\{(\w+)\}/g, (whole, word: string) => values[word] ?? whole);
  const filled = (conditions: NonNullable<Permission['conditions']>) =>
    Object.fromEntries(
      Object.entries(conditions).map(([operator, tests]) => [
        operator,
        Object.fromEntries(
          Object.entries(tests).map(([key, value]) => [key, typeof value === 'string' ? fill(value) : value.map(fill)]),
        ),
      ]),
    );
  return permissions.map(({ resources, conditions, ...rest }) => ({
    ...rest,
    resources: resources.map(fill),
    ...(conditions ? { conditions: filled(conditions) } : {}),
  }));
}

/**
 * A stage as plain data: the engines (CodePipeline, GitHub Actions, the laptop) only translate it. The commands are
 * `cipherline` verbs, so that one input gives one verdict file on all three.
 */
export interface StageModule {
  readonly name: StageName;
  readonly title: string;
  readonly perEnvironment: boolean;
  /** Shell commands; `$ENVIRONMENT` is the environment's name. */
  readonly commands: readonly string[];
  /** Commands that must succeed before a person is asked to approve the stage. */
  readonly beforeApproval?: readonly string[];
  /** Folders or files it needs from earlier stages. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** JUnit files it leaves. */
  readonly reports: readonly string[];
  /** SARIF files it leaves; GitHub shows them as code scanning alerts. */
  readonly sarif?: readonly string[];
  readonly permissions: readonly Permission[];
}

/** The ARNs of a service's resources that CloudFormation named after a stack of the environment. */
export const named = (service: string, kind: string): string =>
  `arn:\${partition}:${service}:\${region}:\${account}:${kind}\${prefix}*`;

/** The ARNs of all resources of a kind: each such pattern has its reason in bootstrap/justified.ts. */
export const any = (service: string, kind: string): string =>
  `arn:\${partition}:${service}:\${region}:\${account}:${kind}*`;
