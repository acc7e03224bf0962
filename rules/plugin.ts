import { readFileSync } from 'node:fs';
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolation,
} from 'aws-cdk-lib';
import { indexDirectives } from './judge';
import { lintText } from './lint';
import { type Profile, selectDirectives } from './profile';
import { catalogue } from './services';

/** The rule name of the finding that proves the plugin ran. */
export const heartbeat = 'cipherline-heartbeat';

/**
 * The directives as a CDK validation plugin: `Validations.of(app).addPlugins(new EncryptionDirectives())`.
 * A verdict of `unknown` is a violation too, and every violation has severity `error`: CDK drops those without one
 * as soon as any other is acknowledged. One `info` finding is always reported, so that a gate can tell that it ran.
 */
export class EncryptionDirectives implements IPolicyValidationPlugin {
  readonly name = 'EncryptionDirectives';
  readonly #profile: Profile;

  constructor(options: { readonly profile?: Profile } = {}) {
    this.#profile = options.profile ?? 'default';
  }

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const directives = selectDirectives(catalogue, this.#profile);
    const index = indexDirectives(directives);
    const byId = new Map(directives.map((one) => [one.id, one]));
    const violations: PolicyViolation[] = [];
    let templates = 0;
    for (const templatePath of context.templatePaths) {
      try {
        const { verdicts } = lintText({ text: readFileSync(templatePath, 'utf8'), file: templatePath }, index);
        templates += 1;
        for (const verdict of verdicts) {
          const one = byId.get(verdict.directive);
          if (verdict.verdict === 'pass' || !one) continue;
          violations.push({
            ruleName: one.id,
            description: `${one.title}: found ${verdict.found}, wanted ${verdict.expected}. ${one.why}`,
            severity: one.severity === 'warning' ? 'warning' : 'error',
            violatingResources: [
              {
                resourceLogicalId: verdict.resource.logicalId,
                templatePath,
                locations: [
                  `Resources.${verdict.resource.logicalId}.Properties${verdict.path ? `.${verdict.path}` : ''}`,
                ],
              },
            ],
          });
        }
      } catch (error) {
        // A plugin that throws counts as a success under `cdk synth '**'`: what cannot be judged is a violation.
        const reason = error instanceof Error ? error.message : String(error);
        violations.push({
          ruleName: 'cipherline-unjudged',
          description: `${templatePath} could not be judged: ${reason}`,
          severity: 'error',
          violatingResources: [{ resourceLogicalId: '', templatePath, locations: [] }],
        });
      }
    }
    const failed = violations.some(({ severity }) => severity === 'error');
    violations.push({
      ruleName: heartbeat,
      description: `judged ${templates} templates by ${directives.length} directives, profile ${this.#profile}`,
      severity: 'info',
      violatingResources: [],
    });
    return { success: !failed, violations };
  }
}
