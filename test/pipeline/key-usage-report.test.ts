import type { KeyUsage } from '../../pipeline/keys/answer';
import { keyUsageHtml, timeline } from '../../pipeline/reports/key-usage';
import { paint } from '../../scripts/host';
import { progressLine } from '../../scripts/keys/progress';
import { usageLines } from '../../scripts/keys/usage';

const evil = '<script>alert(1)</script>"\'&';
const usage = (more: Partial<KeyUsage> = {}): KeyUsage => ({
  arn: 'arn:aws:kms:eu-west-1:111122223333:key/k',
  keyId: 'k',
  account: '111122223333',
  region: 'eu-west-1',
  keyState: 'Enabled',
  manager: 'CUSTOMER',
  createdAt: '2026-01-01T00:00:00.000Z',
  asOf: '2026-11-10T12:00:00.000Z',
  since: '2026-11-01T12:00:00.000Z',
  verdict: 'in-use',
  sources: [
    { name: 'cloudtrail', state: 'in-use', reason: evil },
    { name: 'resources', state: 'unknown', reason: 'r', unsearched: [{ type: 'T', reason: evil }] },
  ],
  lastUsage: { at: '2026-11-09T10:00:00.000Z', operation: 'Decrypt', trackedSince: '2026-02-01T00:00:00.000Z' },
  calls: {
    from: 'event-history',
    uses: 12,
    refused: { DisabledException: 2 },
    administration: 1,
    callers: { top: [{ name: evil, calls: 12, last: '2026-11-09T10:00:00.000Z' }], others: 3 },
    operations: { top: [], others: 0 },
    services: { top: [], others: 0 },
    resources: { top: [], others: 0 },
    days: [
      { day: '2026-11-01', uses: 2, refused: 0 },
      { day: '2026-11-09', uses: 10, refused: 2 },
    ],
  },
  grants: [{ id: 'g', grantee: evil, operations: ['Decrypt'] }],
  aliases: [evil],
  resources: [{ type: 'AWS::S3::Bucket', id: evil, property: 'p' }],
  limits: [evil],
  ...more,
});

test('the report is one file: nothing is fetched, no script runs, every value is escaped', () => {
  const page = keyUsageHtml(usage());
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/<(link|img|iframe|object)\b|\bsrc=|url\(/);
  expect(page).toContain("default-src 'none'");
  expect(page).toContain('&lt;script&gt;');
  expect(page).toContain('<svg');
  expect(page).toMatch(/12 uses from 2026-11-01 to 2026-11-10, at most 10 a day/);
});

test('a report without any calls has no timeline', () => {
  const { calls: _, ...rest } = usage();
  expect(keyUsageHtml(rest)).not.toContain('<svg');
});

test('the timeline: days from left to right, as high as their uses, within the box', () => {
  const { bars, marks, most, box } = timeline(usage());
  const [first, last] = bars;
  expect(most).toBe(10);
  expect(Number(first?.x)).toBe(box.left);
  expect(Number(last?.x)).toBeGreaterThan(Number(first?.x));
  expect(Number(last?.x) + Number(last?.width)).toBeLessThanOrEqual(box.width);
  expect(Number(last?.height)).toBeCloseTo(5 * Number(first?.height), 0);
  expect(Number(last?.refusedHeight)).toBeCloseTo(Number(last?.height) / 5, 0);
  // Created and recorded long before: not drawn.
  expect(marks.map(({ label }) => label)).toEqual(['last use']);
});

test('the text names each source, what was not searched, and what it does not say', () => {
  const lines = usageLines(usage({ aliases: ['alias/orders'] }), paint(false)).join('\n');
  expect(lines).toMatch(/^alias\/orders {2}arn:aws:kms/);
  expect(lines).toContain('cloudtrail  in use ');
  expect(lines).toContain('resources   unknown');
  expect(lines).toContain('not searched');
  expect(lines).toContain('2  DisabledException');
  expect(lines).toContain('on record since 2026-02-01 00:00 UTC, up to an hour behind');
  expect(lines).toContain('3  of others');
});

test('the bar tells what is done and what is left', () => {
  const line = progressLine({ source: 'resources', done: 60, total: 240, what: 'AWS::S3::Bucket' });
  expect(line).toContain('60 of 240, 180 left  AWS::S3::Bucket');
  expect(line.split('█').length - 1).toBe(6);
  expect(progressLine({ source: 'cloudtrail', done: 7, what: 'reading' })).toBe('cloudtrail  7  reading');
});
