import { directive } from '../../rules/directive';
import { isTrue } from '../../rules/requirement';
import type { Verdict } from '../../rules/verdict';
import { applyWaivers } from '../../rules/waivers';

const make = (id: string, severity: 'error' | 'fatal', aliases: string[] = []) =>
  directive({
    id,
    title: 't',
    concern: 'at-rest',
    tier: 'encrypted',
    severity,
    type: 'T',
    requires: isTrue('E'),
    why: 'w',
    aliases,
    controls: [],
    source: 's',
    examples: { good: [{}], bad: [{}], unknown: [] },
  });
const catalogue = [
  make('thing-encrypted', 'error', ['cfn_nag:F1']),
  make('thing-other', 'error', ['cfn_nag:F1']),
  make('thing-fatal', 'fatal'),
];
const verdict = (directive: string, logicalId: string, kind: Verdict['verdict'] = 'fail'): Verdict => ({
  directive,
  resource: { stack: 'beta-s3', logicalId, type: 'T' },
  verdict: kind,
  controlPoint: 'template',
});
const waiver = {
  directive: 'thing-encrypted',
  resource: 'Logs*',
  owner: 'ann',
  reason: 'public data',
  ticket: 'SEC-1',
  expires: '2026-11-24',
};
const today = new Date('2026-11-24T23:59:00Z');
const apply = (value: unknown, verdicts = [verdict('thing-encrypted', 'LogsA')], now = today) =>
  applyWaivers(verdicts, [{ value, where: 'w' }], catalogue, now);

test.each<[string, unknown, Verdict['verdict'], string[]]>([
  ['on its last day', waiver, 'waived', []],
  ['for a whole stack', { ...waiver, resource: 'beta-s3/*' }, 'waived', []],
  ['by an alias', { ...waiver, directive: 'cfn_nag:F1' }, 'waived', []],
  ['on another resource', { ...waiver, resource: 'Other' }, 'fail', ['unused']],
  ['of another stack', { ...waiver, resource: 'prod-s3/LogsA' }, 'fail', ['unused']],
  ['expired', { ...waiver, expires: '2026-11-23' }, 'fail', ['expired']],
  ['too far away', { ...waiver, expires: '2028-01-01' }, 'fail', ['malformed']],
  ['no such day', { ...waiver, expires: '2026-02-30' }, 'fail', ['malformed']],
  ['without an owner', { ...waiver, owner: ' ' }, 'fail', ['malformed']],
  ['without a ticket', { ...waiver, ticket: undefined }, 'fail', ['malformed']],
  ['of no directive', { ...waiver, directive: 'thing-encypted' }, 'fail', ['malformed']],
  ['with a field nobody knows', { ...waiver, until: 'x' }, 'fail', ['malformed']],
  ['not an object', 'x', 'fail', ['malformed']],
])('a waiver %s', (_, value, kind, problems) => {
  const result = apply(value);
  expect(result.verdicts.map((one) => one.verdict)).toEqual([kind]);
  expect(result.problems.map((one) => one.kind)).toEqual(problems);
});

test('a fatal directive cannot be waived', () => {
  const result = apply({ ...waiver, directive: 'thing-fatal', resource: '*' }, [verdict('thing-fatal', 'LogsA')]);
  expect(result.verdicts[0]?.verdict).toBe('fail');
  expect(result.problems.map((one) => one.kind)).toEqual(['not-waivable']);
});

test('unknown is waived too, pass stays pass', () => {
  const { verdicts } = apply(waiver, [
    verdict('thing-encrypted', 'LogsA', 'unknown'),
    verdict('thing-encrypted', 'LogsB', 'pass'),
  ]);
  expect(verdicts.map((one) => one.verdict)).toEqual(['waived', 'pass']);
});

test('metadata waives its own resource only', () => {
  const { resource: _, ...value } = waiver;
  const resource = { stack: 'beta-s3', logicalId: 'LogsA', type: 'T' };
  const { verdicts } = applyWaivers(
    [verdict('thing-encrypted', 'LogsA'), verdict('thing-encrypted', 'LogsB')],
    [{ value, where: 'w', resource }],
    catalogue,
    today,
  );
  expect(verdicts.map((one) => one.verdict)).toEqual(['waived', 'fail']);
});
