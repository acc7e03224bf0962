import type { Verification } from '../../pipeline/run-record';
import type { LiveStack } from '../../rules/live/snapshot';
import type { Verdict, VerdictKind } from '../../rules/verdict';
import { stands } from '../../scripts/verbs/verify';

const verdict = (kind: VerdictKind, stack = 's'): Verdict => ({
  directive: 'd',
  resource: { stack, logicalId: 'A', type: 'AWS::S3::Bucket' },
  verdict: kind,
  controlPoint: 'live',
});
const last = (...verdicts: Verdict[]): Verification => ({
  run: 'r',
  startedAt: '2026-11-25T12:00:00.000Z',
  endedAt: '2026-11-25T12:05:00.000Z',
  target: { kind: 'aws', account: '111122223333', region: 'eu-west-1' },
  verdicts,
  assembly: 'a',
  demands: 'd',
});
const listed = (changedAt: string | undefined, unreadable?: string): LiveStack => ({
  stack: 's',
  ...(changedAt ? { changedAt: new Date(changedAt) } : {}),
  resources: [{ logicalId: 'A', physicalId: 'a', type: 'AWS::S3::Bucket', ...(unreadable ? { unreadable } : {}) }],
  keys: {},
});
const before = '2026-11-25T11:59:59Z';

test.each<readonly [what: string, live: LiveStack, verification: Verification, stand: boolean]>([
  ['of a stack that has not changed since', listed(before), last(verdict('pass'), verdict('fail', 'other')), true],
  ['of a stack that changed during it', listed('2026-11-25T12:00:00Z'), last(verdict('pass')), false],
  ['of a stack that changed since', listed('2026-11-25T13:00:00Z'), last(verdict('pass')), false],
  ['of a stack that does not tell when it changed', listed(undefined), last(verdict('pass')), false],
  ['of a stack that lacks what its template has', listed(before, 'missing'), last(verdict('pass')), false],
  ['with a failure', listed(before), last(verdict('pass'), verdict('fail')), false],
  ['with an unknown', listed(before), last(verdict('unknown')), false],
  ['with a waiver, which may have expired', listed(before), last(verdict('waived')), false],
  ['of other stacks only', listed(before), last(verdict('pass', 'other')), false],
])('the verdicts %s: stand %#', (_, live, verification, stand) => {
  expect(stands(live, verification) !== undefined).toBe(stand);
});
