import { memberApp, memberTypes } from '../../bootstrap/organization';
import {
  accountsThatFit,
  activity,
  configCost,
  evaluationCost,
  facts,
  failuresTolerated,
  idleActivity,
  KEYS_PER_REGION,
  monthlyCost,
  quotaUses,
  rollOut,
  type Scale,
  share,
} from '../../bootstrap/scale';
import { validateConfig } from '../../pipeline/config';
import { recordable } from '../../rules/points/of-config';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { onlyTemplate, SAMPLE_ORGANIZATION } from './sample-organization';

const temporary = scratch();
afterAll(temporary.remove);

const scale: Scale = {
  accounts: 1_000,
  regions: 17,
  activeRegions: 3,
  units: 20,
  rules: 20,
  types: memberTypes(validateConfig({ ...fork, organization: SAMPLE_ORGANIZATION })),
  policies: { scp: 3, rcp: 1 },
};

describe('quotas', () => {
  test('a thousand accounts in seventeen regions fit, and the aggregators are what fills first', () => {
    const uses = quotaUses(scale);
    expect(uses.filter((use) => share(use) > 1)).toEqual([]);
    expect(uses[0]).toMatchObject({ quota: 'accounts that join or leave aggregators in a week', used: 1_000 });
    expect(uses).toContainEqual(
      expect.objectContaining({
        quota: 'stack instances of one stack set',
        used: 17_000,
        limit: facts.stackInstancesPerSet,
      }),
    );
    expect(accountsThatFit(scale)).toEqual({
      quota: 'accounts that join or leave aggregators in a week',
      accounts: 1_000,
    });
  });

  test.each<[Partial<Scale>, string]>([
    [{ accounts: 1_001 }, 'accounts that join or leave aggregators in a week'],
    [{ accounts: 6_000 }, 'stack instances of one stack set'],
    [{ accounts: 10_001 }, 'accounts in one aggregator'],
    [{ units: 51 }, 'organizational units of one operation'],
    [{ rules: 999 }, 'rules in one account and region'],
    [{ rules: 181 }, 'rules of one account in all conformance packs'],
    [{ rules: 6_501 }, 'conformance packs of the organization'],
    [{ policies: { scp: 5, rcp: 1 } }, 'SCPs at one target, with FullAWSAccess'],
    [{ policies: { scp: 3, rcp: 5 } }, 'RCPs at one target, with FullAWSAccess'],
  ])('%j does not fit: %s', (change, quota) => {
    const over = quotaUses({ ...scale, ...change }).filter((use) => share(use) > 1);
    expect(over.map((use) => use.quota)).toContain(quota);
  });

  test('every number names its page', () => {
    for (const { source, value } of Object.values(facts)) {
      expect(source).toMatch(/^https:\/\/(docs\.)?aws\.amazon\.com\//);
      expect(value).toBeGreaterThan(0);
    }
  });
});

describe('the roll-out', () => {
  const steps = rollOut(scale);
  test('goes by the canaries, and to the policies last', () => {
    expect(steps.map(({ what }) => what)).toEqual([
      expect.stringContaining('the script'),
      expect.stringContaining('10 canaries'),
      expect.stringContaining('990 accounts'),
      expect.stringContaining('conformance packs'),
      expect.stringContaining('policies at the canaries'),
      expect.stringContaining('policies everywhere (20 units)'),
    ]);
  });

  test('takes what concurrency and rates allow', () => {
    // 990 accounts × 17 regions, a hundred at once, six minutes each.
    expect(steps[2]?.minutes).toEqual([6, Math.ceil((990 * 17) / 100) * 6]);
    // Four policies made and attached to twenty units, two calls a second.
    expect(steps[5]?.minutes[0]).toBeCloseTo((4 * 21) / 2 / 60);
    for (const { minutes } of steps) expect(minutes[1]).toBeGreaterThanOrEqual(minutes[0]);
  });

  test.each([
    [990, 5, 49],
    [19, 5, 0],
    [1_000, 10, 100],
  ])('of %i accounts %i percent may fail: %i', (accounts, percentage, failures) => {
    expect(failuresTolerated(accounts, percentage)).toBe(failures);
  });
});

describe('cost', () => {
  test.each([
    [0, 0],
    [100_000, 100],
    [100_001, 100.0008],
    [500_000, 420],
    [1_000_000, 670],
  ])('%i evaluations: %d dollars', (evaluations, cost) => {
    expect(evaluationCost(evaluations)).toBeCloseTo(cost, 6);
  });

  test('of a place is items and evaluations', () => {
    const table = {
      'AWS::A::A': { resources: 10, changes: 3 },
      'AWS::B::B': { resources: 2, changes: 0, daily: true as const },
    };
    expect(configCost(['AWS::A::A', 'AWS::B::B', 'AWS::C::C'], table)).toEqual({
      resources: 12,
      items: 30,
      evaluations: 30 * 2 + 2 * 30,
      recording: expect.closeTo(0.09, 9),
      judging: expect.closeTo(0.12, 9),
      first: expect.closeTo(0.036, 9),
    });
    expect(configCost(['AWS::C::C'], table, { resources: 1, changes: 1 }).items).toBe(1);
  });

  test('of the organization is the sum of its places and keys', () => {
    const { active, idle, config, keys, total, first } = monthlyCost(scale);
    expect(keys).toBe(34_000);
    expect(config).toBeCloseTo(
      3_000 * (active.recording + active.judging) + 14_000 * (idle.recording + idle.judging),
      6,
    );
    expect(total).toBe(config + keys);
    expect(first).toBeGreaterThan(0);
    expect(monthlyCost({ ...scale, activeRegions: 0 }).config).toBeLessThan(config);
    expect(monthlyCost({ ...scale, types: [] }).config).toBe(0);
  });

  test('is computed from what a member account really has', () => {
    const config = validateConfig({ ...fork, organization: SAMPLE_ORGANIZATION });
    const member = onlyTemplate(memberApp(config, { outdir: temporary.folder() }));
    member.resourceCountIs('AWS::KMS::Key', KEYS_PER_REGION);
    for (const [type, { resources }] of Object.entries(idleActivity)) member.resourceCountIs(type, resources);
    const [recorder] = Object.values(member.findResources('AWS::Config::ConfigurationRecorder'));
    expect(recorder?.Properties.RecordingGroup.ResourceTypes).toEqual(scale.types);
    // A type that is recorded and not in the table is counted, by a middling number.
    expect(Object.keys(activity).filter((type) => !recordable.has(type))).toEqual([]);
  });
});
