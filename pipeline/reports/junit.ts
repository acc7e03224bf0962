import type { Verdict } from '../../rules/verdict';
import { sortVerdicts } from '../verdict-file';
import { type Directives, fixLines, type LintReport, place, sentence } from './report';

type Told = Pick<LintReport, 'verdicts' | 'errors' | 'toolFindings'> & Partial<Pick<LintReport, 'waivers'>>;

/**
 * JUnit XML, the form CodeBuild and most CI systems read: a suite per stack or template, a case per verdict. `unknown`
 * is an error and `waived` is skipped; a template that could not be judged is an error too.
 */
export function junit({ verdicts, errors, toolFindings, waivers = [] }: Told, directives: Directives): string {
  const suites = new Map<string, Verdict[]>();
  for (const verdict of sortVerdicts(verdicts)) {
    const suite = suites.get(verdict.resource.stack);
    if (suite) suite.push(verdict);
    else suites.set(verdict.resource.stack, [verdict]);
  }
  const parts = [...suites].map(([name, own]) => suite(name, own, directives));
  if (errors.length > 0) {
    const cases = errors.map(({ file, line, message }) =>
      testCase(
        file,
        'template',
        `<error message="${escapeXml(message)}">${escapeXml(`${file}${line === undefined ? '' : `:${line}`}`)}</error>`,
      ),
    );
    parts.push(wrap('templates that could not be judged', cases, { failures: 0, errors: errors.length, skipped: 0 }));
  }
  if (toolFindings.length > 0) {
    const failures = toolFindings.filter(({ severity }) => severity === 'error').length;
    const cases = toolFindings.map(({ tool, rule, severity, message, source, logicalId }) => {
      const text = `${escapeXml([source?.file, source?.line, logicalId].filter((part) => part !== undefined).join(' '))}`;
      const body =
        severity === 'error'
          ? `<failure message="${escapeXml(message)}">${text}</failure>`
          : `<system-out>${escapeXml(message)}</system-out>`;
      return testCase(`${tool} ${rule}`, tool, body);
    });
    parts.push(wrap('other tools', cases, { failures, errors: 0, skipped: 0 }));
  }
  if (waivers.length > 0) {
    const cases = waivers.map(({ where, state, covers, message, directive, resource, owner, ticket, expires }) => {
      const says = message ?? `until ${expires} by ${owner} (${ticket}), covers ${covers}`;
      const name = directive === undefined ? where : `${directive} on ${resource}`;
      return testCase(name, `waiver ${state}`, `<system-out>${escapeXml(`${where}: ${says}`)}</system-out>`);
    });
    parts.push(wrap('waivers', cases, { failures: 0, errors: 0, skipped: 0 }));
  }
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="cipherline">\n${parts.join('')}</testsuites>\n`;
}

function suite(name: string, verdicts: readonly Verdict[], directives: Directives): string {
  const tally = (kind: Verdict['verdict']) => verdicts.filter(({ verdict }) => verdict === kind).length;
  const cases = verdicts.map((verdict) =>
    testCase(
      `${verdict.resource.logicalId} ${verdict.directive}${byConfig(verdict)}`,
      verdict.resource.type,
      body(verdict, directives),
    ),
  );
  return wrap(name, cases, { failures: tally('fail'), errors: tally('unknown'), skipped: tally('waived') });
}

/** AWS Config may judge what the live reading has judged: two cases, two names. */
const byConfig = ({ controlPoint }: Verdict): string => (controlPoint === 'config' ? ' by AWS Config' : '');

function body(verdict: Verdict, directives: Directives): string {
  const directive = directives.get(verdict.directive);
  const message = escapeXml(sentence(verdict));
  switch (verdict.verdict) {
    case 'pass':
      return '';
    case 'waived':
      return `<skipped message="${message}"/>`;
    default: {
      const tag = verdict.verdict === 'fail' ? 'failure' : 'error';
      const detail = [place(verdict), directive?.why, ...fixLines(directive).map((line) => `fix: ${line}`)]
        .filter(Boolean)
        .join('\n');
      return `<${tag} type="${escapeXml(verdict.directive)}" message="${message}">${escapeXml(detail)}</${tag}>`;
    }
  }
}

function testCase(name: string, className: string, inner: string): string {
  const open = `    <testcase name="${escapeXml(name)}" classname="${escapeXml(className)}"`;
  return inner === '' ? `${open}/>\n` : `${open}>${inner}</testcase>\n`;
}

function wrap(
  name: string,
  cases: readonly string[],
  tally: { failures: number; errors: number; skipped: number },
): string {
  const { failures, errors, skipped } = tally;
  return `  <testsuite name="${escapeXml(name)}" tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}">\n${cases.join('')}  </testsuite>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
};

/** Escapes for text and attributes, and drops the characters XML 1.0 has no place for: https://www.w3.org/TR/xml/#charsets */
export function escapeXml(text: string): string {
  return [...text]
    .filter((character) => /[\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(character))
    .map((character) => ENTITIES[character] ?? character)
    .join('');
}
