import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as kms from 'aws-cdk-lib/aws-kms';
import { z } from 'zod';
import { buildPipeline } from '../../examples/own-pipeline/pipeline';
import { buildShop, ENVIRONMENT, env } from '../../examples/own-pipeline/shop';
import { stageAction } from '../../examples/own-pipeline/stage-action';
import { validateConfig } from '../../pipeline/config';
import { decide } from '../../pipeline/gate';
import { build, lint, verify } from '../../pipeline/stages';
import { lintAssembly } from '../../rules/lint-paths';
import { lintStage } from '../../scripts/lint-assembly';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const outdir = temporary.folder();
const pipeline = buildPipeline(outdir);
pipeline.synth();
const [stack] = pipeline.node.children.filter(Stack.isStack);
if (!stack) throw new Error('no pipeline');
const template = Template.fromStack(stack);

const specSchema = z.object({
  phases: z.object({
    pre_build: z.object({ commands: z.array(z.string()) }),
    build: z.object({ commands: z.array(z.string()) }),
  }),
  reports: z.record(z.string(), z.object({ files: z.array(z.string()) })),
});

test.each([lint, verify])('$name is there as the module has it: commands and reports', (stage) => {
  const specs = Object.values(template.findResources('AWS::CodeBuild::Project')).flatMap(({ Properties }) => {
    const parsed = specSchema.safeParse(JSON.parse(Properties.Source.BuildSpec));
    return parsed.success && stage.name in parsed.data.reports ? [parsed.data] : [];
  });
  expect(specs).toEqual([
    {
      phases: {
        pre_build: { commands: ['rm -rf cdk.out && cp -R "$CODEBUILD_SRC_DIR_Built" cdk.out'] },
        build: { commands: stage.commands },
      },
      reports: { [stage.name]: { files: stage.reports } },
    },
  ]);
});

test('the verification may read what the module says, of the team and no one else', () => {
  const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
  for (const { actions } of verify.permissions) {
    for (const action of actions) expect(policies).toContain(`"${action}"`);
  }
  expect(policies).toContain('arn:aws:s3:::shop-beta-*');
  expect(policies).not.toMatch(/\$\{(name|account|region|environment|partition|prefix)\}/);
});

test('a stage whose input nobody gives is no action', () => {
  const scope = new Stack(buildPipeline(temporary.folder()), 'Other', { env });
  const cipherline = new codepipeline.Artifact('Cipherline');
  const key = new kms.Key(scope, 'Key');
  expect(() => stageAction(scope, lint, { cipherline, inputs: {}, name: 'shop', key })).toThrow(
    'lint needs cdk.out, and no named artifact is for it',
  );
  expect(() => stageAction(scope, build, { cipherline, inputs: {}, name: 'shop', key })).toThrow('build needs .');
});

test('the pipeline itself passes our lint under keys of its own', async () => {
  const { verdicts, errors } = await lintAssembly(outdir, { profile: 'customer-key' });
  expect(verdicts.length).toBeGreaterThan(0);
  expect([...errors, ...verdicts.filter(({ verdict }) => verdict !== 'pass')]).toEqual([]);
});

test('the lint stage admits what the team synthesizes', async () => {
  const folder = temporary.folder();
  buildShop(folder).synth();
  const config = validateConfig({
    source: { kind: 'codecommit', repository: 'your-fork' },
    pipeline: env,
    environments: [{ name: ENVIRONMENT, ...env, approval: false }],
  });
  const report = await lintStage({ config, folder, signal: new AbortController().signal, log: () => undefined });
  expect(decide({ ...report, severityOf: () => 'error' })).toMatchObject({ decision: 'admit' });
  expect(report).toMatchObject({ templates: 1, errors: [] });
});
