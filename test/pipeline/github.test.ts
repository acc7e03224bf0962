import { readFileSync } from 'node:fs';
import { AwsCredentials } from 'cdk-pipelines-github';
import { load } from 'js-yaml';
import { z } from 'zod';
import fork from '../../cipherline.config';
import { validateConfig } from '../../pipeline/config';
import { ACTIONS, pinned } from '../../pipeline/engines/actions';
import { NODE } from '../../pipeline/engines/codepipeline';
import { renderWorkflow, WORKFLOW } from '../../pipeline/engines/github';
import { build, CLEAN, deploy, lint, promote, verify } from '../../pipeline/stages';

const step = z.object({
  name: z.string(),
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const schema = z.object({
  on: z.record(z.string(), z.object({ branches: z.array(z.string()) })),
  permissions: z.record(z.string(), z.string()),
  concurrency: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.object({
      needs: z.array(z.string()).optional(),
      if: z.string().optional(),
      environment: z.object({ name: z.string() }).optional(),
      permissions: z.record(z.string(), z.string()),
      env: z.record(z.string(), z.string()).optional(),
      'runs-on': z.string(),
      'timeout-minutes': z.int(),
      steps: z.array(step),
    }),
  ),
});

const config = validateConfig({ ...fork, githubActions: {} });
const text = renderWorkflow(config);
const { on, permissions, concurrency, jobs } = schema.parse(load(text));
const stepsOf = (job: string) => jobs[job]?.steps ?? [];
const runs = (job: string): string[] => stepsOf(job).flatMap(({ run }) => (run === undefined ? [] : [run]));
const at = (job: string, what: (one: z.infer<typeof step>) => boolean): number => stepsOf(job).findIndex(what);

test('the committed workflow is current: npm run workflow', () => {
  expect(readFileSync(WORKFLOW, 'utf8')).toBe(renderWorkflow(validateConfig(fork)));
});

test('without githubActions nothing is deployed and no role can be taken', () => {
  const idle = renderWorkflow(validateConfig(fork));
  expect(Object.keys(schema.parse(load(idle)).jobs)).toEqual(['build', 'lint', 'code-scanning']);
  expect(idle).not.toContain('id-token');
});

test('pushes and pull requests of the branch start it, and nothing that runs foreign code with our rights', () => {
  expect(on).toEqual({ push: { branches: ['main'] }, pull_request: { branches: ['main'] } });
  expect(text).not.toMatch(/pull_request_target|workflow_run|secrets\./);
});

test('a branch starts one run at a time, and a deployment is not cut off', () => {
  expect(concurrency).toEqual({
    group: 'cipherline-${{ github.ref }}',
    'cancel-in-progress': "${{ github.event_name == 'pull_request' }}",
  });
});

test('jobs may read, and each the one thing more it needs', () => {
  expect(permissions).toEqual({ contents: 'read' });
  expect(Object.fromEntries(Object.entries(jobs).map(([id, job]) => [id, job.permissions]))).toEqual({
    build: { contents: 'read' },
    lint: { contents: 'read' },
    'code-scanning': { contents: 'read', actions: 'read', 'security-events': 'write' },
    'environment-beta': { contents: 'read', 'id-token': 'write' },
    'environment-prod': { contents: 'read', 'id-token': 'write' },
  });
});

test('a pull request ends after build and lint', () => {
  for (const [id, job] of Object.entries(jobs))
    if (/^(build|lint)$/.test(id)) expect(job.if).toBeUndefined();
    else expect(job.if).toMatch(/github\.event_name == 'push'/);
});

const START = [CLEAN, 'npm ci --ignore-scripts'];

test('what judges is fetched anew after the build, which runs the code of blocks, and everything else waits for it', () => {
  expect(runs('build')).toEqual([CLEAN, build.commands.join('\n')]);
  expect(runs('lint')).toEqual([...START, 'npx cipherline workflow --check', lint.commands.join('\n')]);
  expect(jobs.lint?.needs).toEqual(['build']);
  expect(stepsOf('build').filter(({ uses }) => uses?.startsWith('actions/upload-artifact'))).toEqual([
    expect.objectContaining({ with: expect.objectContaining({ name: 'assembly', path: 'cdk.out' }) }),
  ]);
  expect(jobs['code-scanning']?.needs).toEqual(['lint']);
  expect(jobs['environment-beta']?.needs).toEqual(['lint']);
  expect(jobs['environment-prod']?.needs).toEqual(['environment-beta']);
  // An unfulfilled need keeps a job from running, unless its condition says otherwise.
  for (const environment of ['beta', 'prod']) {
    expect(jobs[`environment-${environment}`]?.if).not.toMatch(/always|cancelled|failure/);
  }
});

test('an environment promotes before it takes its role, then deploys and verifies', () => {
  const commands = (names: (typeof deploy)[]) => names.map(({ commands: all }) => all.join('\n'));
  expect(runs('environment-beta')).toEqual([...START, ...commands([deploy, verify])]);
  expect(runs('environment-prod')).toEqual([...START, ...commands([promote, deploy, verify])]);
  const taken = at('environment-prod', ({ uses }) => uses?.startsWith('aws-actions/') === true);
  expect(taken).toBeGreaterThan(at('environment-prod', ({ run }) => run === promote.commands.join('\n')));
  expect(taken).toBeLessThan(at('environment-prod', ({ run }) => run === deploy.commands.join('\n')));
  expect(stepsOf('environment-prod')[taken]?.with).toMatchObject({
    'role-to-assume': 'arn:aws:iam::000000000000:role/cipherline-pipeline-github.prod',
    'aws-region': 'us-east-1',
    'role-duration-seconds': 3_600,
  });
  for (const name of ['beta', 'prod']) {
    expect(jobs[`environment-${name}`]).toMatchObject({ environment: { name }, env: { ENVIRONMENT: name } });
  }
});

test('promote finds what was linted and what was verified', () => {
  const downloads = stepsOf('environment-prod').filter(({ uses }) => uses?.startsWith('actions/download-artifact'));
  expect(downloads.map(({ with: inputs }) => inputs)).toEqual([
    { name: 'assembly', path: 'cdk.out' },
    { name: 'runs-lint', path: '.cipherline/runs' },
    { name: 'runs-environment-beta', path: '.cipherline/runs' },
  ]);
  const left = Object.values(jobs).flatMap(({ steps }) =>
    steps.flatMap(({ uses, with: inputs }) => (uses?.startsWith('actions/upload-artifact') ? [inputs?.name] : [])),
  );
  expect(left).toEqual(expect.arrayContaining(downloads.map(({ with: inputs }) => inputs?.name)));
  // Names of one run are unique, and a folder that starts with a dot is left out unless asked for.
  expect(new Set(left).size).toBe(left.length);
  expect(text.match(/include-hidden-files: true/g)).toHaveLength(left.length);
});

test('no credential of the checkout stays, and Node is that of CodeBuild', () => {
  for (const { steps } of Object.values(jobs)) {
    for (const { uses = '', with: inputs } of steps) {
      if (uses.startsWith('actions/checkout')) expect(inputs).toEqual({ 'persist-credentials': false });
      if (uses.startsWith('actions/setup-node')) expect(inputs?.['node-version']).toBe(NODE);
    }
  }
  expect(text).not.toMatch(/npm ci(?! --ignore-scripts)/);
});

test('every action is pinned by a commit, and says which release that is', () => {
  const used = text.match(/uses: .*/g) ?? [];
  expect(used.length).toBeGreaterThan(10);
  for (const line of used) {
    const [, name, sha, version] = /^uses: (\S+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$/.exec(line) ?? [];
    expect(ACTIONS).toContainEqual(expect.objectContaining({ name, sha, version }));
  }
  for (const { sha, version, source } of ACTIONS) {
    expect(sha).toMatch(/^[0-9a-f]{40}$/);
    expect(version).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(source).toContain('https://github.com/');
  }
});

test('the table has the major versions that cdk-pipelines-github was made for', () => {
  const library = readFileSync(require.resolve('cdk-pipelines-github/lib/pipeline.js'), 'utf8');
  const wanted = library.match(/actions\/(?:checkout|upload-artifact|download-artifact)@v\d+/g) ?? [];
  expect(new Set(wanted).size).toBe(3);
  const [{ uses = '' } = {}] = AwsCredentials.fromOpenIdConnect({ gitHubActionRoleArn: 'a' }).credentialSteps('r');
  for (const action of [...wanted, uses]) expect(pinned(action)).toMatch(/@[0-9a-f]{40}$/);
});

test.each(['actions/checkout@v4', 'actions/cache'])('%s is refused: it is not in the table', (action) => {
  expect(() => pinned(action)).toThrow(/is not pinned.*\nWrite its commit there/);
});

test('a branch name cannot end the string it stands in', () => {
  const source = { ...fork.source, branch: "it's" };
  expect(renderWorkflow(validateConfig({ ...fork, source, githubActions: {} }))).toContain("refs/heads/it''s'");
});
