import { decide } from '../../pipeline/gate';
import type { Severity } from '../../rules/directive';
import type { Verdict, VerdictKind } from '../../rules/verdict';

const verdict = (kind: VerdictKind, directive = 'error-directive'): Verdict => ({
  directive,
  resource: { stack: 's', logicalId: 'R', type: 'AWS::S3::Bucket' },
  verdict: kind,
  controlPoint: 'template',
});
const severities: Record<string, Severity> = {
  'error-directive': 'error',
  'fatal-directive': 'fatal',
  'warning-directive': 'warning',
};
const severityOf = (id: string) => severities[id];

describe('the gate', () => {
  test.each<[VerdictKind, string, string]>([
    ['pass', 'error-directive', 'admit'],
    ['fail', 'error-directive', 'reject'],
    ['unknown', 'error-directive', 'reject'],
    ['waived', 'error-directive', 'admit'],
    ['pass', 'fatal-directive', 'admit'],
    ['fail', 'fatal-directive', 'reject'],
    ['unknown', 'fatal-directive', 'reject'],
    ['waived', 'fatal-directive', 'reject'],
    ['fail', 'warning-directive', 'admit'],
    ['unknown', 'warning-directive', 'admit'],
    ['fail', 'a-directive-nobody-knows', 'reject'],
    ['unknown', 'a-directive-nobody-knows', 'reject'],
  ])('%s of %s: %s', (kind, directive, expected) => {
    expect(decide({ verdicts: [verdict(kind, directive)], resources: 1, severityOf }).decision).toBe(expected);
  });

  test('one fail among many passes stops it, and is named', () => {
    const bad = verdict('fail');
    const decision = decide({ verdicts: [verdict('pass'), bad, verdict('pass')], resources: 3, severityOf });
    expect(decision).toMatchObject({ decision: 'reject', blocking: [bad], reason: '1 fail' });
  });

  test('a warning is reported', () => {
    const warning = verdict('fail', 'warning-directive');
    expect(decide({ verdicts: [warning], resources: 1, severityOf }).warnings).toEqual([warning]);
  });

  test('resources without a verdict are refused, nothing at all is not', () => {
    expect(decide({ verdicts: [], resources: 3, severityOf }).decision).toBe('refuse');
    expect(decide({ verdicts: [], resources: 0, severityOf }).decision).toBe('admit');
  });

  test('an error of another tool stops it, its warning does not', () => {
    const finding = { tool: 'cfn-lint', rule: 'E3002', message: 'm' };
    const input = { verdicts: [verdict('pass')], resources: 1, severityOf };
    expect(decide({ ...input, toolFindings: [{ ...finding, severity: 'error' }] }).decision).toBe('reject');
    expect(decide({ ...input, toolFindings: [{ ...finding, severity: 'warning' }] }).decision).toBe('admit');
  });
});

test.each([
  ['stop', 'recorder lag: AWS Config has not discovered it', 'reject'],
  ['promote', 'recorder lag: AWS Config has not discovered it', 'admit'],
  ['promote', 'no recorder: AWS Config records nothing', 'reject'],
] as const)('with recorderLag %s, "%s" is a reason to %s', (recorderLag, reason, decision) => {
  const late: Verdict = { ...verdict('unknown'), controlPoint: 'config', reason };
  expect(decide({ verdicts: [verdict('pass'), late], resources: 1, severityOf, recorderLag })).toMatchObject({
    decision,
  });
  // What AWS Config finds is found, whatever the configuration says of its lag.
  const found: Verdict = { ...late, verdict: 'fail' };
  expect(decide({ verdicts: [found], resources: 1, severityOf, recorderLag })).toMatchObject({ decision: 'reject' });
});
