import { createServer, type Server } from 'node:http';
import { ACCOUNT_TYPE, accountDirectives, selectAccountDirectives } from '../../rules/account';
import type { Directive, Example } from '../../rules/directive';
import { indexDirectives, judgeLive, judgeTemplate } from '../../rules/judge';
import { readAccount } from '../../rules/live/account';
import { catalogue } from '../../rules/services';
import type { Answer } from '../../rules/verdict';
import { listening } from '../listening';

type Case = [id: string, kind: Answer, one: Directive, example: Example];
const cases = accountDirectives.flatMap((one): Case[] => [
  ...one.examples.good.map((example): Case => [one.id, 'pass', one, example]),
  ...one.examples.bad.map((example): Case => [one.id, 'fail', one, example]),
  ...one.examples.unknown.map((example): Case => [one.id, 'unknown', one, example]),
]);

test.each(cases)('%s: a %s example', (_, kind, one, example) => {
  const Properties = { ...example };
  const template = { Resources: { Settings: { Type: ACCOUNT_TYPE, Properties } } };
  expect(judgeTemplate(template, indexDirectives([one]), 'account')).toMatchObject([{ verdict: kind }]);
});

test('they stand beside the catalogue, under names of their own', () => {
  const ids = new Set(catalogue.map(({ id }) => id));
  expect(accountDirectives.filter(({ id }) => ids.has(id))).toEqual([]);
  expect(selectAccountDirectives('encrypted').map(({ tier }) => tier)).not.toContain('customer-key');
  expect(selectAccountDirectives('default')).toHaveLength(accountDirectives.length);
});

describe('read from the services', () => {
  let server: Server;
  let endpoint: string;
  /** What is answered, by action; an error is a name alone. */
  let answers: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        const target = String(request.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
        const isBlock = request.url?.startsWith('/v20180820/configuration/publicAccessBlock') === true;
        if (isBlock) expect(request.headers['x-amz-account-id']).toBe('111122223333');
        const action = target || (isBlock ? 'GetPublicAccessBlock' : new URLSearchParams(body).get('Action')) || '';
        const answer = answers[action] ?? 'AccessDenied';
        const isError = !/[<{]/.test(answer);
        if (target) {
          const type = 'application/x-amz-json-1.1';
          response
            .writeHead(isError ? 400 : 200, { 'content-type': type })
            .end(isError ? JSON.stringify({ __type: answer, message: answer }) : answer);
          return;
        }
        if (isBlock) {
          const refusal = `<ErrorResponse><Error><Code>${answer}</Code><Message>no</Message></Error></ErrorResponse>`;
          const block = `<PublicAccessBlockConfiguration xmlns="http://awss3control.amazonaws.com/doc/2018-08-20/">${answer}</PublicAccessBlockConfiguration>`;
          response.writeHead(isError ? 404 : 200, { 'content-type': 'text/xml' }).end(isError ? refusal : block);
          return;
        }
        const error = `<Response><Errors><Error><Code>${answer}</Code><Message>no</Message></Error></Errors></Response>`;
        response
          .writeHead(isError ? 403 : 200, { 'content-type': 'text/xml' })
          .end(
            isError
              ? error
              : `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${answer}</${action}Response>`,
          );
      });
    });
    ({ endpoint } = await listening(server));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const key = 'arn:aws:kms:eu-west-1:111122223333:key/1';
  const right: Readonly<Record<string, string>> = {
    GetEbsEncryptionByDefault: '<ebsEncryptionByDefault>true</ebsEncryptionByDefault>',
    GetEbsDefaultKmsKeyId: `<kmsKeyId>${key}</kmsKeyId>`,
    DescribeConfigurationRecorders: JSON.stringify({
      ConfigurationRecorders: [{ name: 'r', recordingGroup: { resourceTypes: ['AWS::S3::Bucket'] } }],
    }),
    DescribeConfigurationRecorderStatus: JSON.stringify({
      ConfigurationRecordersStatus: [{ name: 'r', recording: true }],
    }),
    DescribeKey: JSON.stringify({ KeyMetadata: { KeyId: key, Arn: key, KeyManager: 'CUSTOMER', KeyState: 'Enabled' } }),
  };
  const all = { ebs: 'pass', key: 'pass', recording: 'pass', block: 'pass' };
  const block = (last: boolean) =>
    `<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>${last}</RestrictPublicBuckets>`;

  it.each<
    readonly [
      what: string,
      changed: Readonly<Record<string, string>>,
      expected: Partial<typeof all> | Record<string, Answer>,
    ]
  >([
    ['all as it should be', {}, {}],
    [
      'encryption by default is off',
      { GetEbsEncryptionByDefault: '<ebsEncryptionByDefault>false</ebsEncryptionByDefault>' },
      { ebs: 'fail' },
    ],
    ['the default key is of AWS', { GetEbsDefaultKmsKeyId: '<kmsKeyId>alias/aws/ebs</kmsKeyId>' }, { key: 'fail' }],
    ['S3 blocks less than it could', { GetPublicAccessBlock: block(false) }, { block: 'fail' }],
    ['S3 blocks nothing', { GetPublicAccessBlock: 'NoSuchPublicAccessBlockConfiguration' }, { block: 'fail' }],
    ['S3 may not be asked', { GetPublicAccessBlock: 'AccessDenied' }, { block: 'unknown' }],
    ['no recorder', { DescribeConfigurationRecorders: '{}' }, { recording: 'fail' }],
    [
      'the recorder is stopped',
      { DescribeConfigurationRecorderStatus: '{"ConfigurationRecordersStatus":[{"name":"r","recording":false}]}' },
      { recording: 'fail' },
    ],
    [
      'the recorder leaves a type out',
      {
        DescribeConfigurationRecorders:
          '{"ConfigurationRecorders":[{"name":"r","recordingGroup":{"resourceTypes":[]}}]}',
      },
      { recording: 'fail' },
    ],
    ['EC2 may not be asked', { GetEbsEncryptionByDefault: 'UnauthorizedOperation' }, { ebs: 'unknown' }],
    ['the default key may not be asked for', { GetEbsDefaultKmsKeyId: 'UnauthorizedOperation' }, { key: 'unknown' }],
    ['KMS may not be asked', { DescribeKey: 'AccessDeniedException' }, { key: 'unknown' }],
    [
      'AWS Config may not be asked',
      { DescribeConfigurationRecorders: 'AccessDeniedException' },
      { recording: 'unknown' },
    ],
  ])('%s', async (_, changed, expected) => {
    answers = { ...right, GetPublicAccessBlock: block(true), ...changed };
    const live = await readAccount({
      account: '111122223333',
      region: 'eu-west-1',
      endpoint,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      types: ['AWS::S3::Bucket'],
      s3: true,
    });
    const verdicts = judgeLive(live, indexDirectives(accountDirectives));
    const of = (id: string) => verdicts.find(({ directive }) => directive === id)?.verdict;
    expect({
      ebs: of('account-ebs-encrypted'),
      key: of('account-ebs-customer-key'),
      recording: of('account-config-recording'),
      block: of('account-s3-public-access-block'),
    }).toEqual({ ...all, ...expected });
    expect(verdicts[0]?.resource).toEqual({
      stack: 'account',
      logicalId: 'Settings',
      physicalId: '111122223333',
      type: 'Account',
    });
  });
});
