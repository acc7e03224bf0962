import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import fork from '../../cipherline.config';
import { ConfigError, validateConfig } from '../../pipeline/config';
import { type BuildProject, buildProjects } from '../../pipeline/engines/codepipeline';
import { CLEAN, STAGES } from '../../pipeline/stages';
import { promotionSummary } from '../../scripts/verbs/promote';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const commands = z.object({ commands: z.array(z.string()) });
const buildSpec = z.object({
  version: z.literal(0.2),
  env: z.object({ variables: z.record(z.string(), z.string()), 'exported-variables': z.array(z.string()).optional() }),
  phases: z.object({ install: commands, pre_build: commands.optional(), build: commands, post_build: commands }),
  reports: z
    .record(z.string(), z.object({ 'file-format': z.literal('JUNITXML'), files: z.array(z.string()) }))
    .optional(),
});
const specOf = ({ buildSpec: text }: BuildProject) => buildSpec.parse(JSON.parse(text));

const projects = buildProjects(validateConfig(fork));
const project = (id: string): BuildProject => {
  const found = projects.find((one) => one.id === id);
  if (!found) throw new Error(`no project ${id}`);
  return found;
};

test('a project for every stage of every environment, and one for the waivers', () => {
  expect(projects.map(({ id }) => id)).toEqual([
    'Build',
    'Lint',
    'Deploy-beta',
    'Verify-beta',
    'Promote-prod',
    'Deploy-prod',
    'Verify-prod',
    'Waivers',
  ]);
});

test.each(projects.map((one) => [one.id, one] as const))(
  '%s runs what its stage names, on a clean machine',
  (id, one) => {
    const { env, phases } = specOf(one);
    expect(env.variables).toMatchObject({ CI: 'true', CIPHERLINE_TARGET: 'aws' });
    expect([...phases.install.commands, ...phases.build.commands]).toContain('npm ci --ignore-scripts');
    // A run record, an assembly or a bundle that a commit brought would pass for what a stage left.
    expect(phases.install.commands[0]).toBe(CLEAN);
    const stage = STAGES.find(({ name }) => name === one.stage.name);
    expect(phases.build.commands).toEqual(id === 'Waivers' ? stage?.beforeApproval : stage?.commands);
    // A secret would stand in the definition for everybody to read.
    expect(one.buildSpec).not.toMatch(/secrets-manager|parameter-store|AKIA/);
    for (const phase of Object.values(phases)) {
      for (const line of phase?.commands ?? []) execFileSync('bash', ['-n', '-c', line]);
    }
  },
);

test('the build hands on the assembly alone, and everybody else takes it and nothing more', () => {
  expect(JSON.parse(project('Build').buildSpec).artifacts).toEqual({ files: ['cdk.out/**/*'] });
  for (const one of projects) {
    const { commands } = specOf(one).phases.install;
    const takes = commands.filter((command) => command.includes('CODEBUILD_SRC_DIR_Built'));
    expect(takes).toEqual(one.id === 'Build' ? [] : ['cp -R "$CODEBUILD_SRC_DIR_Built/cdk.out" cdk.out']);
  }
});

test('what a commit brought along is gone before the first command, and the assembly of the build is there', () => {
  const folder = temporary.folder();
  for (const made of ['work/.cipherline/runs/9', 'work/cdk.out', 'work/dist/0a', 'built/cdk.out/assembly-beta'])
    mkdirSync(join(folder, made), { recursive: true });
  writeFileSync(join(folder, 'work/cdk.out/evil.template.json'), '{}');
  const commands = specOf(project('Promote-prod')).phases.install.commands.filter((one) => !one.startsWith('npm'));
  execFileSync('bash', ['-e', '-c', commands.join('\n')], {
    cwd: join(folder, 'work'),
    env: { ...process.env, CODEBUILD_SRC_DIR_Built: join(folder, 'built') },
  });
  expect(readdirSync(join(folder, 'work'))).toEqual(['cdk.out']);
  expect(readdirSync(join(folder, 'work/cdk.out'))).toEqual(['assembly-beta']);
});

test('only what works in an environment takes its role', () => {
  const takers = projects.filter(({ variables }) => variables.includes('DEPLOY_ROLE_ARN')).map(({ id }) => id);
  expect(takers).toEqual(['Deploy-beta', 'Verify-beta', 'Deploy-prod', 'Verify-prod']);
});

test('lint and verify report to groups of our own', () => {
  const reporters = projects.filter((one) => specOf(one).reports);
  expect(reporters.map(({ id }) => id)).toEqual(['Lint', 'Verify-beta', 'Verify-prod']);
  for (const one of reporters) {
    const group = `arn:aws:codebuild:us-east-1:000000000000:report-group/cipherline-${one.stage.name}`;
    expect(Object.keys(specOf(one).reports ?? {})).toEqual([group]);
  }
});

describe('the commands of the builds, run by bash', () => {
  /** Stands for the programs of the build image: writes its arguments down, and copies where `aws s3 cp` would. */
  const PROGRAM = `#!/bin/bash
echo "$(basename "$0") $* profile=\${AWS_PROFILE-none}" >> "$CALLS"
if [ "$1 $2" = "s3 cp" ]; then
  from="\${5#s3://}"; to="\${6#s3://}"
  [ "$from" = "$5" ] || from="$BUCKETS/$from"
  [ "$to" = "$6" ] || to="$BUCKETS/$to"
  if [ -d "$from" ]; then mkdir -p "$to" && cp -R "$from/." "$to/"; fi
fi
`;
  const machine = () => {
    const folder = temporary.folder();
    for (const name of ['bin', 'buckets', 'work', 'work/cdk.out/assembly-beta'])
      mkdirSync(join(folder, name), { recursive: true });
    for (const name of ['aws', 'npx']) {
      writeFileSync(join(folder, 'bin', name), PROGRAM);
      chmodSync(join(folder, 'bin', name), 0o755);
    }
    writeFileSync(join(folder, 'work/cdk.out/assembly-beta/orders.template.json'), '{"Resources":{}}');
    const calls = join(folder, 'calls');
    writeFileSync(calls, '');
    const run = (one: BuildProject, phase: 'pre_build' | 'post_build', succeeding: '0' | '1') => {
      const { env, phases } = specOf(one);
      // One shell for all commands of a build, which stops at the first that fails, as CodeBuild does.
      execFileSync('bash', ['-e', '-c', (phases[phase]?.commands ?? []).join('\n')], {
        cwd: join(folder, 'work'),
        env: {
          ...env.variables,
          PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
          HOME: folder,
          CALLS: calls,
          BUCKETS: join(folder, 'buckets'),
          AWS_PROFILE: 'beta',
          CODEBUILD_BUILD_SUCCEEDING: succeeding,
          EVIDENCE: 's3://artifacts/verified',
          TOPIC_ARN: 'arn:aws:sns:us-east-1:111122223333:gate',
          DEPLOY_ROLE_ARN: 'arn:aws:iam::111122223333:role/cipherline-beta-deploy',
        },
      });
    };
    return { folder, run, calls: () => readFileSync(calls, 'utf8') };
  };

  it('hands a verification to the promotion that rests on it, and to no other assembly', () => {
    const { folder, run, calls } = machine();
    const runs = join(folder, 'work/.cipherline/runs/2026-11-25T00-00-00');
    mkdirSync(runs, { recursive: true });
    writeFileSync(join(runs, 'run.json'), '{}');
    run(project('Verify-beta'), 'post_build', '1');
    expect(readdirSync(join(folder, 'buckets/artifacts/verified'))).toEqual(['beta']);
    expect(calls()).not.toContain('notify');
    // Not with the environment's role: the bucket is the pipeline's.
    expect(calls()).toContain('profile=none');

    cpSync(join(folder, 'work/.cipherline'), join(folder, 'first'), { recursive: true });
    execFileSync('rm', ['-r', join(folder, 'work/.cipherline')]);
    run(project('Promote-prod'), 'pre_build', '1');
    expect(existsSync(join(runs, 'run.json'))).toBe(true);

    execFileSync('rm', ['-r', join(folder, 'work/.cipherline')]);
    writeFileSync(join(folder, 'work/cdk.out/assembly-beta/orders.template.json'), '{"Resources":{"More":{}}}');
    run(project('Promote-prod'), 'pre_build', '1');
    expect(existsSync(runs)).toBe(false);
  });

  it.each([
    ['Build', 'notify --stage build --topic'],
    [
      'Lint',
      'notify --stage lint --topic arn:aws:sns:us-east-1:111122223333:gate --verdicts .cipherline/reports/lint.json',
    ],
    ['Deploy-beta', 'notify --stage deploy --env beta --topic'],
    ['Verify-beta', 'notify --stage verify --env beta --topic'],
    ['Promote-prod', 'notify --stage promote --env prod --topic'],
    ['Waivers', 'notify --stage waivers --topic'],
  ])('%s tells of a failure, and of a success nothing', (id, said) => {
    const { run, calls } = machine();
    run(project(id), 'post_build', '1');
    expect(calls()).not.toContain('notify');
    run(project(id), 'post_build', '0');
    expect(calls()).toContain(`npx cipherline ${said}`);
    expect(calls()).toMatch(/notify .* profile=none\n/);
  });
});

test('an approver reads what would be promoted', () => {
  const decision = { decision: 'admit', reason: '', blocking: [], blockingTools: [], warnings: [] } as const;
  const verdicts = { pass: 214, fail: 0, unknown: 0, waived: 2 };
  expect(promotionSummary({ decision, reason: 'beta: 2 waived', verdicts, resources: 57 })).toBe(
    'admit: 214 pass, 2 waived, on 57 resources. beta: 2 waived.',
  );
  expect(promotionSummary({ decision, reason: 'the first environment' })).toBe('admit: the first environment.');
});

describe('the configuration of the pipeline', () => {
  const vpc = { vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-01234567'], securityGroupIds: ['sg-01234567'] };
  const place = { account: '111122223333', region: 'us-east-1' };

  it('fills in what is left out', () => {
    expect(validateConfig({ ...fork, pipeline: { ...place, vpc, inspector: {} } }).pipeline).toEqual({
      ...place,
      vpc,
      inspector: { critical: 0 },
    });
    expect(validateConfig({ ...fork, pipeline: place }).pipeline).toEqual(place);
  });

  it.each<readonly [wrong: string, changes: object, says: string]>([
    ['a VPC id', { pipeline: { ...place, vpc: { ...vpc, vpcId: 'main' } } }, "pipeline.vpc.vpcId: 'main' is not an id"],
    ['no subnet', { pipeline: { ...place, vpc: { ...vpc, subnetIds: [] } } }, 'pipeline.vpc.subnetIds: at least one'],
    [
      'no security group',
      { pipeline: { ...place, vpc: { vpcId: vpc.vpcId, subnetIds: vpc.subnetIds } } },
      'pipeline.vpc.securityGroupIds: is missing',
    ],
    ['a negative threshold', { pipeline: { ...place, inspector: { high: -1 } } }, 'pipeline.inspector.high:'],
    [
      'nine patterns',
      { source: { ...fork.source, paths: { excludes: Array(9).fill('docs/**') } } },
      'source.paths.excludes:',
    ],
    ['no pattern', { source: { ...fork.source, paths: { includes: [] } } }, 'source.paths.includes: is empty'],
    [
      'paths of a source without a filter',
      { source: { kind: 'codecommit', repository: 'orders', paths: { excludes: ['docs/**'] } } },
      'source.paths: there is no such field',
    ],
  ])('%s is an error that names the field', (_, changes, says) => {
    expect(() => validateConfig({ ...fork, ...changes })).toThrow(ConfigError);
    expect(() => validateConfig({ ...fork, ...changes })).toThrow(says);
  });
});
