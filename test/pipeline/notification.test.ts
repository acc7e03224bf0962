import type { ToolFinding } from '../../pipeline/gate';
import {
  directivePageOf,
  type FailedStage,
  LIMITS,
  publishInput,
  stageFailed,
} from '../../pipeline/reports/notification';
import type { Verdict } from '../../rules/verdict';
import { directives } from '../../scripts/directives';
import { customNotification } from './custom-notification';

const github = {
  kind: 'github',
  owner: 'octo',
  repo: 'orders',
  branch: 'main',
  connectionArn: 'arn:aws:codeconnections:us-east-1:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef',
} as const;

const finding = (index: number, changes: Partial<Verdict> = {}): Verdict => ({
  directive: 'rds-instance-encrypted',
  resource: { stack: 'beta-orders', logicalId: `Orders${index}`, type: 'AWS::RDS::DBInstance' },
  verdict: 'fail',
  controlPoint: 'template',
  path: 'StorageEncrypted',
  found: 'absent',
  ...changes,
});
const some = (amount: number, changes: Partial<Verdict> = {}) =>
  Array.from({ length: amount }, (_, index) => finding(index, changes));
const tool: ToolFinding = {
  tool: 'cfn-lint',
  rule: 'E3012',
  severity: 'error',
  message: 'is not <string>',
  logicalId: 'Db',
};

const message = (
  changes: Partial<FailedStage> = {},
  source: Parameters<typeof directivePageOf>[0]['source'] = github,
) =>
  stageFailed(
    { pipeline: 'cipherline', stage: 'lint', findings: some(1), toolFindings: [], ...changes },
    directives,
    directivePageOf({ source }),
  );

describe('what a failed stage says', () => {
  it.each<readonly [what: string, changes: Partial<FailedStage>]>([
    ['one finding', {}],
    ['an unknown', { findings: some(1, { verdict: 'unknown', reason: 'an import' }) }],
    ['more findings than are named', { findings: some(40) }],
    ['findings of other tools', { findings: [], toolFindings: [tool] }],
    ['a directive of a newer catalogue', { findings: some(1, { directive: 'of-tomorrow' }) }],
    ['no finding', { findings: [] }],
    [
      'names as long as they get',
      {
        findings: some(6, { resource: { stack: 's'.repeat(128), logicalId: 'L'.repeat(255), type: 'T'.repeat(100) } }),
      },
    ],
    [
      'a finding that is longer than the message',
      { findings: [], toolFindings: [{ ...tool, message: 'm'.repeat(9_000) }] },
    ],
  ])('%s: the schema of a custom notification, within its limits', (_, changes) => {
    const made = message(changes);
    expect(customNotification.parse(made.chat)).toEqual(made.chat);
    expect(made.subject).toMatch(/^[!-~][ -~]{0,99}$/);
    expect(made.text.length).toBeLessThanOrEqual(LIMITS.text + 1_000);
    const input = publishInput(made);
    // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    expect(Buffer.byteLength(input.Message)).toBeLessThan(262_144);
    expect(Object.keys(JSON.parse(input.Message))).toEqual(['default', 'https', 'email']);
    expect(JSON.parse(JSON.parse(input.Message).default)).toEqual(made.chat);
  });

  it('names the directive, the resource, the fix and the page', () => {
    const { chat, text, subject } = message({ commit: 'abc123', log: 'https://console.example/build' });
    expect(subject).toBe('cipherline: lint said no: 1 finding');
    expect(chat.content.title).toBe(':x: cipherline: lint said no: 1 finding');
    const page = 'https://github.com/octo/orders/blob/main/docs/directives/rds-instance-encrypted.md';
    for (const part of ['rds-instance-encrypted', 'Orders0', 'StorageEncrypted: true', page, 'abc123']) {
      expect(chat.content.description).toContain(part);
      expect(text).toContain(part);
    }
    expect(chat.content.nextSteps[0]).toContain('https://console.example/build');
  });

  it('names the first ones and counts the rest', () => {
    const { chat, text } = message({ findings: some(12), environment: 'beta', stage: 'verify' });
    expect(chat.content.title).toContain('verify beta said no: 12 findings');
    expect(chat.content.description.match(/\*rds-instance-encrypted\*/g)).toHaveLength(5);
    for (const one of [chat.content.description, text]) expect(one).toContain('and 7 more');
  });

  it.each([
    ['waivers', 'cipherline: waivers said no', 'A waiver is malformed'],
    ['deploy', 'cipherline: deploy failed before there was a verdict', 'could not be run or judged'],
  ])('%s without findings', (stage, subject, description) => {
    const made = message({ stage, findings: [] });
    expect(made.subject).toBe(subject);
    expect(made.chat.content.description).toContain(description);
  });

  it('shows the AWS page where the repository has none a person can open', () => {
    const { chat } = message({}, { kind: 'codecommit', repository: 'orders', branch: 'main' });
    expect(chat.content.description).toContain('https://docs.aws.amazon.com/');
    expect(chat.content.description).not.toContain('github.com');
  });

  it('leaves out what was found', () => {
    const secret = 'hunter2-hunter2';
    const findings = some(1, { found: secret, expected: secret, reason: secret });
    expect(JSON.stringify(message({ findings }))).not.toContain(secret);
  });

  it('shows nothing of a name as markup', () => {
    const { chat } = message({
      findings: some(1, { resource: { stack: '<!channel>', logicalId: 'a`b', type: 'AWS::S3::Bucket' } }),
      toolFindings: [tool],
    });
    expect(chat.content.description).not.toContain('<!channel>');
    expect(chat.content.description).toContain('&lt;!channel&gt;');
    expect(chat.content.description).toContain("`a'b`");
    expect(chat.content.description).toContain('is not &lt;string&gt;');
  });
});
