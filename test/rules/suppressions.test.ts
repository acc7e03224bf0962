import { catalogue } from '../../rules/services';
import { suppressionsIn, toWaivers } from '../../rules/suppressions';
import type { Verdict } from '../../rules/verdict';

const template = (metadata: string, comment = '') =>
  `Resources:\n  Db:\n    ${comment}\n    Type: AWS::RDS::DBInstance\n    Metadata: ${metadata}\n`;
const answers = { owner: 'o', ticket: 't', expires: '2027-01-01' };
const finding = (directive: string, logicalId = 'Db'): Verdict => ({
  directive,
  resource: { stack: 's', logicalId, type: 'AWS::RDS::DBInstance' },
  verdict: 'fail',
  controlPoint: 'template',
});

test.each<[string, string, object]>([
  ['cfn_nag', '{cfn_nag: {rules_to_suppress: [{id: F27, reason: r}]}}', { tool: 'cfn_nag', id: 'F27', reason: 'r' }],
  [
    'cdk-nag',
    '{cdk_nag: {rules_to_suppress: [{id: AwsSolutions-RDS2, reason: r}]}}',
    { tool: 'cdk-nag', id: 'AwsSolutions-RDS2' },
  ],
  ['checkov', '{checkov: {skip: [{id: CKV_AWS_16, comment: r}]}}', { tool: 'checkov', id: 'CKV_AWS_16', reason: 'r' }],
  ['Guard', '{guard: {SuppressedRules: [RDS_STORAGE_ENCRYPTED]}}', { tool: 'cfn-guard', id: 'RDS_STORAGE_ENCRYPTED' }],
])('%s metadata becomes a waiver of the directive that judges the same', (_, metadata, expected) => {
  const found = suppressionsIn(template(metadata), 't.yaml');
  expect(found).toEqual([expect.objectContaining({ logicalId: 'Db', ...expected })]);
  const { waivers } = toWaivers(
    found,
    [finding('rds-instance-encrypted'), finding('rds-instance-encrypted', 'Other')],
    catalogue,
    answers,
  );
  expect(waivers).toEqual([
    expect.objectContaining({ directive: 'rds-instance-encrypted', resource: 's/Db', ...answers }),
  ]);
});

test("checkov's comment belongs to the resource it stands in", () => {
  expect(suppressionsIn(template('{}', '# checkov:skip=CKV_AWS_16: scratch'), 't.yaml')).toEqual([
    { tool: 'checkov', id: 'CKV_AWS_16', logicalId: 'Db', reason: 'scratch' },
  ]);
});

test.each<[string, string, Verdict[], string]>([
  ['an id nobody knows', 'W9999', [finding('rds-instance-encrypted')], 'no directive judges'],
  ['a finding that is gone', 'F27', [], 'no finding that needs it'],
  ['a fatal directive', 'F23', [finding('rds-instance-password-not-plaintext')], 'cannot be waived'],
])('%s becomes no waiver, and the reason is told', (_, id, findings, why) => {
  const found = suppressionsIn(template(`{cfn_nag: {rules_to_suppress: [{id: ${id}}]}}`), 't.yaml');
  const { waivers, left } = toWaivers(found, findings, catalogue, answers);
  expect(waivers).toEqual([]);
  expect(left).toEqual([expect.objectContaining({ why: expect.stringContaining(why) })]);
});
