import { dump } from 'js-yaml';
import type { Directive, Json } from '../../rules/directive';
import { fixTemplates } from '../../rules/fix';
import { indexDirectives, judgeTemplate } from '../../rules/judge';
import type { Change } from '../../rules/remediation/mend';
import { withValue } from '../../rules/remediation/mend';
import { isObject, type JsonObject, parseTemplate, TemplateError } from '../../rules/template/parse';
import type { ResourceId, Verdict } from '../../rules/verdict';
import { cdkCode } from '../cdk-code';
import { unifiedDiff } from '../diff';

/** What a deployment needs so that it does not undo the remediation, as the body of a pull request. */
export interface OfferedPatch {
  /**
   * `diff`: the template lacks it, and this adds it; `properties`: it lacks it, and these are to be added;
   * `declared`: the template asks for it already, and the resource was changed outside of it.
   */
  readonly kind: 'diff' | 'properties' | 'declared';
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** The template a stack was deployed from, as CloudFormation or the repository has it. */
export interface TemplateOf {
  readonly text: string;
  readonly file: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly pseudo?: Readonly<Record<string, string>>;
}

export interface PatchInput {
  readonly directive: Directive;
  readonly resource: ResourceId;
  readonly changes: readonly Change[];
  readonly template?: TemplateOf | undefined;
  /** The page of the directive. */
  readonly page: string;
}

/** Offers the patch of the template that goes with a remediation. */
export function offerPatch({ directive, resource, changes, template, page }: PatchInput): OfferedPatch {
  const { logicalId, type, stack } = resource;
  const title = `${directive.id}: ${logicalId} of ${stack}`;
  const document = template && documentOf(template);
  const about = [`**${directive.title}** ([${directive.id}](${page}))`, '', directive.why, ''];
  const wanted = propertiesOf(directive, resource, changes);
  const said = [
    `\`${logicalId}\` (${type}) of the stack \`${stack}\` is to hold:`,
    '',
    '```yaml',
    dump({ [logicalId]: { Type: type, Properties: wanted } }, { lineWidth: 110, noRefs: true }).trimEnd(),
    '```',
  ];
  if (template && document && holdsAlready(directive, resource, document, template)) {
    return {
      kind: 'declared',
      title,
      body: [
        ...about,
        'The template asks for this already: the deployed resource was changed by somebody, outside of CloudFormation. There is nothing to change here; a deployment of the same template would not have brought it back, for CloudFormation compares templates and not resources.',
        '',
        ...said,
      ].join('\n'),
    };
  }
  const diff = template && document ? diffOf(directive, resource, template) : '';
  const code = document ? cdkLines(directive, resource, changes, document) : [];
  const inCdk = code.length > 0 ? ['', 'In the CDK code that makes it:', '', '```ts', ...code, '```'] : [];
  return diff !== ''
    ? { kind: 'diff', title, body: [...about, '```diff', diff.trimEnd(), '```', ...inCdk].join('\n') }
    : { kind: 'properties', title, body: [...about, ...said, ...inCdk].join('\n') };
}

function documentOf({ text, file }: TemplateOf): JsonObject | undefined {
  try {
    return parseTemplate(text, file).document;
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

const inputsOf = ({ parameters, pseudo }: TemplateOf) => ({
  ...(parameters ? { parameters } : {}),
  ...(pseudo ? { pseudo } : {}),
});

function holdsAlready(
  directive: Directive,
  { logicalId, stack }: ResourceId,
  document: JsonObject,
  template: TemplateOf,
): boolean {
  const verdicts = judgeTemplate(document, indexDirectives([directive]), stack, inputsOf(template));
  const own = verdicts.filter(({ resource }) => resource.logicalId === logicalId);
  return own.length > 0 && own.every(({ verdict }) => verdict === 'pass');
}

function diffOf(directive: Directive, { logicalId, stack }: ResourceId, template: TemplateOf): string {
  const { text, file } = template;
  const { files } = fixTemplates([{ file, text, stack, named: true, inputs: inputsOf(template) }], {
    index: indexDirectives([directive]),
    surroundings: {},
    editable: () => true,
    waive: (verdicts) => verdicts.filter(({ resource }) => resource.logicalId === logicalId),
  });
  return files.map((one) => unifiedDiff(one.file, one.before, one.after)).join('');
}

/** The properties that mend it: of the directive where it names them, else those that were written. */
function propertiesOf(directive: Directive, { logicalId }: ResourceId, changes: readonly Change[]): JsonObject {
  const own = changes.filter((change) => change.logicalId === logicalId);
  if (own.length > 0) return own.reduce<JsonObject>((sum, { path, value }) => withValue(sum, path, value), {});
  return Object.entries(directive.fix ?? {}).reduce<JsonObject>(
    (sum, [property, value]) => withValue(sum, property.split('.'), value),
    {},
  );
}

function cdkLines(
  directive: Directive,
  resource: ResourceId,
  changes: readonly Change[],
  document: JsonObject,
): string[] {
  const resources = isObject(document.Resources) ? document.Resources : {};
  const one = resources[resource.logicalId];
  const metadata = isObject(one) && isObject(one.Metadata) ? one.Metadata : {};
  const constructPath = metadata['aws:cdk:path'];
  if (typeof constructPath !== 'string') return [];
  const verdict: Verdict = {
    directive: directive.id,
    resource,
    verdict: 'fail',
    controlPoint: 'template',
    source: { file: '', constructPath },
  };
  const own = changes.filter(({ logicalId }) => logicalId === resource.logicalId);
  const set: Record<string, Json> = Object.fromEntries(own.map(({ path, value }) => [path.join('.'), value]));
  return cdkCode(verdict, own.length > 0 ? set : (directive.fix ?? {}));
}
