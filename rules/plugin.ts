import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import type { Directive, Severity } from './directive';
import { type DirectiveIndex, indexDirectives } from './judge';
import { lintText } from './lint';
import { type Profile, selectDirectives } from './profile';
import { catalogue } from './services';
import { withKeys } from './template/outputs';
import type { Verdict } from './verdict';
import { applyWaivers } from './waivers';

/** The rule name of the finding that proves the plugin ran. */
export const heartbeat = 'cipherline-heartbeat';

export interface EncryptionDirectivesOptions {
  readonly profile?: Profile;
  /** Names under which stacks outside of the app export the ARN of a customer managed key. */
  readonly exportedKeys?: readonly string[];
  /** The clock by which waivers expire. */
  readonly today?: Date;
}

/**
 * What the CDK is told: a violation without a severity is dropped as soon as anything is acknowledged, so each has one;
 * what `fatal` says cannot be acknowledged, and a fatal directive cannot be waived.
 */
const severities: Readonly<Record<Severity, string>> = { fatal: 'fatal', error: 'error', warning: 'warning' };

/**
 * The directives as a CDK validation plugin: `Validations.of(app).addPlugins(new EncryptionDirectives())`.
 * A verdict of `unknown` is a violation too. Waivers in the metadata of a resource hold; a malformed or expired one is a
 * violation. One `info` finding is always reported, so that a gate can tell that the plugin ran.
 */
export class EncryptionDirectives implements IPolicyValidationPlugin {
  readonly name = 'EncryptionDirectives';
  readonly #options: EncryptionDirectivesOptions;

  constructor(options: EncryptionDirectivesOptions = {}) {
    this.#options = options;
  }

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const { profile = 'default', exportedKeys = [], today = new Date() } = this.#options;
    const directives = selectDirectives(catalogue, profile);
    const index = indexDirectives(directives);
    const byId = new Map(directives.map((one) => [one.id, one]));
    const violations: PolicyViolation[] = [];
    let templates = 0;
    for (const templatePath of context.templatePaths) {
      try {
        violations.push(...judge(templatePath, index, byId, exportedKeys, today));
        templates += 1;
      } catch (error) {
        // A plugin that throws counts as a success under `cdk synth '**'`: what cannot be judged is a violation.
        const reason = error instanceof Error ? error.message : String(error);
        violations.push(
          unplaced('cipherline-unjudged', `${templatePath} could not be judged: ${reason}`, templatePath),
        );
      }
    }
    const failed = violations.some(({ severity }) => severity !== 'warning');
    violations.push({
      ruleName: heartbeat,
      description: `judged ${templates} templates by ${directives.length} directives, profile ${profile}`,
      severity: 'info',
      violatingResources: [],
    });
    return { success: !failed, violations };
  }
}

function judge(
  templatePath: string,
  index: DirectiveIndex,
  byId: ReadonlyMap<string, Directive>,
  exportedKeys: readonly string[],
  today: Date,
): PolicyViolation[] {
  const inputs = exportedKeys.length > 0 ? { otherStacks: withKeys(undefined, exportedKeys) } : {};
  const linted = lintText({ text: readFileSync(templatePath, 'utf8'), file: templatePath, inputs }, index);
  const { verdicts, problems } = applyWaivers(linted.verdicts, linted.waivers, catalogue, today);
  return [
    ...verdicts.flatMap((verdict) => {
      const one = byId.get(verdict.directive);
      const stands = verdict.verdict === 'fail' || verdict.verdict === 'unknown';
      return stands && one ? [violation(verdict, one, templatePath)] : [];
    }),
    // An unused waiver is told by the lint, which sees the nested stacks and the parameters too.
    ...problems
      .filter(({ kind }) => kind !== 'unused')
      .map(({ kind, where, message }) => unplaced(`cipherline-waiver-${kind}`, `${where}: ${message}`, templatePath)),
  ];
}

function violation(verdict: Verdict, one: Directive, templatePath: string): PolicyViolation {
  const { logicalId } = verdict.resource;
  const place = `Resources.${logicalId}.Properties${verdict.path ? `.${verdict.path}` : ''}`;
  return {
    ruleName: one.id,
    description: `${one.title}: found ${verdict.found}, wanted ${verdict.expected}. ${one.why}`,
    severity: severities[one.severity],
    violatingResources: [{ resourceLogicalId: logicalId, templatePath, locations: [place] }],
  };
}

const unplaced = (ruleName: string, description: string, templatePath: string): PolicyViolation => ({
  ruleName,
  description,
  severity: 'error',
  violatingResources: [{ resourceLogicalId: '', templatePath, locations: [] }],
});
