import {
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  type ParameterMetadata,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { callAws } from '../aws-call';
import type { Outcome, StepContext } from '../journal/carry-out';
import type { Measure } from '../journal/journal';
import { UserError } from '../user-error';
import type { Recipe, RecipeWork } from './recipe';

export const parameter: Recipe = {
  id: 'parameter',
  title: 'a SecureString of Parameter Store: its value written again under the key',
  verbs: ['migrate', 'rotate-data'],
  resource: "a parameter's name",
  options: [],
  know: [
    'The value is read and written again, as a new version: whoever listens to changes of the parameter hears of one.',
    'Type, tier, description, pattern, data type, policies and tags stay. Labels stay on the versions they are on.',
    'Versions before stay under the old key; Parameter Store keeps the last hundred.',
    'The value is not shown or written down anywhere here.',
  ],
  sources: [
    'https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html',
    'https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html',
  ],
  permissions: [
    {
      on: ['arn:aws:ssm:REGION:ACCOUNT:parameter/NAME'],
      actions: ['ssm:GetParameter', 'ssm:ListTagsForResource', 'ssm:PutParameter'],
    },
    { on: ['*'], actions: ['ssm:DescribeParameters'] },
  ],
  proven: 'In the emulator: value, tier, description, tags and versions. Not: policies of advanced parameters.',
  afterwards: ({ resource }) => [
    `Old versions of ${resource} stay under the old key: write it anew a hundred times, or make a new parameter, where nobody may ever read them.`,
    'CloudFormation makes no SecureString: whatever makes this one must name the key as well.',
  ],
  find: async (clients, keyNames) => {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await callAws('ssm:DescribeParameters', undefined, () =>
        clients.ssm().send(
          new DescribeParametersCommand({
            ParameterFilters: [{ Key: 'Type', Values: ['SecureString'] }],
            NextToken: token,
          }),
        ),
      );
      for (const { Name, KeyId } of page.Parameters ?? [])
        if (Name !== undefined && KeyId !== undefined && keyNames.has(KeyId)) found.push(Name);
      token = page.NextToken;
    } while (token !== undefined);
    return found;
  },
  steps: (work) => [
    {
      id: 'key',
      title: `write the parameter ${work.resource} again under the key`,
      before: async () => measure(work),
      run: async (context) => changeKey(work, context),
    },
  ],
};

async function describe(ssm: SSMClient, name: string): Promise<ParameterMetadata> {
  let found: ParameterMetadata | undefined;
  let token: string | undefined;
  // A page may be empty although there is another: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
  do {
    const page = await callAws('ssm:DescribeParameters', name, () =>
      ssm.send(
        new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Name', Values: [name] }], NextToken: token }),
      ),
    );
    found = page.Parameters?.[0];
    token = page.NextToken;
  } while (found === undefined && token !== undefined);
  if (!found) throw new UserError('there is no such parameter', name);
  if (found.Type !== 'SecureString')
    throw new UserError(
      `is a ${found.Type}, which is not encrypted by a key of yours`,
      name,
      'Put what is secret into a SecureString or a secret, and point its readers there.',
    );
  return found;
}

async function measure({ clients, resource: name }: RecipeWork): Promise<Measure> {
  const { KeyId, Version, Tier } = await describe(clients.ssm(), name);
  const { TagList = [] } = await callAws('ssm:ListTagsForResource', name, () =>
    clients.ssm().send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: name })),
  );
  return { key: KeyId ?? 'alias/aws/ssm', version: Version ?? 0, tier: Tier ?? 'Standard', tags: TagList.length };
}

async function read(ssm: SSMClient, name: string): Promise<{ readonly value: string; readonly version: number }> {
  const { Parameter } = await callAws('ssm:GetParameter', name, () =>
    ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true })),
  );
  if (Parameter?.Value === undefined || Parameter.Version === undefined)
    throw new UserError('Parameter Store gives no value', name);
  return { value: Parameter.Value, version: Parameter.Version };
}

async function changeKey(work: RecipeWork, { saved, save }: Pick<StepContext, 'saved' | 'save'>): Promise<Outcome> {
  const { clients, resource: name, key } = work;
  const ssm = clients.ssm();
  const found = await describe(ssm, name);
  if (found.KeyId === key) {
    const { read: before } = saved ?? {};
    // Written by a run before this one, which had not come to see whether somebody else wrote too.
    return typeof before === 'number' && (found.Version ?? 0) > before + 1
      ? overtaken(before, found.Version ?? 0)
      : { state: 'done', after: await measure(work) };
  }
  const policies = (found.Policies ?? []).flatMap(({ PolicyText }) => (PolicyText === undefined ? [] : [PolicyText]));
  const { value, version } = await read(ssm, name);
  await save({ read: version });
  const { Version: written } = await callAws('ssm:PutParameter', name, () =>
    ssm.send(
      new PutParameterCommand({
        Name: name,
        Value: value,
        Type: 'SecureString',
        KeyId: key,
        Overwrite: true,
        Tier: found.Tier,
        Description: found.Description,
        DataType: found.DataType,
        ...(found.AllowedPattern ? { AllowedPattern: found.AllowedPattern } : {}),
        ...(policies.length > 0 ? { Policies: `[${policies.join(',')}]` } : {}),
      }),
    ),
  );
  if (written !== version + 1) return overtaken(version, written ?? version);
  const after = await read(ssm, name);
  if (after.version === written && after.value !== value) throw new UserError('its value is not read as before', name);
  return { state: 'done', after: await measure(work) };
}

const overtaken = (read: number, written: number): Outcome => ({
  state: 'refused',
  verdict: 'no',
  why: `version ${read} was read and written again, and somebody wrote at the same time: of the versions ${read + 1} to ${written} put the value back that is theirs, then abandon this plan`,
});
