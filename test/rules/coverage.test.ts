import { spawnSync } from 'node:child_process';
import { coverage, misfits } from '../../rules/coverage';
import { catalogue, exemptions } from '../../rules/services';
import { loadSpec, type Spec } from '../../rules/spec';

let spec: Spec;
beforeAll(async () => {
  spec = await loadSpec();
});

test('what the directives say of types and properties is what the schema says', () => {
  expect(misfits(spec, catalogue)).toEqual([]);
});

test('every exemption is of an encryption-related property, and gives a reason', () => {
  expect(coverage(spec, catalogue, exemptions).stale).toEqual([]);
  for (const paths of Object.values(exemptions)) {
    for (const reason of Object.values(paths)) expect(reason).toMatch(/^[A-Z].{15,}\.$/);
  }
});

test('the index of the catalogue is what the folder holds', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/services-index.mjs', '--check'], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});

test('every encryption-related property is judged or exempt, and the encryptable types are all there', () => {
  const { open, types } = coverage(spec, catalogue, exemptions);
  expect(open).toEqual([]);
  expect(types.filter(({ encryptable }) => encryptable).length).toBeGreaterThanOrEqual(356);
});
