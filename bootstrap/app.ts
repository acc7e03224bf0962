import { App, BootstraplessSynthesizer, CliCredentialsStackSynthesizer, Stack, Validations } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { appProps, type BuildAppProps } from '../pipeline/app-props';
import { type Config, recorderOf } from '../pipeline/config';
import { awsSolutions, nist80053 } from '../pipeline/nag';
import { names, PIPELINE_KEY } from '../pipeline/names';
import { asSynthesizer } from '../pipeline/synthesizer';
import type { WrittenWaiver } from '../rules/waivers';
import type { CustomerKey } from '../stacks/keys';
import { AccountDefaults } from './account-defaults';
import { assetsBucket } from './assets';
import { functionCode } from './bundle';
import { recordedTypes } from './conformance';
import { Controls, detectionOf } from './controls';
import { declaredKeys, declaredKeysOf } from './declared-keys';
import { DetectiveControls } from './detective';
import { ReadBackRole } from './drift';
import { hasFunctions } from './execution';
import { GitHubAccess } from './github';
import { aliasArn, classKey } from './keys';
import { organizationStacks, type StackMaker } from './organization';
import { OWNER_PARAMETER, ownerOf } from './owner';
import { DeliveryPipeline } from './pipeline';
import { type Place, placeId, places } from './places';
import { Remediation } from './remediation';
import { EnvironmentRoles } from './roles';

/**
 * The version of CDK's own bootstrap whose contract these roles and this bucket fulfil; the CDK command line asks for
 * it before it deploys an environment's stack.
 */
const CDK_BOOTSTRAP_VERSION = '6';

export interface BootstrapAppProps extends BuildAppProps {
  /** The fork's waivers, which the remediation respects; as they stand when the bootstrap is deployed. */
  readonly waivers?: readonly WrittenWaiver[];
}

/**
 * What an administrator deploys once, and what no push can change: keys, roles, guardrails and the pipeline itself.
 * The stacks have no assets and stay below what CloudFormation takes without a bucket, so that nothing must be there
 * before them. In each account and region: `<name>-bootstrap` (the pipeline's key, the assets bucket), one
 * `<name>-bootstrap-<environment>` per environment (its keys and roles), `<name>-guardrails` (AWS Config's recorder, EBS
 * encryption by default) and `<name>-controls` (AWS Config's rules, the Hook; it has assets, in the bootstrap's bucket);
 * one `<name>-bootstrap-keys-<environment>` where the configuration declares keys;
 * with GitHub Actions `<name>-bootstrap-github` (its OIDC provider, its roles). In the pipeline's account:
 * `<name>-pipeline`, and one `<name>-pipeline-<environment>` per environment (the builds that take its role).
 * Of an organization besides what `organizationStacks` says.
 */
export function buildBootstrapApp(config: Config, props: BootstrapAppProps = {}): App {
  const app = new App(appProps(props));
  const named = names(config.name);

  /** Functions are assets: the stacks that have some name the bucket they wait in. */
  const stack: StackMaker = (stackName, { account, region }, description, fileAssetsBucketName) =>
    new Stack(app, `${stackName}-${account}-${region}`, {
      stackName,
      description,
      env: { account, region },
      synthesizer: asSynthesizer(
        fileAssetsBucketName === undefined
          ? new BootstraplessSynthesizer()
          : new CliCredentialsStackSynthesizer({
              qualifier: config.name,
              fileAssetsBucketName,
              bucketPrefix: 'controls/',
            }),
      ),
      terminationProtection: true,
    });

  const shared = new Map<string, CustomerKey>();
  /** Of each account, the stack that makes GitHub's OIDC provider. */
  const providers = new Map<string, Stack>();
  for (const place of places(config)) {
    const bootstrap = stack(
      named.bootstrapStack,
      place,
      'Cipherline: the key of the pipeline and the bucket of its assets',
    );
    const pipelineKey = classKey(bootstrap, 'PipelineKey', {
      alias: named.pipelineAlias,
      dataClass: PIPELINE_KEY,
      description: `${config.name}: artifacts, assets, notifications, build logs, what AWS Config delivers`,
      config,
      users: pipelineKeyUsers(bootstrap, config, place),
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
      alsoThrough: config.drift && placeId(place) === placeId(config.pipeline) ? ['scheduler'] : [],
    });
    shared.set(placeId(place), pipelineKey);
    assetsBucket(bootstrap, named.assetsBucket(place.account, place.region), pipelineKey.arn);
    new ssm.CfnParameter(bootstrap, 'Version', {
      name: named.versionParameter,
      type: 'String',
      value: CDK_BOOTSTRAP_VERSION,
      description: 'The version of the CDK bootstrap contract that this bootstrap fulfils',
    });
    // So that no other fork of the same name takes this bootstrap for its own.
    new ssm.CfnParameter(bootstrap, 'Owner', {
      name: `/${config.name}${OWNER_PARAMETER}`,
      type: 'String',
      value: ownerOf(config),
      description: 'The fork that this bootstrap belongs to',
    });

    const environments = config.environments.filter((candidate) => placeId(candidate) === placeId(place));
    const environmentStacks: Stack[] = [];
    for (const environment of environments) {
      const own = stack(
        named.environmentStack(environment.name),
        place,
        `Cipherline: the keys and roles of ${environment.name}`,
      );
      for (const [dataClass, purpose] of Object.entries(config.dataClasses)) {
        classKey(own, `Key-${dataClass}`, {
          alias: named.alias(environment.name, dataClass),
          dataClass,
          description: `${config.name} ${environment.name}: ${purpose}`,
          config,
          exportName: named.keyExport(environment.name, dataClass),
        });
      }
      const { boundary } = new EnvironmentRoles(own, 'Roles', config, environment);
      if (config.drift) new ReadBackRole(own, 'ReadBack', config, environment, boundary);
      own.addStackDependency(bootstrap);
      environmentStacks.push(own);
    }
    if (config.githubActions && environments.length > 0) {
      const github = stack(named.githubStack, place, 'Cipherline: the roles that GitHub Actions takes');
      const first = providers.get(place.account);
      new GitHubAccess(github, 'GitHub', {
        config,
        environments,
        createProvider: config.githubActions.oidcProvider === 'create' && first === undefined,
      });
      // Their boundaries, and the provider where a stack of another region makes it, are there before the roles.
      for (const needed of [...environmentStacks, ...(first ? [first] : [])]) github.addStackDependency(needed);
      providers.set(place.account, first ?? github);
    }

    const guardrails = stack(
      named.guardrailsStack,
      place,
      'Cipherline: AWS Config, EBS encryption by default, no public access to S3',
    );
    const volumeKey = classKey(guardrails, 'VolumeKey', {
      alias: named.volumeAlias,
      dataClass: 'ebs-default',
      description: `${config.name}: volumes that name no key`,
      config,
    });
    new AccountDefaults(guardrails, 'EbsDefault', { volumeKeyArn: volumeKey.arn, logKeyArn: pipelineKey.arn });
    new DetectiveControls(guardrails, 'Detective', {
      recorder: recorderOf(config, place),
      recordedTypes: recordedTypes(detectionOf(config, place.region)),
      keyArn: pipelineKey.arn,
      aliasArn: aliasArn(guardrails, named.pipelineAlias),
      roleName: named.recorderRole(place.region),
    });

    const withCode = (stackName: string, description: string): Stack =>
      stack(stackName, place, description, named.assetsBucket(place.account, place.region));
    const controls = withCode(named.controlsStack, 'Cipherline: the rules and the Hook that watch this account');
    controls.addStackDependency(bootstrap);
    controls.addStackDependency(guardrails);
    // A key of their own: that of the pipeline is for the pipeline's roles and nobody else, whoever deploys this included.
    const controlsKey = classKey(controls, 'ControlsKey', {
      alias: named.controlsAlias,
      dataClass: 'controls',
      description: `${config.name}: what the functions that watch the account hold`,
      config,
    });
    const watching = new Controls(controls, 'Controls', {
      config,
      keyArn: controlsKey.arn,
      isPipelinePlace: placeId(place) === placeId(config.pipeline),
      places: places(config),
    });
    for (const environment of environments) {
      const { name } = environment;
      if (!declaredKeysOf(config, environment).some(([, { origin }]) => origin !== 'AWS_CLOUDHSM')) continue;
      const own = stack(named.keysStack(name), place, `Cipherline: the keys that ${name} has beside its data classes`);
      // Their alarms go to the topic of the controls.
      own.addStackDependency(controls);
      declaredKeys(own, config, environment, watching.topicArn);
    }
    const [here, ...alsoHere] = config.environments.filter((environment) => placeId(environment) === placeId(place));
    if (here) {
      const mending = withCode(named.remediationStack, 'Cipherline: what mends what the rules find');
      mending.addStackDependency(controls);
      new Remediation(mending, 'Remediation', {
        config,
        environments: [here, ...alsoHere],
        code: functionCode('remediate'),
        keyArn: controlsKey.arn,
        aliasArn: aliasArn(mending, named.controlsAlias),
        boundaryArn: watching.boundaryArn,
        topicArn: watching.topicArn,
        // On AWS the rules of a conformance pack have names that only the pack knows: the function starts the documents.
        rules: {},
        waivers: props.waivers ?? [],
      });
    }
  }

  const key = shared.get(placeId(config.pipeline));
  if (!key) throw new Error('the place of the pipeline has no key');
  const delivery = stack(named.pipelineStack, config.pipeline, 'Cipherline: the pipeline');
  const builds = new Map(
    config.environments.map(({ name }) => {
      const description = `Cipherline: what the pipeline runs for ${name}`;
      return [name, stack(named.buildsStack(name), config.pipeline, description)] as const;
    }),
  );
  new DeliveryPipeline(delivery, 'Delivery', {
    config,
    keyArn: key.arn,
    aliasArn: aliasArn(delivery, named.pipelineAlias),
    buildsOf: (environment) => {
      const own = builds.get(environment);
      if (!own) throw new Error(`no stack for the builds of ${environment}`);
      return own;
    },
  });

  organizationStacks(config, stack);

  Validations.of(app).addPlugins(awsSolutions(app), nist80053(app), ...(props.plugins ?? []));
  return app;
}

/**
 * Who uses the pipeline's key of a place. In the pipeline's own: the pipeline, its builds, and the deploy roles of all
 * environments wherever they are. Elsewhere it encrypts assets: the deploy roles of the environments that are there.
 */
function pipelineKeyUsers({ partition }: Stack, config: Config, place: Place): string[] {
  const named = names(config.name);
  const role = (account: string, name: string): string => `arn:${partition}:iam::${account}:role/${name}`;
  const central = placeId(place) === placeId(config.pipeline);
  const builds = ['build', ...config.environments.map(({ name }) => name)].map(named.buildRole);
  return [
    ...(central ? [named.pipelineRole, ...builds].map((name) => role(place.account, name)) : []),
    ...config.environments
      .filter((environment) => central || placeId(environment) === placeId(place))
      .map(({ account, name }) => role(account, named.deployRole(name))),
    ...config.environments
      .filter((environment) => hasFunctions(config) && placeId(environment) === placeId(place))
      .map(({ account, name }) => role(account, named.executionRole(name))),
    ...config.environments
      .filter((environment) => config.githubActions && placeId(environment) === placeId(place))
      .map(({ account, name }) => role(account, named.githubRole(name))),
    ...(recorderOf(config, place) === 'create' ? [role(place.account, named.recorderRole(place.region))] : []),
  ];
}
