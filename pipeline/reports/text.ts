import { basename } from 'node:path';
import type { Verdict } from '../../rules/verdict';
import type { ListedWaiver } from '../../rules/waivers';
import type { ToolFinding } from '../gate';
import { sortVerdicts } from '../verdict-file';
import { type Directives, fixOf, place, type ReportedError } from './report';

export interface TextOptions {
  readonly directives: Directives;
  /** The lines of a source file, or nothing where it cannot be read. */
  readonly readLines: (file: string) => readonly string[] | undefined;
  readonly paint: {
    readonly red: (text: string) => string;
    readonly green: (text: string) => string;
    readonly yellow: (text: string) => string;
    readonly dim: (text: string) => string;
    readonly bold: (text: string) => string;
  };
}

/** Findings for a terminal, grouped by resource: where, the code, why, the fix, and where to read more. */
export function findingsText(verdicts: readonly Verdict[], options: TextOptions): string {
  const byResource = new Map<string, Verdict[]>();
  for (const verdict of sortVerdicts(verdicts)) {
    const key = `${verdict.resource.stack}\u0000${verdict.resource.logicalId}`;
    const group = byResource.get(key);
    if (group) group.push(verdict);
    else byResource.set(key, [verdict]);
  }
  return [...byResource.values()].map((group) => resourceText(group, options)).join('\n');
}

function resourceText(group: readonly Verdict[], options: TextOptions): string {
  const [first] = group;
  if (!first) return '';
  const { bold, dim } = options.paint;
  const { stack, logicalId, type, physicalId } = first.resource;
  const from = first.source?.constructPath ? dim(` · ${first.source.constructPath}`) : '';
  const name = `${bold(logicalId)} (${type})${physicalId ? ` ${physicalId}` : ''}`;
  return `${[`${basename(stack)} · ${name} · ${place(first)}${from}`, ...group.map((verdict) => verdictText(verdict, options))].join('\n')}\n`;
}

function verdictText(verdict: Verdict, { directives, readLines, paint }: TextOptions): string {
  const directive = directives.get(verdict.directive);
  const kind = verdict.verdict === 'fail' ? paint.red('fail') : paint.yellow(verdict.verdict);
  const severity = directive?.severity === 'warning' ? ' (warning)' : '';
  const lines = [`  ${paint.bold(verdict.directive)}  ${kind}${severity}  ${directive?.why ?? ''}`.trimEnd()];
  // The line of a secret is the secret.
  const readable = directive?.concern === 'secrets' ? () => undefined : readLines;
  lines.push(...codeFrame(verdict, fixOf(directive), readable, paint));
  const facts = [
    ...(verdict.found === undefined ? [] : [`found ${verdict.path ? `${verdict.path}: ` : ''}${verdict.found}`]),
    ...(verdict.expected === undefined ? [] : [`wanted ${verdict.expected}`]),
    ...(verdict.reason === undefined ? [] : [verdict.reason]),
  ];
  if (directive?.remedy) lines.push(`    ${directive.remedy}`);
  if (facts.length > 0) lines.push(`    ${facts.join(' · ')}`);
  lines.push(paint.dim(`    npx cipherline rules show ${verdict.directive}`));
  return lines.join('\n');
}

function codeFrame(
  { source }: Verdict,
  fix: readonly string[],
  readLines: TextOptions['readLines'],
  paint: TextOptions['paint'],
): string[] {
  const line = source?.line;
  const code = source && line !== undefined ? readLines(source.file)?.[line - 1] : undefined;
  if (line === undefined || code === undefined) return fix.map((text) => `    ${paint.green(`fix ${text}`)}`);
  const width = String(line).length;
  // CDK spells a property as CloudFormation does, but for the first letter.
  const spelled = /\.[cm]?[jt]s$/.test(source?.file ?? '')
    ? fix.map((text) => text.charAt(0).toLowerCase() + text.slice(1))
    : fix;
  const indent = /^\s*/.exec(code)?.[0] ?? '';
  return [
    `    ${paint.dim(`${line} │`)} ${code.slice(0, 160)}`,
    ...spelled.map((text) => `    ${paint.dim(`${' '.repeat(width)} │`)} ${paint.green(`${indent}+ ${text}`)}`),
  ];
}

/** What could not be judged, one line each: `file:line:column: message`. */
export function errorsText(errors: readonly ReportedError[]): string {
  return errors
    .map(
      ({ file, line, column, message }) =>
        `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${message}`,
    )
    .join('\n');
}

/** What other tools found, one line each. */
export function toolText(findings: readonly ToolFinding[]): string {
  return findings
    .map(({ tool, rule, severity, message, logicalId, source }) => {
      const where = source ? `${source.file}${source.line === undefined ? '' : `:${source.line}`}` : '';
      const place = [where, logicalId ?? source?.constructPath].filter(Boolean).join(' · ');
      return `${place === '' ? '' : `${place}\n`}  ${tool} ${rule}  ${severity}  ${message}`;
    })
    .join('\n');
}

/** Every waiver that was written, one line each: what it covers, by whom, until when, and what became of it. */
export function waiversText(waivers: readonly ListedWaiver[]): string {
  return waivers
    .map(({ state, covers, directive, resource, owner, ticket, expires, reason, where, message }) =>
      message === undefined
        ? `waiver ${state}  ${directive} on ${resource}, covers ${covers} · ${owner} · ${ticket} · until ${expires} · ${reason}`
        : `waiver ${state}  ${where}: ${message}`,
    )
    .join('\n');
}
