import { managedRulesOf, recordedTypes } from '../../bootstrap/conformance';
import type { Scale } from '../../bootstrap/scale';
import packageJson from '../../package.json';
import { recipes } from '../../pipeline/recipes/index';
import { coverage } from '../../rules/coverage';
import type { Directive, Exemptions } from '../../rules/directive';
import { managedRules } from '../../rules/managed-rules';
import { policyDocuments } from '../../rules/preventive';
import { configRulesOf, securityHubControlsOf, standing } from '../../rules/references';
import { securityHubControls } from '../../rules/security-hub';
import { loadSpec } from '../../rules/spec';
import { controlPointsPage } from './control-points-page';
import { coveragePage } from './coverage-page';
import { directivePage } from './directive-page';
import type { Files } from './files';
import { guardrailsPage } from './guardrails-page';
import { indexes } from './indexes';
import { byText } from './markdown';
import { migratePage } from './migrate-page';
import { readBackPage } from './read-back-page';
import { remediationPage } from './remediation-page';
import { scalePage } from './scale-page';

/** Where the pages of the directives stand; every page in it is written by the command. */
export const folder = 'docs/directives';
/** What brings the pages up to date. */
export const command = 'npx cipherline rules docs';

/** All pages that are made from the catalogue. The same catalogue makes the same text, on every machine. */
export async function pages(unsorted: readonly Directive[], exemptions: Exemptions): Promise<Files> {
  const catalogue = unsorted.toSorted((a, b) => byText(a.id, b.id));
  const spec = await loadSpec();
  const { types } = coverage(spec, catalogue, exemptions);
  const links = new Map([...managedRules, ...securityHubControls].map(({ id, page }) => [id, page]));
  const around = {
    covered: new Set(types.map(({ type }) => type)),
    pages: links,
  };
  return new Map([
    ...catalogue.map((one): [string, string] => [`${folder}/${one.id}.md`, directivePage(one, around)]),
    ...[...indexes(catalogue, links)].map(([name, text]): [string, string] => [`${folder}/${name}`, text]),
    ['docs/read-back.md', readBackPage(catalogue)],
    ['docs/control-points.md', controlPointsPage(catalogue, links)],
    ['docs/remediation.md', remediationPage(catalogue)],
    ['docs/guardrails.md', guardrailsPage(catalogue)],
    ['docs/migrate.md', migratePage(recipes)],
    ['docs/scale.md', scalePage(plannedScale(catalogue))],
    [
      'docs/coverage.md',
      coveragePage({
        schemaTypes: spec.types.length,
        schemaVersion: packageJson.dependencies['@aws-cdk/aws-service-spec'],
        directives: catalogue.length,
        types,
        managedRules: standing(managedRules, catalogue, configRulesOf),
        securityHub: standing(securityHubControls, catalogue, securityHubControlsOf),
      }),
    ],
  ]);
}

/** The organization that docs/scale.md plans. */
function plannedScale(catalogue: readonly Directive[]): Scale {
  const policies = policyDocuments(catalogue, {
    name: 'cipherline',
    partition: 'aws',
    breakGlass: ['arn:aws:iam::*:role/BreakGlass'],
    keyAdministrators: ['arn:aws:iam::*:role/KeyAdministrators'],
    profile: 'default',
  });
  const detection = { profile: 'default', region: 'us-east-1' } as const;
  const of = (kind: 'scp' | 'rcp'): number => policies.filter((one) => one.kind === kind).length;
  return {
    accounts: 1_000,
    regions: 17,
    activeRegions: 3,
    units: 20,
    rules: managedRulesOf(detection).length,
    types: recordedTypes(detection),
    policies: { scp: of('scp'), rcp: of('rcp') },
  };
}
