import { CloudControlClient, GetResourceCommand } from '@aws-sdk/client-cloudcontrol';
import {
  type CloudFormationClient,
  DescribeAccountLimitsCommand,
  paginateListStacks,
} from '@aws-sdk/client-cloudformation';
import { ConfigServiceClient, paginateDescribeConfigRules } from '@aws-sdk/client-config-service';
import {
  type ContextEntry,
  GetAccountSummaryCommand,
  IAMClient,
  paginateSimulatePrincipalPolicy,
} from '@aws-sdk/client-iam';
import { KMSClient, paginateListKeys } from '@aws-sdk/client-kms';
import { GetBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { type Access, checkAccounts } from '../../bootstrap/access';
import { placeId } from '../../bootstrap/places';
import type { StackPlan } from '../../bootstrap/plan';
import type { Assembly } from '../../pipeline/cdk';
import type { Config, Environment } from '../../pipeline/config';
import { names } from '../../pipeline/names';
import type { Permission } from '../../pipeline/stage';
import { deploy, promote, verify } from '../../pipeline/stages';
import { messageOf } from '../../pipeline/user-error';
import { partitionOf } from '../../rules/partition';
import { look, withClient } from '../bootstrap';
import { blocked, type Check, check } from './check';

/** What is judged about the accounts. */
export interface Accounts {
  readonly config: Config;
  readonly assembly: Assembly;
  readonly access: Access;
  /** An emulator: what it cannot say is not asked. */
  readonly emulator: boolean;
}

/** Everything that takes an account to find out. It only reads. */
export async function checkAccountsOf(accounts: Accounts): Promise<readonly Check[]> {
  const checks = await lookInto(accounts);
  // What an emulator does not know is not a permission that somebody lacks.
  return accounts.emulator ? checks.map(({ name, state, says, next }) => check(name, state, says, next)) : checks;
}

async function lookInto(accounts: Accounts): Promise<readonly Check[]> {
  const { config, assembly, access } = accounts;
  try {
    const callers = await checkAccounts(access, assembly.stacks);
    const signedIn = callers.map(({ account, arn, by }) => check(`account ${account}`, 'ok', `${arn} (${by})`));
    const preview = await look(config, assembly, { access, takeOver: false });
    const deployed = config.environments.filter((environment) => hasRoles(config, environment, preview.stacks));
    const each = await Promise.all([
      connection(accounts),
      ...places(preview.stacks).map((plans) => bootstrapOf(plans)),
      ...places(preview.stacks).map((plans) => quotas(access, plans)),
      ...deployed.map((environment) => permissions(accounts, environment)),
    ]);
    const found = preview.existing
      .filter(({ level }) => level !== 'note')
      .map(({ kind, account, region, level, says, next }) => {
        const name = `${kind} ${account} ${region}`;
        return level === 'collides' ? check(name, 'fail', says, next) : blocked(name, says);
      });
    return [
      ...signedIn,
      ...each.flat(),
      ...found,
      check(
        'CodeBuild quota',
        'not checked',
        'how many builds may run at once: a new account may have very few',
        'aws service-quotas list-service-quotas --service-code codebuild --query "Quotas[?contains(QuotaName, \'Linux/Medium\')].[QuotaName,Value]"',
      ),
    ];
  } catch (error) {
    return [blocked('accounts', messageOf(error))];
  }
}

function places(plans: readonly StackPlan[]): readonly (readonly StackPlan[])[] {
  const by = new Map<string, StackPlan[]>();
  for (const plan of plans) by.set(placeId(plan.stack), [...(by.get(placeId(plan.stack)) ?? []), plan]);
  return [...by.values()];
}

const hasRoles = (config: Config, { name, account, region }: Environment, plans: readonly StackPlan[]): boolean =>
  plans.some(
    ({ stack, change }) =>
      stack.name === names(config.name).environmentStack(name) &&
      stack.account === account &&
      stack.region === region &&
      (change === 'nothing' || change === 'update'),
  );

const connectionSchema = z.object({ ConnectionStatus: z.string() });

/**
 * Whether the pipeline can fetch a commit. CodeConnections is asked through Cloud Control, which needs
 * `cloudformation:GetResource` and `codeconnections:GetConnection`: it saves a client for one call.
 * https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_Connection.html
 */
async function connection({ config: { source, pipeline }, access, emulator }: Accounts): Promise<readonly Check[]> {
  const name = 'source';
  if (emulator) return [check(name, 'not checked', 'an emulator fetches no commit')];
  try {
    if (source.kind === 's3') {
      const client = new S3Client(access.settings(pipeline));
      try {
        const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: source.bucket }));
        return [
          Status === 'Enabled'
            ? check(name, 'ok', `${source.bucket} is versioned`)
            : check(name, 'fail', `${source.bucket} is not versioned`, 'CodePipeline needs it: switch versioning on.'),
        ];
      } finally {
        client.destroy();
      }
    }
    if (source.kind === 'codecommit') {
      return [
        check(
          name,
          'not checked',
          `the CodeCommit repository ${source.repository}`,
          `aws codecommit get-repository --repository-name ${source.repository}`,
        ),
      ];
    }
    const [, , service, region = pipeline.region] = source.connectionArn.split(':');
    const type =
      service === 'codeconnections' ? 'AWS::CodeConnections::Connection' : 'AWS::CodeStarConnections::Connection';
    const client = new CloudControlClient(access.settings({ ...pipeline, region }));
    try {
      const { ResourceDescription } = await client.send(
        new GetResourceCommand({ TypeName: type, Identifier: source.connectionArn }),
      );
      const { ConnectionStatus } = connectionSchema.parse(JSON.parse(ResourceDescription?.Properties ?? '{}'));
      return [
        ConnectionStatus === 'AVAILABLE'
          ? check(name, 'ok', 'the connection is AVAILABLE')
          : check(
              name,
              'fail',
              `the connection is ${ConnectionStatus}`,
              'Confirm it in the console: Developer Tools → Settings → Connections → Update pending connection.',
            ),
      ];
    } finally {
      client.destroy();
    }
  } catch (error) {
    return [
      errorName(error) === 'ResourceNotFoundException'
        ? check(
            name,
            'fail',
            'there is no such connection',
            'Make it in the console (Developer Tools → Settings → Connections), and write its ARN into cipherline.config.ts.',
          )
        : blocked(name, messageOf(error)),
    ];
  }
}

const errorName = (error: unknown): string => (error instanceof Error ? error.name : '');

/** Whether what is deployed is what this checkout would deploy. */
function bootstrapOf(plans: readonly StackPlan[]): readonly Check[] {
  const [first] = plans;
  if (!first) return [];
  const name = `bootstrap ${first.stack.account} ${first.stack.region}`;
  const of = (change: StackPlan['change']) => plans.filter((plan) => plan.change === change);
  const named = (some: readonly StackPlan[]) => some.map(({ stack }) => stack.name).join(', ');
  const notes = (some: readonly StackPlan[]) => some.map(({ note }) => note).join('; ');
  const again = 'npx cipherline bootstrap --dry-run shows what; then without --dry-run.';
  if (of('blocked').length > 0) return [check(name, 'fail', notes(of('blocked')))];
  if (of('unknown').length > 0) return [blocked(name, notes(of('unknown')))];
  if (of('create').length === plans.length) return [check(name, 'warn', 'not there yet', again)];
  if (of('create').length > 0) return [check(name, 'fail', `${named(of('create'))} not there`, again)];
  if (of('update').length > 0)
    return [check(name, 'warn', `${named(of('update'))} not as this checkout would make them`, again)];
  return [check(name, 'ok', `${plans.length} stacks, as this checkout would make them`)];
}

/** Rules in one region. https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html */
const CONFIG_RULES = 1_000;
/** Customer managed keys in one region. https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
const KMS_KEYS = 100_000;
/** Above this part of a quota, its end is near enough to be told. */
const NEAR = 0.9;

/** Whether what is still to be made fits into what the account may have. */
async function quotas(access: Access, plans: readonly StackPlan[]): Promise<readonly Check[]> {
  const [first] = plans;
  if (!first) return [];
  const { stack } = first;
  const additions = plans.flatMap(({ resources }) => resources.filter(({ action }) => action === 'add'));
  const toMake = (type: string) => additions.filter((one) => one.type === type).length;
  const judge = async (
    what: string,
    look: () => Promise<{ used: number; limit: number; source: string }>,
    more: number,
  ) => {
    const name = `${what} ${stack.account} ${stack.region}`;
    try {
      const { used, limit, source } = await look();
      const says = `${used} of ${limit} (${source})${more > 0 ? `, ${more} to make` : ''}`;
      if (used + more > limit) return check(name, 'fail', says, 'Ask for more in the Service Quotas console.');
      return used + more > limit * NEAR
        ? check(name, 'warn', says, 'Ask for more in the Service Quotas console.')
        : check(name, 'ok', says);
    } catch (error) {
      return blocked(name, messageOf(error));
    }
  };
  const settings = access.settings(stack);
  const newStacks = plans.filter(({ change }) => change === 'create').length;
  return Promise.all([
    judge('CloudFormation stacks', () => withClient(access, stack, stacksIn), newStacks),
    judge('IAM roles', () => summaryOf(settings, 'Roles', 'RolesQuota'), toMake('AWS::IAM::Role')),
    judge('IAM policies', () => summaryOf(settings, 'Policies', 'PoliciesQuota'), toMake('AWS::IAM::ManagedPolicy')),
    judge(
      'Config rules',
      async () => ({ used: await rulesIn(settings), limit: CONFIG_RULES, source: "AWS's default" }),
      toMake('AWS::Config::ConfigRule'),
    ),
    judge(
      'KMS keys',
      async () => ({ used: await keysIn(settings), limit: KMS_KEYS, source: "AWS's default" }),
      toMake('AWS::KMS::Key'),
    ),
  ]);
}

async function stacksIn(client: CloudFormationClient): Promise<{ used: number; limit: number; source: string }> {
  const { AccountLimits = [] } = await client.send(new DescribeAccountLimitsCommand({}));
  const limit = AccountLimits.find(({ Name }) => Name === 'StackLimit')?.Value;
  let used = 0;
  for await (const { StackSummaries = [] } of paginateListStacks({ client }, {})) {
    used += StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').length;
  }
  if (limit === undefined) throw new Error('CloudFormation does not tell its limit');
  return { used, limit, source: 'as CloudFormation tells' };
}

type Settings = ReturnType<Access['settings']>;

async function summaryOf(
  settings: Settings,
  counted: 'Roles' | 'Policies',
  quota: 'RolesQuota' | 'PoliciesQuota',
): Promise<{ used: number; limit: number; source: string }> {
  const client = new IAMClient(settings);
  try {
    const { SummaryMap = {} } = await client.send(new GetAccountSummaryCommand({}));
    const [used, limit] = [SummaryMap[counted], SummaryMap[quota]];
    if (used === undefined || limit === undefined) throw new Error('IAM does not tell it');
    return { used, limit, source: 'as IAM tells' };
  } finally {
    client.destroy();
  }
}

async function rulesIn(settings: Settings): Promise<number> {
  const client = new ConfigServiceClient(settings);
  try {
    let amount = 0;
    for await (const { ConfigRules = [] } of paginateDescribeConfigRules({ client }, {})) amount += ConfigRules.length;
    return amount;
  } finally {
    client.destroy();
  }
}

async function keysIn(settings: Settings): Promise<number> {
  const client = new KMSClient(settings);
  try {
    let amount = 0;
    for await (const { Keys = [] } of paginateListKeys({ client }, {})) amount += Keys.length;
    return amount;
  } finally {
    client.destroy();
  }
}

/**
 * Whether the deploy role of an environment may do what the stages say they need, as IAM itself decides it: its
 * policies, its boundary and the organization's service control policies together.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 */
async function permissions(
  { access, config, emulator }: Accounts,
  environment: Environment,
): Promise<readonly Check[]> {
  const { account, region } = environment;
  const name = `permissions ${environment.name}`;
  const partition = partitionOf(region);
  const role = `arn:${partition}:iam::${account}:role/${names(config.name).deployRole(environment.name)}`;
  const values: Readonly<Record<string, string>> = {
    ...{ account, region, partition },
    environment: environment.name,
    name: config.name,
    prefix: names(config.name).prefix(environment.name),
  };
  const fill = (text: string): string => text.replace(/\$\{(\w+)\}/g, (whole, word: string) => values[word] ?? whole);
  const client = new IAMClient(access.settings(environment));
  try {
    const declared = [deploy, verify, promote].flatMap((stage) => stage.permissions);
    // An emulator heeds no condition, and would refuse what holds under one only.
    const asked = emulator ? declared.filter(({ conditions }) => conditions === undefined) : declared;
    const refused: string[] = [];
    let amount = 0;
    for (const permission of asked) {
      const request = {
        PolicySourceArn: role,
        ActionNames: [...permission.actions],
        ResourceArns: permission.resources.map((resource) =>
          resource === '*' ? '*' : fill(resource).replaceAll('*', 'x'),
        ),
        ContextEntries: contextOf(permission, fill),
      };
      for await (const { EvaluationResults = [] } of paginateSimulatePrincipalPolicy({ client }, request)) {
        amount += EvaluationResults.length;
        for (const { EvalActionName, EvalDecision, OrganizationsDecisionDetail } of EvaluationResults) {
          if (EvalDecision === 'allowed') continue;
          const by =
            OrganizationsDecisionDetail?.AllowedByOrganizations === false ? ' (by a service control policy)' : '';
          refused.push(`${EvalActionName}${by}: ${permission.why}`);
        }
      }
    }
    return [
      refused.length > 0
        ? check(
            name,
            'fail',
            `${role} may not ${refused.slice(0, 5).join('; ')}${refused.length > 5 ? `; and ${refused.length - 5} more` : ''}`,
            "npx cipherline bootstrap puts its policies back; a service control policy is the organization's to change.",
          )
        : check(name, 'ok', `${role} may do the ${amount} things the stages ask for`),
    ];
  } catch (error) {
    return [blocked(name, messageOf(error))];
  } finally {
    client.destroy();
  }
}

/** The context in which a permission's conditions hold. */
const contextOf = ({ conditions = {} }: Permission, fill: (text: string) => string): ContextEntry[] =>
  Object.entries(conditions).flatMap(([operator, tests]) =>
    Object.entries(tests).map(([key, value]): ContextEntry => {
      const filled = [value].flat().map(fill);
      return {
        ContextKeyName: key,
        ContextKeyType: operator.startsWith('Bool')
          ? 'boolean'
          : /^For(Any|All)/.test(operator)
            ? 'stringList'
            : 'string',
        ContextKeyValues: filled,
      };
    }),
  );
