import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Directive } from '../../rules/directive';
import { fingerprints } from '../../rules/fingerprint';
import type { SourceLocation, Verdict } from '../../rules/verdict';
import type { ToolFinding } from '../gate';
import { sortVerdicts } from '../verdict-file';
import { type Directives, fixLines, type LintReport, sentence } from './report';

export interface SarifOptions {
  readonly directives: Directives;
  readonly version: string;
  /** The folder file names are relative to: the checkout's root, as GitHub code scanning wants it. */
  readonly root: string;
}

/**
 * A SARIF 2.1.0 log that GitHub code scanning accepts. `unknown` is `kind: review`: somebody has to look. Which
 * verdicts are in it (findings or all) is the caller's choice.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarif({ verdicts, errors, toolFindings, waivers }: LintReport, options: SarifOptions): unknown {
  const sorted = sortVerdicts(verdicts);
  const used = [...new Set(sorted.map(({ directive }) => directive))].sort();
  const index = new Map(used.map((id, at) => [id, at]));
  const prints = fingerprints(sorted, (stack) => artifact(stack, options.root).uri);
  const others = [...new Set(toolFindings.map(({ tool }) => tool))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'cipherline',
            semanticVersion: options.version,
            version: options.version,
            rules: used.map((id) => rule(id, options.directives.get(id))),
          },
        },
        columnKind: 'utf16CodeUnits',
        ...(waivers.length === 0 ? {} : { properties: { waivers } }),
        automationDetails: { id: 'cipherline/' },
        invocations: [
          {
            executionSuccessful: errors.length === 0,
            toolExecutionNotifications: errors.map(({ file, line, column, message }) => ({
              level: 'error',
              message: { text: message },
              locations: [physical(located(file, line, column), options.root)],
            })),
          },
        ],
        results: sorted.map((verdict, at) => ({
          ...result(verdict, index.get(verdict.directive) ?? -1, options),
          partialFingerprints: { 'cipherline/v1': prints[at] },
        })),
      },
      ...others.map((tool) => toolRun(tool, toolFindings, options.root)),
    ],
  };
}

function rule(id: string, directive: Directive | undefined): unknown {
  if (!directive) return { id };
  const { title, why, concern, tier, severity, source, controls, aliases } = directive;
  const fix = fixLines(directive);
  const help = [why, ...(fix.length === 0 ? [] : ['', 'To mend it:', ...fix.map((line) => `    ${line}`)]), '', source];
  return {
    id,
    name: id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: help.join('\n'), markdown: markdown(directive, fix) },
    helpUri: source,
    defaultConfiguration: { level: severity === 'warning' ? 'warning' : 'error' },
    properties: {
      concern,
      tier,
      precision: 'very-high',
      'problem.severity': severity === 'warning' ? 'warning' : 'error',
      // What GitHub sorts security findings by: fatal is critical, error is high, warning is medium.
      'security-severity': { fatal: '9.5', error: '8.0', warning: '5.0' }[severity],
      tags: ['security', 'encryption', concern, tier],
      controls: controls.map(({ framework, id: control }) => `${framework} ${control}`),
      aliases,
    },
  };
}

function markdown({ why, source }: Directive, fix: readonly string[]): string {
  const block = fix.length === 0 ? '' : `\n\nTo mend it:\n\n\`\`\`yaml\n${fix.join('\n')}\n\`\`\``;
  return `${why}${block}\n\n[AWS documentation](${source})`;
}

const KIND = { pass: 'pass', fail: 'fail', unknown: 'review', waived: 'fail' } as const;

function result(verdict: Verdict, ruleIndex: number, { directives, root }: SarifOptions) {
  const { directive, resource, verdict: answer, source } = verdict;
  const title = directives.get(directive)?.title ?? directive;
  const kind = KIND[answer];
  // SARIF wants level `none` wherever kind is not `fail` (section 3.27.10).
  const level = kind === 'fail' ? (directives.get(directive)?.severity === 'warning' ? 'warning' : 'error') : 'none';
  const said = answer === 'pass' ? title : `${title}: ${sentence(verdict)}`;
  return {
    ruleId: directive,
    ...(ruleIndex < 0 ? {} : { ruleIndex }),
    kind,
    level,
    message: { text: `${resource.logicalId} (${resource.type}): ${said}` },
    locations: [
      {
        ...physical(source ?? { file: resource.stack }, root),
        logicalLocations: [
          {
            name: resource.logicalId,
            fullyQualifiedName: source?.constructPath ?? `${resource.stack}/${resource.logicalId}`,
            kind: 'resource',
          },
        ],
      },
    ],
    ...(answer === 'waived' ? { suppressions: [{ kind: 'external', justification: verdict.reason ?? 'waived' }] } : {}),
  };
}

function toolRun(tool: string, findings: readonly ToolFinding[], root: string): unknown {
  const own = findings.filter((finding) => finding.tool === tool);
  const rules = new Map(
    own.map(({ rule: id, message, help }) => [
      id,
      { id, shortDescription: { text: message }, ...(help ? { helpUri: help } : {}) },
    ]),
  );
  return {
    tool: { driver: { name: tool, rules: [...rules.values()] } },
    automationDetails: { id: `${tool}/` },
    results: own.map(({ rule: ruleId, severity, message, logicalId, source }) => ({
      ruleId,
      level: severity,
      message: { text: message },
      locations: [
        {
          ...(source ? physical(source, root) : {}),
          ...(logicalId ? { logicalLocations: [{ name: logicalId, kind: 'resource' }] } : {}),
        },
      ],
    })),
  };
}

function located(file: string, line: number | undefined, column: number | undefined): SourceLocation {
  return { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}

function physical({ file, line, column }: SourceLocation, root: string) {
  return {
    physicalLocation: {
      artifactLocation: artifact(file, root),
      // GitHub refuses results without a region.
      region: { startLine: line ?? 1, ...(column === undefined ? {} : { startColumn: column }) },
    },
  };
}

/** A name inside the checkout is relative to it, so that code scanning finds the file; one outside is a file URI. */
function artifact(file: string, root: string) {
  const inside = isAbsolute(file) ? relative(root, file) : file;
  if (inside.startsWith('..') || isAbsolute(inside)) return { uri: pathToFileURL(file).href };
  return { uri: inside.split(sep).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}
