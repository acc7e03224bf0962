import type { Directive } from './directive';
import { isObject, type JsonObject, parseTemplate } from './template/parse';
import type { Verdict } from './verdict';
import { namesOf, type Waiver } from './waivers';

/** A finding of another tool that a repository has silenced. */
export interface Suppression {
  readonly tool: 'cfn_nag' | 'checkov' | 'cdk-nag' | 'cfn-guard';
  readonly id: string;
  readonly logicalId: string;
  readonly reason: string;
}

/**
 * The suppressions in a template: the metadata of cfn_nag, checkov, cdk-nag and CloudFormation Guard, and checkov's
 * comments (`# checkov:skip=CKV_AWS_18:reason`) inside a resource.
 * @throws TemplateError when it is no template.
 */
export function suppressionsIn(text: string, file: string): Suppression[] {
  const { document } = parseTemplate(text, file);
  const resources = isObject(document.Resources) ? document.Resources : {};
  return [
    ...Object.entries(resources).flatMap(([logicalId, one]) => inMetadata(logicalId, one)),
    ...inComments(text, resources),
  ];
}

function inMetadata(logicalId: string, resource: unknown): Suppression[] {
  const metadata = isObject(resource) && isObject(resource.Metadata) ? resource.Metadata : {};
  const lists = [
    ['cfn_nag', 'rules_to_suppress', 'id', 'reason'],
    ['cdk_nag', 'rules_to_suppress', 'id', 'reason'],
    ['checkov', 'skip', 'id', 'comment'],
    ['guard', 'SuppressedRules', 'id', 'reason'],
  ] as const;
  return lists.flatMap(([key, list, idOf, reasonOf]) => {
    const section = metadata[key];
    const entries = isObject(section) ? section[list] : undefined;
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry): Suppression[] => {
      const id = isObject(entry) ? entry[idOf] : entry;
      const reason = isObject(entry) ? entry[reasonOf] : undefined;
      return typeof id === 'string' ? [{ tool: tools[key], id, logicalId, reason: String(reason ?? '') }] : [];
    });
  });
}

const tools = { cfn_nag: 'cfn_nag', cdk_nag: 'cdk-nag', checkov: 'checkov', guard: 'cfn-guard' } as const;

/** A comment belongs to the resource whose block it stands in: the last one named above it. */
function inComments(text: string, resources: JsonObject): Suppression[] {
  const found: Suppression[] = [];
  let current: string | undefined;
  for (const line of text.split('\n')) {
    const [, key] = /^\s{1,12}["']?([A-Za-z0-9]+)["']?\s*:/.exec(line) ?? [];
    if (key !== undefined && resources[key] !== undefined) current = key;
    const [, id, reason = ''] = /#\s*checkov:skip=([A-Z0-9_]+)(?::\s*(.*))?/.exec(line) ?? [];
    if (id !== undefined && current !== undefined) {
      found.push({ tool: 'checkov', id, logicalId: current, reason: reason.trim() });
    }
  }
  return found;
}

/** What becomes of suppressions: waivers, and those that need none or can have none, with why. */
export interface Converted {
  readonly waivers: readonly Waiver[];
  readonly left: readonly { readonly suppression: Suppression; readonly why: string }[];
}

/**
 * Turns the suppressions of one template into waivers of the directives that judge the same, for the findings there are.
 * @param answers who answers for them, by which ticket, and until when.
 */
export function toWaivers(
  suppressions: readonly Suppression[],
  findings: readonly Verdict[],
  catalogue: readonly Directive[],
  answers: Pick<Waiver, 'owner' | 'ticket' | 'expires'>,
): Converted {
  const named = namesOf(catalogue);
  const severity = new Map(catalogue.map((one) => [one.id, one.severity]));
  const waivers = new Map<string, Waiver>();
  const left: { suppression: Suppression; why: string }[] = [];
  for (const suppression of suppressions) {
    const { tool, id, logicalId, reason } = suppression;
    const directives = named.get(`${tool}:${id}`) ?? named.get(`config:${id}`);
    if (!directives) {
      left.push({ suppression, why: 'no directive judges what it silences' });
      continue;
    }
    const open = findings.filter(
      ({ directive, resource, verdict }) =>
        directives.has(directive) && resource.logicalId === logicalId && (verdict === 'fail' || verdict === 'unknown'),
    );
    if (open.length === 0) left.push({ suppression, why: 'there is no finding that needs it' });
    for (const { directive, resource } of open) {
      if (severity.get(directive) === 'fatal') {
        left.push({ suppression, why: `${directive} is fatal and cannot be waived: mend it` });
        continue;
      }
      const name = `${resource.stack}/${logicalId}`;
      const why = reason === '' ? `suppressed for ${tool} as ${id}` : reason;
      waivers.set(`${directive} ${name}`, { directive, resource: name, reason: why, ...answers });
    }
  }
  return { waivers: [...waivers.values()], left };
}
