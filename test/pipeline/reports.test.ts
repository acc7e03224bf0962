import { html } from '../../pipeline/reports/html';
import { escapeXml, junit } from '../../pipeline/reports/junit';
import type { LintReport } from '../../pipeline/reports/report';
import { sarif } from '../../pipeline/reports/sarif';
import { findingsText } from '../../pipeline/reports/text';
import { catalogue } from '../../rules/services';
import { countVerdicts, type Verdict, type VerdictKind } from '../../rules/verdict';

const directives = new Map(catalogue.map((directive) => [directive.id, directive]));
const evil = `<script>alert(1)</script>"'&\u0000]]>`;
const verdict = (kind: VerdictKind, logicalId = 'OrdersDb'): Verdict => ({
  directive: 'rds-instance-encrypted',
  resource: { stack: 'orders', logicalId, type: 'AWS::RDS::DBInstance' },
  verdict: kind,
  controlPoint: 'template',
  path: 'StorageEncrypted',
  found: 'absent',
  expected: 'true',
  source: { file: 'orders.yaml', line: 7, column: 3 },
});
const report = (verdicts: readonly Verdict[], more: Partial<LintReport> = {}): LintReport => ({
  templates: 1,
  resources: 1,
  verdicts,
  counts: countVerdicts(verdicts),
  errors: [],
  toolFindings: [],
  waivers: [],
  ...more,
});
const sarifOf = (one: LintReport) =>
  JSON.parse(JSON.stringify(sarif(one, { directives, version: '1.0.0', root: '/checkout' })));

describe('SARIF', () => {
  test.each<[VerdictKind, string, string]>([
    ['fail', 'fail', 'error'],
    ['unknown', 'review', 'none'],
    ['pass', 'pass', 'none'],
    ['waived', 'fail', 'error'],
  ])('%s is kind %s, level %s', (kind, expected, level) => {
    expect(sarifOf(report([verdict(kind)])).runs[0].results[0]).toMatchObject({
      kind: expected,
      level,
      ruleId: 'rds-instance-encrypted',
    });
  });

  test('a result has its place, its resource and a fingerprint; its rule has concern, tier and help', () => {
    const [run] = sarifOf(report([verdict('fail')])).runs;
    const [result] = run.results;
    const [location] = result.locations;
    expect(location.physicalLocation).toEqual({
      artifactLocation: { uri: 'orders.yaml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 7, startColumn: 3 },
    });
    expect(location.logicalLocations[0].name).toBe('OrdersDb');
    expect(result.partialFingerprints['cipherline/v1']).toMatch(/^[0-9a-f]{64}:1$/);
    const rule = run.tool.driver.rules[result.ruleIndex];
    expect(rule).toMatchObject({ id: 'rds-instance-encrypted', properties: { concern: 'at-rest', tier: 'encrypted' } });
    expect(rule.help.text).toContain('StorageEncrypted');
    expect(rule.helpUri).toMatch(/^https:/);
  });

  test('fingerprints survive a moved line and tell two results apart', () => {
    const prints = (one: LintReport): string[] =>
      sarifOf(one).runs[0].results.map(
        (result: { partialFingerprints: Record<string, string> }) => result.partialFingerprints['cipherline/v1'],
      );
    const moved = { ...verdict('fail'), source: { file: 'orders.yaml', line: 70 } };
    expect(prints(report([moved]))).toEqual(prints(report([verdict('fail')])));
    expect(new Set(prints(report([verdict('fail'), moved, verdict('fail', 'Other')]))).size).toBe(3);
  });

  test('what could not be judged makes the run unsuccessful, other tools have runs of their own', () => {
    const log = sarifOf(
      report([], {
        errors: [{ file: 'broken.yaml', line: 4, message: 'bad' }],
        toolFindings: [{ tool: 'cfn-lint', rule: 'E3002', severity: 'error', message: 'm' }],
      }),
    );
    expect(log.runs[0].invocations[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: 'error' }],
    });
    expect(log.runs[1]).toMatchObject({
      tool: { driver: { name: 'cfn-lint' } },
      results: [{ ruleId: 'E3002', level: 'error' }],
    });
  });
});

describe('JUnit', () => {
  test('counts and cases', () => {
    const xml = junit(
      report([verdict('pass', 'A'), verdict('fail', 'B'), verdict('unknown', 'C'), verdict('waived', 'D')]),
      directives,
    );
    expect(xml).toContain('<testsuite name="orders" tests="4" failures="1" errors="1" skipped="1">');
    expect(xml).toContain('<failure type="rds-instance-encrypted"');
  });

  test('escapes what XML has no place for', () => {
    expect(escapeXml('a\u0000b\u001bc\ufffed\ud800e\u{1f600}')).toBe('abcde\u{1f600}');
    expect(escapeXml(evil)).toBe('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&apos;&amp;]]&gt;');
  });
});

test('HTML escapes every value and fetches nothing', () => {
  const bad = { ...verdict('fail', evil), found: evil, reason: evil };
  const waived = { ...verdict('waived', evil), reason: evil };
  const page = html({
    name: evil,
    run: {
      id: evil,
      startedAt: '2026-11-24T10:00:00.000Z',
      endedAt: '2026-11-24T10:00:05.000Z',
      commit: evil,
      by: evil,
      target: { kind: 'local', account: evil, region: evil, endpoint: evil },
      result: 'rejected',
      reason: evil,
      notProvable: [evil],
      stages: [
        {
          name: 'lint',
          startedAt: '2026-11-24T10:00:00.000Z',
          endedAt: '2026-11-24T10:00:01.000Z',
          result: 'rejected',
          verdicts: { pass: 0, fail: 1, unknown: 0, waived: 1 },
          summary: evil,
          report: evil,
          sha256: evil,
          assembly: evil,
          demands: evil,
          notCarried: [{ stack: 'orders-beta-edge', lacks: [evil] }],
        },
      ],
    },
    version: evil,
    environments: [{ name: evil, account: evil, region: evil }],
    verdicts: [bad, waived, verdict('pass')],
    toolFindings: [{ tool: evil, rule: evil, severity: 'error', message: evil, logicalId: evil }],
    waivers: [
      { where: evil, state: 'malformed', covers: 0, message: evil },
      {
        where: evil,
        state: 'applied',
        covers: 1,
        directive: evil,
        resource: evil,
        owner: evil,
        reason: evil,
        ticket: evil,
        expires: evil,
      },
    ],
    directives,
  });
  expect(page).not.toContain('<script');
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(page.replace(/<a href="https:\/\/docs\.aws\.amazon\.com[^"]*">/g, '')).not.toMatch(
    /(src|href)="(?!#)|url\(|@import/,
  );
  expect(page).toContain("default-src 'none'");
  // What an auditor asks: which controls a directive answers, and what was left out.
  expect(page).toMatch(/<a href="https:\/\/docs\.aws\.amazon\.com\/securityhub[^"]*">NIST-800-53-r5 SC-28<\/a>/);
  expect(page).toContain('orders-beta-edge</span> was neither deployed');
  expect(page).not.toContain('Nothing is known that this target could not prove');
});

test('text names the resource, shows the code with the fix under it, and the way to read more', () => {
  const same = (text: string) => text;
  const colors = { red: same, green: same, yellow: same, dim: same, bold: same };
  const text = findingsText([verdict('fail')], {
    directives,
    paint: colors,
    readLines: () => Array.from({ length: 7 }, () => '  Properties:'),
  });
  expect(text).toContain('orders · OrdersDb (AWS::RDS::DBInstance) · orders.yaml:7');
  expect(text).toContain('7 │   Properties:\n      │   + StorageEncrypted: true');
  expect(text).toContain('npx cipherline rules show rds-instance-encrypted');
});
