import { ManagedRuleIdentifiers } from 'aws-cdk-lib/aws-config';
import { managedRules } from '../../rules/managed-rules';
import { configRulesOf, securityHubControlsOf, standing } from '../../rules/references';
import { securityHubControls } from '../../rules/security-hub';
import { catalogue } from '../../rules/services';

const tables = [
  ['AWS Config managed rules', managedRules, configRulesOf, /^[A-Z0-9]+(_[A-Z0-9]+)+$/],
  ['Security Hub controls', securityHubControls, securityHubControlsOf, /^[A-Za-z0-9]+\.\d+$/],
] as const;

describe.each(tables)('%s', (_name, table, names, id) => {
  test('each is judged by a directive or has a reason why not', () => {
    expect(standing(table, catalogue, names).open).toEqual([]);
  });

  test('what the table and the directives say of each other is so', () => {
    expect(standing(table, catalogue, names).wrong).toEqual([]);
  });

  test('entries are unique and complete', () => {
    expect(new Set(table.map((one) => one.id)).size).toBe(table.length);
    for (const one of table) {
      expect(one.id).toMatch(id);
      expect(one.page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/[\w/.#-]+$/);
      expect(one.what).toMatch(/^[A-Z].{10,}[^.]$/);
      if (one.reason !== undefined) expect(one.reason).toMatch(/^[A-Z].{15,}\.$/);
      expect(one.judgedBy && one.reason).toBeUndefined();
    }
  });
});

test('no AWS Config rule that the CDK knows and that is named after encryption is left out', () => {
  const identifiers = Object.values(ManagedRuleIdentifiers).filter((one): one is string => typeof one === 'string');
  const about = identifiers.filter((one) =>
    /(^|_)(ENCRYPT\w*|KMS|CMK|TLS|SSL|HTTPS|SECRETS?\w*|CERTIFICATE|ROTATED|ROTATION|AWSCRED)(_|$)/.test(one),
  );
  const tabled = new Set(managedRules.map(({ id }) => id));
  expect(about.length).toBeGreaterThan(40);
  expect(about.filter((one) => !tabled.has(one))).toEqual([]);
});
