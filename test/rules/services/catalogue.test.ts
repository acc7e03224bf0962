import { gaps } from '../../../rules/gaps';
import { catalogue } from '../../../rules/services';

const all = catalogue.map((one): [string, (typeof catalogue)[number]] => [one.id, one]);

test('ids are unique', () => {
  expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length);
});

test('every directive says all it has to say', () => {
  expect(catalogue.flatMap(gaps)).toEqual([]);
});

test.each(all)('%s is complete and frozen', (id, one) => {
  expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
  expect(one.type).toMatch(/^(AWS|Alexa)::\w+::\w+$/);
  for (const source of [one.source, one.default?.source, ...one.controls.map((control) => control.source)])
    if (source !== undefined) expect(source).toMatch(/^https:\/\/(docs\.aws\.amazon\.com|aws\.amazon\.com)\//);
  if (one.default) expect(one.default.since).toMatch(/^\d{4}-\d\d-\d\d$/);
  for (const rule of one.config ?? []) expect(rule).toMatch(/^[A-Z0-9_]+$/);
  for (const alias of one.aliases) expect(alias).toMatch(/^(cfn_nag|checkov|fsbp|cdk-nag):\S+$/);
  expect(one.fix ?? one.remedy).toBeDefined();
  expect(Object.isFrozen(one)).toBe(true);
});
