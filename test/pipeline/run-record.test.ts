import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  diskWriter,
  latestVerification,
  NO_VERDICTS,
  startedBy,
  startRun,
  type Writer,
} from '../../pipeline/run-record';
import { serializeVerdicts } from '../../pipeline/verdict-file';
import type { Verdict } from '../../rules/verdict';

const verdict = (logicalId: string): Verdict => ({
  directive: 'd',
  resource: { stack: 's', logicalId, type: 'AWS::S3::Bucket' },
  verdict: 'pass',
  controlPoint: 'live',
});
const target = { kind: 'local', account: '000000000000', region: 'us-east-1' } as const;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'runs-'));
});
afterEach(() => rm(root, { recursive: true }));

const start = (writer?: Writer) => startRun({ root, commit: 'abc', target, ...(writer ? { writer } : {}) });
const recordOf = async (folder: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));

test('until it has ended, a run is an error', async () => {
  const run = await start();
  expect(await recordOf(run.folder)).toMatchObject({ result: 'error', target });
  await run.end('promoted');
  expect(await recordOf(run.folder)).toMatchObject({ result: 'promoted' });
});

test('two runs of one second have folders of their own', async () => {
  const now = () => new Date('2026-11-24T10:00:00Z');
  const ids = await Promise.all([1, 2].map(async () => (await startRun({ root, commit: 'abc', target, now })).id));
  expect(ids.sort()).toEqual(['2026-11-24T10-00-00', '2026-11-24T10-00-00-2']);
});

test('the order of verdicts does not change a verdict file', () => {
  const verdicts = ['c', 'a', 'b'].map(verdict);
  expect(serializeVerdicts(verdicts)).toBe(serializeVerdicts([...verdicts].reverse()));
  expect(JSON.parse(serializeVerdicts(verdicts))).toEqual(['a', 'b', 'c'].map(verdict));
  expect(serializeVerdicts([])).toBe('[]\n');
});

test('a full disk is one clear error, leaves no half file, and the record does not say promoted', async () => {
  let full = false;
  const noSpace = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const run = await start({
    ...diskWriter,
    write: (file, text) => (full ? Promise.reject(noSpace) : diskWriter.write(file, text)),
  });
  full = true;
  await expect(run.verdicts('lint', [verdict('a')])).rejects.toThrow(/disk is full.*nothing is promoted/);
  await expect(run.end('promoted')).rejects.toThrow(/disk is full/);
  expect(await readdir(run.folder)).toEqual(['run.json']);
  expect(await recordOf(run.folder)).toMatchObject({ result: 'error' });
});

async function verified(environment: string, at: string): Promise<string> {
  const run = await start();
  const file = await run.verdicts(`${environment}.verify`, [verdict('a')]);
  await run.stage({
    name: 'verify',
    environment,
    startedAt: at,
    endedAt: at,
    result: 'passed',
    verdicts: NO_VERDICTS,
    assembly: `assembly ${at}`,
    ...file,
  });
  return join(run.folder, file.report);
}

test('stages that end at one time are all in the record', async () => {
  const run = await start();
  const at = '2026-11-24T10:00:00.000Z';
  const stages = (['build', 'lint', 'bootstrap'] as const).map((name) => ({
    name,
    startedAt: at,
    endedAt: at,
    result: 'passed' as const,
    verdicts: NO_VERDICTS,
  }));
  await Promise.all(stages.map((stage) => run.stage(stage)));
  expect(await recordOf(run.folder)).toMatchObject({
    stages: [{ name: 'build' }, { name: 'lint' }, { name: 'bootstrap' }],
  });
});

test('the newest verification of an environment is found, on its kind of target alone', async () => {
  await verified('beta', '2026-11-24T10:00:00.000Z');
  await verified('beta', '2026-11-24T11:00:00.000Z');
  await verified('prod', '2026-11-24T12:00:00.000Z');
  expect(await latestVerification(root, 'beta', 'local')).toMatchObject({
    assembly: 'assembly 2026-11-24T11:00:00.000Z',
    verdicts: [verdict('a')],
  });
  expect(await latestVerification(root, 'beta', 'aws')).toBeUndefined();
  expect(await latestVerification(root, 'gamma', 'local')).toBeUndefined();
});

test('a verdict file that was changed afterwards is refused', async () => {
  await writeFile(await verified('beta', '2026-11-24T10:00:00.000Z'), '[]\n');
  await expect(latestVerification(root, 'beta', 'local')).rejects.toThrow(/not the one the run recorded/);
});

test('a later record that cannot be read leaves no older verification the last word', async () => {
  await verified('beta', '2026-11-24T10:00:00.000Z');
  const later = await start();
  for (const broken of ['', '{"stages":', '{}']) {
    await writeFile(join(later.folder, 'run.json'), broken);
    await expect(latestVerification(root, 'beta', 'local')).rejects.toThrow(/run record cannot be read/);
  }
  await rm(join(later.folder, 'run.json'));
  expect(await latestVerification(root, 'beta', 'local')).toMatchObject({ verdicts: [verdict('a')] });
});

test('who began a run is told by CI, else by the machine', () => {
  expect(startedBy({ GITHUB_ACTIONS: 'true', GITHUB_ACTOR: 'ada', GITHUB_RUN_ID: '7' })).toBe(
    'ada by GitHub Actions, run 7',
  );
  expect(startedBy({ CODEBUILD_BUILD_ID: 'app:1', CODEBUILD_INITIATOR: 'codepipeline/app' })).toBe(
    'codepipeline/app by CodeBuild, build app:1',
  );
  expect(startedBy({})).toMatch(/^\S+@\S+$|^user \S+@\S+$/);
});
