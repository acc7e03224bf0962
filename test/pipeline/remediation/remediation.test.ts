import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, runName } from '../../../pipeline/remediation/act';
import { patchOf, prepare } from '../../../pipeline/remediation/apis';
import { auditKey, folderAudit } from '../../../pipeline/remediation/audit';
import { onComplianceChange } from '../../../pipeline/remediation/handler';
import { remediationMessage } from '../../../pipeline/remediation/message';
import { namesOf } from '../../../pipeline/remediation/ownership';
import { offerPatch } from '../../../pipeline/remediation/patch';
import { dataClassOf, matchesAny, remediationDefaults } from '../../../pipeline/remediation/settings';
import { LIMITS } from '../../../pipeline/reports/notification';
import { quarantines } from '../../../rules/remediation';
import { writers } from '../../../rules/remediation/calls';
import { catalogue } from '../../../rules/services';
import { scratch } from '../../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const directiveOf = (id: string) => {
  const found = catalogue.find((one) => one.id === id);
  if (!found) throw new Error(id);
  return found;
};

describe('the patch', () => {
  const directive = directiveOf('kms-key-rotation');
  const resource = { stack: 's', logicalId: 'K', type: 'AWS::KMS::Key' };
  const changes = [{ logicalId: 'K', path: ['EnableKeyRotation'], value: true }];
  const page = 'https://example.com/kms-key-rotation.md';
  const template = (text: string) => ({ text, file: 's.template.yaml' });
  const off = 'Resources:\n  K:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: false # why?\n';

  test('is a diff where the template lacks it', () => {
    const { kind, body } = offerPatch({ directive, resource, changes, page, template: template(off) });
    expect(kind).toBe('diff');
    expect(body).toContain('-      EnableKeyRotation: false # why?\n+      EnableKeyRotation: true # why?');
    expect(body).toContain(page);
  });

  test('says so where the template asks for it already', () => {
    const { kind, body } = offerPatch({
      directive,
      resource,
      changes,
      page,
      template: template(off.replace('false', 'true')),
    });
    expect(kind).toBe('declared');
    expect(body).toContain('outside of CloudFormation');
    expect(body).toContain('EnableKeyRotation: true');
  });

  test.each([
    ['without the template', undefined],
    ['with a broken one', template('Resources: [')],
    ['with one that does not have the resource', template('Resources:\n  Q:\n    Type: AWS::SQS::Queue\n')],
  ])('names the properties %s', (_, given) => {
    const { kind, body } = offerPatch({ directive, resource, changes, page, template: given });
    expect(kind).toBe('properties');
    expect(body).toContain('```yaml\nK:\n  Type: AWS::KMS::Key\n  Properties:\n    EnableKeyRotation: true\n```');
  });

  test('touches no other resource of the template', () => {
    const two = `${off}  L:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: false\n`;
    const { body } = offerPatch({ directive, resource, changes, page, template: template(two) });
    expect(body.match(/^\+ .*EnableKeyRotation: true/gm)).toHaveLength(1);
  });

  test('names the code where the CDK made the template', () => {
    const cdk = `Resources:\n  K:\n    Type: AWS::KMS::Key\n    Properties:\n      EnableKeyRotation: false\n    Metadata:\n      aws:cdk:path: Beta/Keys/Messages/Resource\n`;
    const { body } = offerPatch({ directive, resource, changes, page, template: template(cdk) });
    expect(body).toContain("addPropertyOverride('EnableKeyRotation', true);");
  });
});

describe('a call', () => {
  const context = (
    wanted: { type: string; physicalId: string; properties: object },
    changes: { path: string[]; value: string }[] = [],
  ) => ({
    aws: { region: 'us-east-1' },
    wanted: { logicalId: 'R', ...wanted, properties: JSON.parse(JSON.stringify(wanted.properties)) },
    changes: changes.map((one) => ({ logicalId: 'R', ...one })),
    breakGlass: [],
  });
  const parametersOf = (type: string, ...given: Parameters<typeof context>) =>
    (writers[type] ?? []).flatMap(({ call }) => prepare(call, context(...given))).map(({ parameters }) => parameters);

  test('takes the whole encryption of a bucket, in the shape of S3', () => {
    const rule = {
      ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'k' },
      BucketKeyEnabled: 'true',
    };
    const properties = { BucketEncryption: { ServerSideEncryptionConfiguration: [rule] } };
    expect(parametersOf('AWS::S3::Bucket', { type: 'AWS::S3::Bucket', physicalId: 'b', properties })).toEqual([
      {
        Bucket: 'b',
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: 'k' },
              BucketKeyEnabled: true,
            },
          ],
        },
      },
    ]);
  });

  test('is made for each topic of a policy', () => {
    const properties = { Topics: ['t1', 't2'], PolicyDocument: { Statement: [] } };
    expect(
      parametersOf('AWS::SNS::TopicPolicy', { type: 'AWS::SNS::TopicPolicy', physicalId: 'p', properties }),
    ).toEqual([
      { TopicArn: 't1', AttributeName: 'Policy', AttributeValue: '{"Statement":[]}' },
      { TopicArn: 't2', AttributeName: 'Policy', AttributeValue: '{"Statement":[]}' },
    ]);
  });

  test.each([
    ['postgres17', 'immediate'],
    ['sqlserver-ee-16.0', 'pending-reboot'],
  ])('sets a parameter of %s: %s', (Family, ApplyMethod) => {
    const [parameters] = parametersOf(
      'AWS::RDS::DBParameterGroup',
      { type: 'AWS::RDS::DBParameterGroup', physicalId: 'g', properties: { Family, Parameters: {} } },
      [{ path: ['Parameters', 'rds.force_ssl'], value: '1' }],
    );
    expect(parameters).toEqual({
      DBParameterGroupName: 'g',
      Parameters: [{ ParameterName: 'rds.force_ssl', ParameterValue: '1', ApplyMethod }],
    });
  });

  test.each(Object.entries(quarantines))('%s can be quarantined and released', (type, { call, release }) => {
    const made = [call, release].map((one) => prepare(one, context({ type, physicalId: 'x', properties: {} })));
    expect(made.flat().map(({ parameters }) => Object.values(parameters))).toEqual([['x'], ['x']]);
  });
});

test('a patch for Cloud Control changes no more than it must', () => {
  const model = { A: { B: { c: 1 }, L: [{ x: 1 }, { x: 2 }] }, 'a/b~': {} };
  const change = (path: (string | number)[], value: number) => ({ logicalId: 'R', path, value });
  expect(patchOf(model, [change(['A', 'B', 'd'], 2)])).toEqual([{ op: 'add', path: '/A/B/d', value: 2 }]);
  expect(patchOf(model, [change(['A', 'N', 'd'], 2), change(['A', 'N', 'e'], 3)])).toEqual([
    { op: 'add', path: '/A/N', value: { d: 2, e: 3 } },
  ]);
  expect(patchOf(model, [change(['A', 'L', 1, 'x'], 3)])).toEqual([{ op: 'add', path: '/A/L/1/x', value: 3 }]);
  expect(patchOf(model, [change(['a/b~', 'y'], 3)])).toEqual([{ op: 'add', path: '/a~1b~0/y', value: 3 }]);
});

test('an audit entry is written once', async () => {
  const folder = temporary.folder();
  const entry = {
    phase: 'intent',
    at: '2026-11-25T12:00:00.000Z',
    run: runName('event'),
    directive: 'd',
    stack: 's',
    logicalId: 'L',
    physicalId: 'p',
    type: 'AWS::S3::Bucket',
    mode: 'enable',
    calls: [],
  } as const;
  const file = await folderAudit(folder).write(entry);
  expect(file).toBe(join(folder, auditKey(entry)));
  const before = readFileSync(file, 'utf8');
  // The same run again, a second later: the first word stands.
  expect(await folderAudit(folder).write({ ...entry, at: '2026-11-25T12:00:01.000Z', mode: 'quarantine' })).toBe(file);
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(auditKey({ ...entry, run: runName('another event') })).not.toBe(auditKey(entry));
});

describe('the message', () => {
  const outcome: Outcome = {
    directive: 'kms-key-rotation',
    title: 'KMS keys that can rotate do',
    page: 'https://github.com/octo/orders/blob/main/docs/directives/kms-key-rotation.md',
    resource: { stack: 'cipherline-beta-s3', logicalId: 'K', physicalId: 'key-1', type: 'AWS::KMS::Key' },
    mode: 'enable',
    result: 'mended',
    why: 'read back and judged again: it passes',
    calls: [{ name: 'kms:EnableKeyRotation', parameters: { KeyId: 'key-1' } }],
    before: 'fail',
    after: 'pass',
    patch: { kind: 'diff', title: 't', body: '```diff\n+ EnableKeyRotation: true\n```' },
    audit: [],
  };

  test('carries the page and how to codify it', () => {
    const { chat, text, subject } = remediationMessage('cipherline', 'cipherline-beta-s3', [outcome]);
    expect(chat).toMatchObject({ version: '1.0', source: 'custom', content: { textType: 'client-markdown' } });
    expect(chat.content.description).toContain(`<${outcome.page}|kms-key-rotation.md>`);
    expect(chat.content.description).toContain('the next deployment undoes this unless the patch goes in');
    expect(chat.content.nextSteps[0]).toContain('cipherline remediate --dry-run');
    expect(text).toContain('+ EnableKeyRotation: true');
    expect(subject).toBe('cipherline: cipherline-beta-s3: 1 mended');
  });

  test('stays within what a chat shows', () => {
    const many = Array.from({ length: 60 }, () => ({ ...outcome, why: 'x'.repeat(2_000) }));
    const { chat, text, subject } = remediationMessage('cipherline', 's', many);
    expect(subject.length).toBeLessThanOrEqual(LIMITS.subject);
    expect(chat.content.description.length).toBeLessThanOrEqual(LIMITS.description);
    expect(chat.content.description).toMatch(/and \d+ more$/);
    expect(text.length).toBeLessThan(LIMITS.text + 2_000);
  });
});

test.each([
  ['arn:aws:cloudtrail:us-east-1:111122223333:trail/audit', 'audit'],
  ['arn:aws:dynamodb:us-east-1:111122223333:table/orders', 'orders'],
  ['arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/x', '/aws/lambda/x'],
  ['bucket', 'bucket'],
])('%s may be called %s', (id, name) => {
  expect(namesOf(id)).toContain(name);
});

test('which key a type takes', () => {
  expect(dataClassOf('AWS::S3::Bucket', {})).toBe('storage');
  expect(dataClassOf('AWS::SQS::Queue', {})).toBeUndefined();
  expect(dataClassOf('AWS::SQS::Queue', { 'AWS::SQS::Queue': 'messages' })).toBe('messages');
  expect(matchesAny('orders-1', ['orders-*'])).toBe(true);
  expect(matchesAny('my-orders-1', ['orders-*'])).toBe(false);
  expect(matchesAny('ordersX1', ['orders.1'])).toBe(false);
});

describe('an event', () => {
  const around = {
    aws: {
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:9',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    settings: { name: 'cipherline', environments: [], config: remediationDefaults, waivers: [], rules: {} },
    audit: { write: async () => 'nowhere' },
    pageOf: () => 'https://example.com',
    log: () => undefined,
  };
  const event = (complianceType: string) => ({
    id: 'e',
    source: 'aws.config',
    'detail-type': 'Config Rules Compliance Change',
    account: '111122223333',
    region: 'us-east-1',
    detail: {
      resourceId: 'b',
      resourceType: 'AWS::S3::Bucket',
      configRuleName: 'r',
      newEvaluationResult: { complianceType },
    },
  });

  test.each([{}, { source: 'aws.s3' }, { ...event('NON_COMPLIANT'), detail: {} }, 'text', null])(
    'of another shape is an error, not silence: %j',
    async (other) => {
      await expect(onComplianceChange(other, around)).rejects.toThrow();
    },
  );

  test('of what complies asks nobody', async () => {
    expect(await onComplianceChange(event('COMPLIANT'), around)).toEqual({
      resource: 'b',
      why: 'it is COMPLIANT',
      outcomes: [],
    });
  });

  test('that cannot be looked into is an error, so that Lambda tries again', async () => {
    await expect(onComplianceChange(event('NON_COMPLIANT'), around)).rejects.toThrow('no answer');
  }, 60_000);
});
