import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue, exemptions } from '../../rules/services';
import { loadSpec, type Spec } from '../../rules/spec';
import { draft, withDraft } from '../../scripts/new-directive';
import { scratch } from '../scratch';

let spec: Spec;
beforeAll(async () => {
  spec = await loadSpec();
});
const { folder, remove } = scratch();
afterAll(remove);

// Nothing is judged here: which demand fits is asked, not what is judged already.
const drafted = (type: string, property: string) => draft({ service: 'x', type, property }, spec, [], {});

test.each([
  ['AWS::EFS::FileSystem', 'Encrypted', 'x-file-system-encrypted', 'switchedOn('],
  ['AWS::CodeBuild::Project', 'Artifacts.EncryptionDisabled', 'x-project-encryption-disabled', 'notSwitchedOn('],
  ['AWS::FSx::FileSystem', 'KmsKeyId', 'x-file-system-customer-key', 'customerKey('],
  ['AWS::AmazonMQ::Broker', 'Users.Password', 'x-broker-no-plaintext-password', "path: 'Users[].Password'"],
  ['AWS::ElasticLoadBalancingV2::Listener', 'SslPolicy', 'x-listener-tls-policy', "'elb', '1.2'"],
  ['AWS::DMS::Endpoint', 'SslMode', 'x-endpoint-tls', "concern: 'in-transit',\n  allowed: ['']"],
])('%s %s becomes %s', (type, property, id, code) => {
  const made = drafted(type, property);
  expect(made).toMatchObject({ id, code: expect.stringContaining(code) });
  expect(made.code).toContain("why: ''");
  expect(made.code).toContain(`type: '${type}'`);
});

test.each([
  ['efs', 'AWS::EFS::FileSystm', 'Encrypted', /no resource type[\s\S]*Did you mean AWS::EFS::FileSystem/],
  ['efs', 'AWS::EFS::FileSystem', 'Encripted', /no property[\s\S]*Did you mean Encrypted/],
  ['efs', 'AWS::EFS::FileSystem', 'Encrypted', /is judged already, by efs-file-system-encrypted/],
  ['dms', 'AWS::DMS::Endpoint', 'KafkaSettings.SslClientKeyArn', /is exempt: /],
  ['fsx', 'AWS::FSx::FileSystem', 'LustreConfiguration', /holds an object/],
  ['index', 'AWS::FSx::FileSystem', 'KmsKeyId', /cannot be a file/],
])('%s %s %s is refused', (service, type, property, message) => {
  expect(() => draft({ service, type, property }, spec, catalogue, exemptions)).toThrow(message);
});

test('the command in README.md drafts what stands below it', () => {
  const readme = readFileSync('README.md', 'utf8');
  const [, service = '', type = '', property = ''] = /npm run directive:new -- (\S+) (\S+) (\S+)/.exec(readme) ?? [];
  const { code } = draft({ service, type, property }, spec, catalogue, exemptions);
  for (const line of [`type: '${type}'`, `path: '${property}'`, code.match(/\w+\(\{/)?.[0] ?? 'a call']) {
    expect(code).toContain(line);
    expect(readme).toContain(line);
  }
});

test('a file is extended, and its imports with it', () => {
  const text = `import { switchedOn, service } from './shared';\n\nexport const a = switchedOn({});\n\nexport const x = service([a], { 'AWS::X::Y': { Z: 'Because.' } });\n`;
  const made = drafted('AWS::FSx::FileSystem', 'KmsKeyId');
  const extended = withDraft(text, 'x', made);
  expect(extended).toContain("import { customerKey, service, switchedOn } from './shared';");
  expect(extended).toContain("service([a, fileSystemCustomerKey], { 'AWS::X::Y'");
  expect(() => withDraft(extended, 'x', made)).toThrow(/'fileSystemCustomerKey' already/);
  expect(() => withDraft('', 'x', made)).toThrow(/to add to/);
});

test('in a copy of the repository the build says what is left to fill in', () => {
  const copy = folder();
  const parts = ['rules', 'stacks', 'pipeline', 'bootstrap', 'scripts', 'test/rules/services', 'test/setup.ts'];
  const files = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'jest.config.cjs',
    'cipherline.config.ts',
    'cdk.json',
  ];
  const style = ['biome.json', '.gitignore'];
  for (const part of [...parts, ...files, ...style]) cpSync(part, join(copy, part), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, {
      cwd: copy,
      encoding: 'utf8',
      env: { ...process.env, CI: '1', CIPHERLINE_HOME: undefined },
    });
  const make = () =>
    run('scripts/cipherline.cjs', 'directive-new', 'newservice', 'AWS::FSx::FileCache', 'FileCacheType');

  expect(make()).toMatchObject({ status: 0, stdout: expect.stringContaining('newservice-file-cache-file-cache-type') });
  expect(readFileSync(join(copy, 'rules/services/newservice.ts'), 'utf8')).toMatch(/^import { oneOfThese, service }/);
  const built = run('node_modules/jest/bin/jest.js', 'test/rules/services/catalogue');
  expect(built.stderr).toContain('newservice-file-cache-file-cache-type: why is empty: say in a sentence or two');
  expect(built.status).toBe(1);
  expect(make()).toMatchObject({ status: 2, stderr: expect.stringContaining('is judged already') });
});
