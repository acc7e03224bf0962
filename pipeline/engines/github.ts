import { RegionInfo } from 'aws-cdk-lib/region-info';
import {
  AwsCredentials,
  type Job,
  JobPermission,
  type JobStep,
  JsonPatch,
  type WorkflowTriggers,
  YamlFile,
} from 'cdk-pipelines-github';
import type { Config, Environment } from '../config';
import { names } from '../names';
import type { StageModule } from '../stage';
import { build, CLEAN, lint, stagesOf } from '../stages';
import { pinned, withVersions } from './actions';
import { NODE } from './codepipeline';

/** The workflow's place in the checkout. */
export const WORKFLOW = '.github/workflows/cipherline.yml';
/** The machine of every job. */
const RUNNER = 'ubuntu-24.04';
/** How long a job may take, in minutes: what a build may on CodeBuild. */
const TIMEOUT_MINUTES = 60;
/** How long the credentials of a job are good for, in seconds: what its role allows (bootstrap/github.ts). */
const SESSION_SECONDS = 3_600;

const BUILD = 'build';
const LINT = 'lint';
const CODE_SCANNING = 'code-scanning';
const RUNS = '.cipherline/runs';
const REPORTS = '.cipherline/reports';

/**
 * The GitHub Actions workflow of a configuration, as text. Nothing is published or deployed, and no role is taken, before
 * the lint has said yes. The build runs the code of blocks, so that of it the assembly alone goes on: what judges and
 * deploys it is fetched anew. Pull requests are built and linted, and get nothing else.
 *
 * The job model and the YAML are those of cdk-pipelines-github; its own pipeline is not used: see
 * docs/decisions/0006-github-workflow.md.
 *
 * @throws UserError when an action is not pinned.
 */
export function renderWorkflow(config: Config): string {
  const branch = config.source.kind === 's3' ? 'main' : config.source.branch;
  const triggers: WorkflowTriggers = { push: { branches: [branch] }, pullRequest: {} };
  const file = new YamlFile(WORKFLOW, {
    obj: {
      name: config.name,
      on: keys(triggers, '_'),
      // Nothing but reading, unless a job says more.
      permissions: { contents: JobPermission.READ },
      // One after the other, and a deployment is never cut off; only a pull request's older run is.
      concurrency: {
        group: `${config.name}-\${{ github.ref }}`,
        'cancel-in-progress': "${{ github.event_name == 'pull_request' }}",
      },
      // Without this a verb would start the local account and judge that.
      env: { CI: 'true', CIPHERLINE_TARGET: 'aws' },
      defaults: { run: { shell: 'bash' } },
      jobs: Object.fromEntries(Object.entries(jobs(config, branch)).map(([id, job]) => [id, keys(job, '-')])),
    },
  });
  file.commentAtTop =
    'Written by `npm run workflow` from cipherline.config.ts and pipeline/stages: a build fails where it is stale.';
  // The model of cdk-pipelines-github knows no branches of a pull request.
  file.patch(JsonPatch.add('/on/pull_request/branches', [branch]));
  return withVersions(file.toYaml());
}

function jobs(config: Config, branch: string): Record<string, Job> {
  return {
    [BUILD]: buildJob(),
    [LINT]: lintJob(),
    [CODE_SCANNING]: codeScanningJob(),
    ...(config.githubActions
      ? Object.fromEntries(
          config.environments.map((environment, index) => [
            jobId(environment),
            environmentJob(config, branch, environment, index),
          ]),
        )
      : {}),
  };
}

const jobId = ({ name }: Environment): string => `environment-${name}`;

const machine = { runsOn: RUNNER, timeoutMinutes: TIMEOUT_MINUTES } as const;

function buildJob(): Job {
  return {
    name: 'Build',
    permissions: { contents: JobPermission.READ },
    ...machine,
    steps: [...checkout(), step(build), upload('assembly', 'cdk.out')],
  };
}

function lintJob(): Job {
  return {
    name: 'Lint',
    needs: [BUILD],
    permissions: { contents: JobPermission.READ },
    ...machine,
    steps: [
      ...checkout(),
      INSTALL,
      { name: 'Is this file current?', run: 'npx cipherline workflow --check' },
      download('assembly', 'cdk.out'),
      step(lint),
      ...uploadRecords(LINT),
    ],
  };
}

const INSTALL: JobStep = { name: 'Install', run: 'npm ci --ignore-scripts' };

/** Apart from the build, which runs the packages of npm: only this job may write to the repository's security tab. */
function codeScanningJob(): Job {
  return {
    name: 'Code scanning',
    needs: [LINT],
    // A lint that says no is what there is to be shown. Pull requests stop at the build.
    if: "${{ !cancelled() && github.event_name == 'push' }}",
    permissions: {
      contents: JobPermission.READ,
      // In a private repository upload-sarif looks its own run up.
      actions: JobPermission.READ,
      securityEvents: JobPermission.WRITE,
    },
    ...machine,
    steps: [
      checkoutStep(),
      download(`reports-${LINT}`, REPORTS),
      ...(lint.sarif ?? []).map((file) => ({
        name: 'Show the findings as code scanning alerts',
        uses: pinned('github/codeql-action/upload-sarif'),
        with: { sarif_file: file },
      })),
    ],
  };
}

/**
 * Promote, deploy and verify in one job: GitHub asks for the approval of an environment once per job. The gate is asked
 * before the role is taken.
 */
function environmentJob(config: Config, branch: string, environment: Environment, index: number): Job {
  const before = config.environments[index - 1];
  const stages = stagesOf(environment, index);
  const records = [LINT, ...config.environments.slice(0, index).map(jobId)];
  return {
    name: environment.name,
    needs: [before ? jobId(before) : LINT],
    if: `\${{ github.event_name == 'push' && github.ref == 'refs/heads/${branch.replaceAll("'", "''")}' }}`,
    // Its protection rules are the approval, and its name is in the subject of the token.
    environment: { name: environment.name },
    permissions: { contents: JobPermission.READ, idToken: JobPermission.WRITE },
    ...machine,
    env: { ENVIRONMENT: environment.name },
    steps: [
      ...checkout(),
      INSTALL,
      download('assembly', 'cdk.out'),
      ...records.map((job) => download(`runs-${job}`, RUNS)),
      ...stages.filter(({ permissions }) => permissions.length === 0).map((stage) => step(stage, environment.name)),
      ...credentials(config, environment),
      ...stages.filter(({ permissions }) => permissions.length > 0).map((stage) => step(stage, environment.name)),
      ...uploadRecords(jobId(environment)),
    ],
  };
}

/** A stage as a step: its commands as they stand, so that every engine runs the same. */
function step({ title, commands }: StageModule, environment = ''): JobStep {
  return { name: title.replace('$ENVIRONMENT', environment), run: commands.join('\n') };
}

function checkoutStep(): JobStep {
  return { name: 'Fetch the commit', uses: pinned('actions/checkout'), with: { 'persist-credentials': false } };
}

function checkout(): JobStep[] {
  return [
    checkoutStep(),
    { name: 'Take nothing of an earlier run from the repository', run: CLEAN },
    {
      name: 'Node',
      uses: pinned('actions/setup-node'),
      // A cache that a pull request may fill is not for a job that takes a role.
      with: { 'node-version': NODE, 'package-manager-cache': false },
    },
  ];
}

/** Takes the environment's role with a token of this job; no key is stored anywhere. */
function credentials(config: Config, { name, account, region }: Environment): JobStep[] {
  const role = `arn:${RegionInfo.get(region).partition ?? 'aws'}:iam::${account}:role/${names(config.name).githubRole(name)}`;
  return AwsCredentials.fromOpenIdConnect({ gitHubActionRoleArn: role, roleSessionName: `${config.name}-${name}` })
    .credentialSteps(region)
    .map(({ uses = '', with: inputs }) => ({
      name: `Take the role of ${name}`,
      uses: pinned(uses),
      with: { ...inputs, 'role-duration-seconds': SESSION_SECONDS },
    }));
}

function download(name: string, path: string): JobStep {
  return { name: `Download ${name}`, uses: pinned('actions/download-artifact'), with: { name, path } };
}

/** The records for the gate of the next environment, the reports for a person: also of a job that failed. */
const uploadRecords = (job: string): JobStep[] => [
  { ...upload(`runs-${job}`, RUNS), if: '${{ !cancelled() }}' },
  { ...upload(`reports-${job}`, REPORTS), if: '${{ !cancelled() }}' },
];

function upload(name: string, path: string): JobStep {
  return {
    name: `Upload ${name}`,
    uses: pinned('actions/upload-artifact'),
    // Folders that start with a dot are left out unless asked for; a job that runs again replaces what it left.
    with: { name, path, 'if-no-files-found': 'error', 'include-hidden-files': true, overwrite: true },
  };
}

/** Maps whose keys are not GitHub's own, and stay as they are. */
const FREE = new Set(['env', 'with', 'outputs']);

/** The keys of the model, which writes `runsOn`, as GitHub has them: `runs-on`, and under `on` with `_`. */
function keys(value: unknown, separator: string): unknown {
  if (Array.isArray(value)) return value.map((one) => keys(one, separator));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, (letter) => `${separator}${letter.toLowerCase()}`),
      FREE.has(key) ? inner : keys(inner, separator),
    ]),
  );
}
