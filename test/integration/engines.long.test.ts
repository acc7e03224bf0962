import { spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudTrailClient, DescribeTrailsCommand, StopLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { load } from 'js-yaml';
import { z } from 'zod';
import { buildBootstrapApp } from '../../bootstrap/app';
import { validateConfig } from '../../pipeline/config';
import { renderWorkflow } from '../../pipeline/engines/github';
import fork from '../core-fork';
import { scratch } from '../scratch';
import { cleanEnvironment, type Finished, integration, makeSandbox, type Sandbox } from './support';

/**
 * One input, three engines, the same bytes: the commands are taken out of what each engine renders and run as it runs
 * them, each in a checkout of its own. What the commands install is left out: the packages are here.
 */
const config = validateConfig({ ...fork, githubActions: {} });
const ENVIRONMENT = 'beta';
const temporary = scratch();
afterAll(temporary.remove);

type Verb = 'synth' | 'lint' | 'verify';
interface Rendered {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

const buildSpec = z.object({
  env: z.object({ variables: z.record(z.string(), z.string()) }),
  phases: z.object({ build: z.object({ commands: z.array(z.string()) }) }),
});

/** The machines of the CodePipeline, as the bootstrap's templates have them. */
const buildSpecs: readonly z.infer<typeof buildSpec>[] = (() => {
  const app = buildBootstrapApp(config, { outdir: temporary.folder() });
  return app.node.children
    .filter(Stack.isStack)
    .flatMap((stack) => Object.values(Template.fromStack(stack).findResources('AWS::CodeBuild::Project')))
    .map(({ Properties }) => buildSpec.parse(load(Properties.Source.BuildSpec)));
})();

const workflow = z
  .object({
    env: z.record(z.string(), z.string()),
    jobs: z.record(
      z.string(),
      z.object({
        env: z.record(z.string(), z.string()).default({}),
        steps: z.array(z.object({ run: z.string().optional() })),
      }),
    ),
  })
  .parse(load(renderWorkflow(config)));

const isVerb = (verb: Verb) => (line: string) => line.startsWith(`npx cipherline ${verb}`);

function only(found: readonly Rendered[], verb: Verb): Rendered {
  const [first, ...more] = found.filter(({ env }) => (env.ENVIRONMENT ?? ENVIRONMENT) === ENVIRONMENT);
  if (!first || more.length > 0) throw new Error(`${found.length} commands for ${verb}`);
  return first;
}

const rendered = {
  codepipeline: (verb: Verb): Rendered =>
    only(
      buildSpecs.flatMap(({ env, phases }) =>
        phases.build.commands.filter(isVerb(verb)).map((command) => ({ command, env: env.variables })),
      ),
      verb,
    ),
  github: (verb: Verb): Rendered =>
    only(
      Object.values(workflow.jobs).flatMap((job) =>
        job.steps
          .flatMap(({ run = '' }) => run.split('\n'))
          .filter(isVerb(verb))
          .map((command) => ({ command, env: { ...workflow.env, ...job.env } })),
      ),
      verb,
    ),
} as const;

/** Runs a command as the engine does: in a shell, with its variables. */
function shell(sandbox: Sandbox, { command, env }: Rendered, more: Readonly<Record<string, string>> = {}) {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', command], {
    cwd: sandbox.root,
    env: { ...cleanEnvironment(), ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise<Finished>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The newest verdict file of that name; the folders of the runs sort by time. */
function verdictFile(sandbox: Sandbox, name: string): string {
  const runs = join(sandbox.root, '.cipherline/runs');
  const files = readdirSync(runs)
    .sort()
    .map((id) => join(runs, id, `${name}.verdicts.json`));
  const last = files.filter((file) => existsSync(file)).at(-1);
  if (last === undefined) throw new Error(`no ${name} in ${runs}`);
  return readFileSync(last, 'utf8');
}

const verdictsOf = (text: string) =>
  z.array(z.object({ verdict: z.string(), directive: z.string() })).parse(JSON.parse(text));
const verdicts = (text: string): string[] => verdictsOf(text).map(({ verdict }) => verdict);

/** Writes something else in a source of the checkout. */
function change(sandbox: Sandbox, file: string, from: string, to: string): void {
  const path = join(sandbox.root, file);
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
}

test.each(['synth', 'lint', 'verify'] as const)('CodePipeline and GitHub Actions render the same %s', (verb) => {
  expect(rendered.github(verb).command).toBe(rendered.codepipeline(verb).command);
  // Without it a verb judges the local account.
  expect(rendered.github(verb).env.CIPHERLINE_TARGET).toBe('aws');
  expect(rendered.codepipeline(verb).env.CIPHERLINE_TARGET).toBe('aws');
});

integration('the same input gives the same verdict file', () => {
  let laptop: Sandbox;
  let github: Sandbox;
  /** CodeBuild gives every stage a machine, and a checkout, of its own. */
  let builder: Sandbox;
  let linter: Sandbox;
  const all = () => [laptop, github, builder, linter];

  beforeAll(() => {
    [laptop, github, builder, linter] = [makeSandbox(), makeSandbox(), makeSandbox(), makeSandbox()];
  });
  afterAll(() => Promise.all(all().map((sandbox) => sandbox?.remove())), 60_000);

  const handOver = () => {
    const artifact = join(linter.root, 'cdk.out');
    rmSync(artifact, { recursive: true, force: true });
    cpSync(join(builder.root, 'cdk.out'), artifact, { recursive: true });
  };

  /** A verb as an engine renders it, but in the local account: there is no real one here. */
  const locally = (sandbox: Sandbox, { command, env }: Rendered, endpoint: string) => {
    const { CIPHERLINE_TARGET: _, ...rest } = env;
    return shell(sandbox, { command, env: rest }, { AWS_ENDPOINT_URL: endpoint });
  };

  describe('of the verification', () => {
    let endpoint: string;
    let golden: string;

    beforeAll(async () => {
      const up = await laptop.cipherline('local', 'up', '--json');
      endpoint = z.object({ endpoint: z.string() }).parse(JSON.parse(up.stdout)).endpoint;
      for (const [sandbox, engine] of [[github, rendered.github] as const, [builder, rendered.codepipeline] as const]) {
        expect(await shell(sandbox, engine('synth'))).toMatchObject({ code: 0 });
      }
      handOver();
    }, 60_000);

    it.each<readonly [what: string, code: 0 | 1, weaken: () => Promise<unknown>]>([
      ['as it was deployed', 0, async () => undefined],
      ['with a trail that was stopped since', 1, () => stopTrail(endpoint)],
    ])(
      '%s',
      async (_, code, weaken) => {
        await weaken();
        const run = await laptop.cipherline('run', '--until', 'verify');
        const hosted = await locally(github, rendered.github('verify'), endpoint);
        const built = await locally(linter, rendered.codepipeline('verify'), endpoint);
        expect([run, hosted, built].map((one) => one.code)).toEqual([code, code, code]);
        const before = golden;
        golden = verdictFile(laptop, `${ENVIRONMENT}.verify`);
        expect(golden).not.toBe(before);
        expect(verdicts(golden).includes('fail')).toBe(code === 1);
        expect(verdictFile(github, `${ENVIRONMENT}.verify`)).toBe(golden);
        expect(verdictFile(linter, `${ENVIRONMENT}.verify`)).toBe(golden);
      },
      180_000,
    );
  });

  describe('of the lint', () => {
    /** What failed in the case before. */
    let failed: readonly string[] = [];

    it.each<readonly [what: string, code: 0 | 1, prepare: (sandbox: Sandbox) => void, kinds: readonly string[]]>([
      ['as it comes', 0, () => undefined, ['pass']],
      ['with a volume under a key of AWS', 1, addVolume, ['fail', 'pass']],
      ['with a waiver for it', 0, (sandbox) => addWaivers(sandbox, failed), ['pass', 'waived']],
    ])(
      '%s',
      async (_, code, prepare, kinds) => {
        for (const sandbox of all()) prepare(sandbox);
        const run = await laptop.cipherline('run', '--until', 'lint');
        for (const [sandbox, engine] of [
          [github, rendered.github] as const,
          [builder, rendered.codepipeline] as const,
        ]) {
          expect(await shell(sandbox, engine('synth'))).toMatchObject({ code: 0 });
        }
        handOver();
        const hosted = await shell(github, rendered.github('lint'));
        const built = await shell(linter, rendered.codepipeline('lint'));
        expect([run, hosted, built].map((one) => one.code)).toEqual([code, code, code]);
        const golden = verdictFile(laptop, 'lint');
        failed = verdictsOf(golden).flatMap(({ verdict, directive }) => (verdict === 'fail' ? [directive] : []));
        expect([...new Set(verdicts(golden))].sort()).toEqual(kinds);
        expect(verdictFile(github, 'lint')).toBe(golden);
        expect(verdictFile(linter, 'lint')).toBe(golden);
        // A finding points to the code, and no machine's own folders are in the file.
        expect(golden.includes('"file":"pipeline/blocks/ebs.ts"')).toBe(code === 1 || kinds.includes('waived'));
        expect(golden).not.toMatch(/"file":"(\/|\.\.)/);
        for (const file of ['lint.junit.xml', 'lint.sarif']) {
          expect(existsSync(join(github.root, '.cipherline/reports', file))).toBe(true);
        }
      },
      120_000,
    );
  });
});

/** Stops the trail of the environment, behind the back of its stack. */
async function stopTrail(endpoint: string): Promise<void> {
  const client = new CloudTrailClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: '000000000000', secretAccessKey: 'local' },
  });
  const { trailList = [] } = await client.send(new DescribeTrailsCommand({}));
  const trail = trailList.find(({ Name }) => Name?.includes(ENVIRONMENT));
  await client.send(new StopLoggingCommand({ Name: trail?.Name }));
}

/** One that our directives alone have something against. */
function addVolume(sandbox: Sandbox): void {
  const file = 'pipeline/blocks/ebs.ts';
  change(
    sandbox,
    file,
    'import { EncryptedVolume',
    "import * as ec2 from 'aws-cdk-lib/aws-ec2';\nimport { EncryptedVolume",
  );
  change(
    sandbox,
    file,
    "const volumes = stack('ebs');",
    "const volumes = stack('ebs');\n  new ec2.CfnVolume(volumes, 'Scratch', { availabilityZone: 'us-east-1a', size: 1, encrypted: true });",
  );
}

function addWaivers(sandbox: Sandbox, directives: readonly string[]): void {
  const expires = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString().slice(0, 10);
  const waivers = [...new Set(directives)].map((directive) => ({
    directive,
    resource: 'Scratch',
    owner: 'data@example.com',
    reason: 'scratch space',
    ticket: 'SEC-1',
    expires,
  }));
  writeFileSync(join(sandbox.root, 'waivers.json'), JSON.stringify(waivers));
}
