import type { Directive } from '../../../rules/directive';
import { indexDirectives, judgeLive } from '../../../rules/judge';
import { documents, liveOf, quarantines, remediationOf } from '../../../rules/remediation';
import { writers } from '../../../rules/remediation/calls';
import { furtherFixes } from '../../../rules/remediation/fixes';
import { changed, mend } from '../../../rules/remediation/mend';
import { migrations } from '../../../rules/remediation/migrations';
import { quarantineStatement, queueArn, withoutStatement, withStatement } from '../../../rules/remediation/policies';
import { updateTypes } from '../../../rules/remediation/table';
import { catalogue } from '../../../rules/services';
import { loadSpec } from '../../../rules/spec';

const key = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000001';
const all = catalogue.map((directive): [string, Directive] => [directive.id, directive]);
const mended = all.filter(([, directive]) => remediationOf(directive).how !== 'none');

test.each(all)('%s is mended by a document, by a call, or says why not', (_, directive) => {
  const remediation = remediationOf(directive);
  expect(JSON.parse(JSON.stringify(remediation))).toEqual(remediation);
  if (remediation.how === 'none') {
    expect(remediation.reason.length).toBeGreaterThan(20);
    expect(remediation.migration.length).toBeGreaterThan(20);
    return;
  }
  expect(remediation.writes.length).toBeGreaterThan(0);
  expect(remediation.calls.length).toBeGreaterThan(0);
  for (const { actions } of remediation.calls) {
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/^[\w-]+:\w+$/.test(action))).toEqual([]);
  }
});

test.each(mended)('%s: its bad examples become good, and the good ones are left', (_, directive) => {
  const index = indexDirectives([directive]);
  let done = 0;
  for (const example of directive.examples.bad) {
    const { live, target } = liveOf(directive, example);
    const changes = mend({ directive, logicalId: target, live, key, region: 'us-east-1' });
    if (!changes) continue;
    const [verdict] = judgeLive(changed(live, changes, key), index).filter(
      ({ resource }) => resource.logicalId === target,
    );
    expect(verdict?.verdict).toBe('pass');
    done += 1;
  }
  expect(done).toBeGreaterThan(0);
});

test('what replaces a resource is never written', async () => {
  const spec = await loadSpec();
  const plain = (path: string) => path.replaceAll(/\[\]|\{\}/g, '');
  for (const [, directive] of mended) {
    const remediation = remediationOf(directive);
    if (remediation.how === 'none' || remediation.writes[0] === 'PolicyDocument') continue;
    const replaced = spec.properties(directive.type).filter(({ replaces }) => replaces);
    const bad = remediation.writes.filter((path) => replaced.some((one) => plain(one.path) === plain(path)));
    expect([directive.id, bad]).toEqual([directive.id, []]);
  }
});

test.each(Object.entries(documents))('%s has a document for a rule that asks the same', (id, document) => {
  const directive = catalogue.find((one) => one.id === id);
  expect(directive?.config).toContain(document.rule);
  expect(directive && remediationOf(directive).how).toBe('document');
  expect(document.page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/systems-manager-automation-runbooks\//);
});

test('the tables name what there is', () => {
  const ids = new Set(catalogue.map(({ id }) => id));
  const types = new Set(catalogue.map(({ type }) => type));
  expect(Object.keys(furtherFixes).filter((id) => !ids.has(id))).toEqual([]);
  expect(
    Object.keys({ ...migrations, ...quarantines, ...writers, ...updateTypes }).filter((type) => !types.has(type)),
  ).toEqual([]);
  expect([...types].filter((type) => !(type in updateTypes))).toEqual([]);
});

test('what stands in the way of a change stays undone', () => {
  const directive = catalogue.find(({ id }) => id === 's3-bucket-customer-key');
  if (!directive) throw new Error('no directive');
  const live = {
    stack: 's',
    keys: {},
    resources: [{ logicalId: 'B', physicalId: 'b', type: 'AWS::S3::Bucket', properties: {} }],
  };
  // Without a key nothing can be put under one.
  expect(mend({ directive, logicalId: 'B', live })).toBeUndefined();
  // What would bring another finding is not done: with the key alone the bucket key would be missing.
  const both = indexDirectives(
    catalogue.filter(({ id }) => ['s3-bucket-customer-key', 's3-bucket-key-enabled'].includes(id)),
  );
  expect(mend({ directive, logicalId: 'B', live, key })).toBeDefined();
  expect(mend({ directive, logicalId: 'B', live, key, index: both })).toBeUndefined();
  // What the template declares has it all.
  const rule = {
    ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key },
    BucketKeyEnabled: true,
  };
  const declared = { BucketEncryption: { ServerSideEncryptionConfiguration: [rule] } };
  const changes = mend({ directive, logicalId: 'B', live, key, index: both, declared: () => declared });
  expect(changes).toEqual([{ logicalId: 'B', path: ['BucketEncryption'], value: declared.BucketEncryption }]);
});

test('a resource that was not read is not mended', () => {
  const [directive] = catalogue;
  if (!directive) throw new Error('no directive');
  const live = {
    stack: 's',
    keys: {},
    resources: [{ logicalId: 'B', physicalId: 'b', type: directive.type, unreadable: 'x' }],
  };
  expect(mend({ directive, logicalId: 'B', live, key })).toBeUndefined();
  expect(mend({ directive, logicalId: 'C', live, key })).toBeUndefined();
});

test('a quarantine goes into a policy and out again', () => {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Mine', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' }],
  });
  const statement = quarantineStatement(
    ['s3:GetObject*'],
    ['arn:aws:s3:::b/*'],
    ['arn:aws:iam::111122223333:role/BreakGlass'],
  );
  const closed = withStatement(policy, statement);
  expect(JSON.parse(closed).Statement).toEqual([JSON.parse(policy).Statement[0], statement]);
  expect(statement.Condition).toEqual({
    ArnNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/BreakGlass'] },
  });
  // Twice is once.
  expect(withStatement(closed, statement)).toBe(closed);
  expect(JSON.parse(withoutStatement(closed, String(statement.Sid)) ?? '')).toEqual(JSON.parse(policy));
  expect(withoutStatement(withStatement(undefined, statement), String(statement.Sid))).toBeUndefined();
});

test.each([
  ['https://sqs.eu-west-1.amazonaws.com/111122223333/q', undefined, 'arn:aws:sqs:eu-west-1:111122223333:q'],
  [
    'https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q.fifo',
    undefined,
    'arn:aws-cn:sqs:cn-north-1:111122223333:q.fifo',
  ],
  ['http://127.0.0.1:4566/000000000000/q', 'us-east-1', 'arn:aws:sqs:us-east-1:000000000000:q'],
  ['http://127.0.0.1:4566/000000000000/q', undefined, undefined],
  ['q', 'us-east-1', undefined],
])('the queue %s in %s', (url, region, arn) => {
  expect(queueArn(url, region)).toBe(arn);
});
