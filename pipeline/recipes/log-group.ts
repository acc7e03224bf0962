import {
  AssociateKmsKeyCommand,
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  type LogGroup,
} from '@aws-sdk/client-cloudwatch-logs';
import { callAws, eventually } from '../aws-call';
import type { Outcome, StepContext } from '../journal/carry-out';
import type { Measure } from '../journal/journal';
import { UserError } from '../user-error';
import type { Recipe, RecipeWork } from './recipe';

export const logGroup: Recipe = {
  id: 'log-group',
  title: 'a log group of CloudWatch Logs: what is ingested from now on under the key',
  verbs: ['migrate', 'rotate-data'],
  resource: "a log group's name",
  options: [],
  know: [
    'Only what is ingested after the key is associated is encrypted under it; it takes up to five minutes.',
    'What is there already stays as it was: under the key of CloudWatch Logs, or under the key before, which must stay usable as long as that data is kept.',
    'To have the old data under the key too, export it to a bucket under the key (CreateExportTask) before it is deleted here, or let the retention of the group end it.',
    'The key policy must let logs.REGION.amazonaws.com use the key for this group: without that the call is refused.',
  ],
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html',
    'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html',
  ],
  permissions: [
    {
      on: ['arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*', 'arn:aws:logs:REGION:ACCOUNT:log-group:NAME'],
      actions: ['logs:AssociateKmsKey', 'logs:DescribeLogStreams'],
    },
    { on: ['*'], actions: ['logs:DescribeLogGroups'] },
  ],
  proven:
    'In the emulator: the association, and that no stream and no event is lost. Not: the five minutes, nor the key policy.',
  afterwards: ({ resource }) => [
    `Events of ${resource} from before stay as they were until its retention ends them: set one, if it has none.`,
    'Write the key into the template of the log group, or the next deployment takes it back.',
  ],
  find: async (clients, keyNames) => {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await callAws('logs:DescribeLogGroups', undefined, () =>
        clients.logs().send(new DescribeLogGroupsCommand({ nextToken: token })),
      );
      for (const { logGroupName, kmsKeyId } of page.logGroups ?? [])
        if (logGroupName !== undefined && kmsKeyId !== undefined && keyNames.has(kmsKeyId)) found.push(logGroupName);
      token = page.nextToken;
    } while (token !== undefined);
    return found;
  },
  steps: (work) => [
    {
      id: 'key',
      title: `associate the key with ${work.resource}`,
      before: async () => measure(work),
      run: async (context) => associate(work, context),
    },
  ],
};

async function describe(logs: CloudWatchLogsClient, name: string): Promise<LogGroup> {
  let token: string | undefined;
  do {
    const page = await callAws('logs:DescribeLogGroups', name, () =>
      logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, nextToken: token })),
    );
    const found = page.logGroups?.find(({ logGroupName }) => logGroupName === name);
    if (found) return found;
    token = page.nextToken;
  } while (token !== undefined);
  throw new UserError('there is no such log group', name);
}

async function measure({ clients, resource: name }: RecipeWork): Promise<Measure> {
  const { kmsKeyId, storedBytes, retentionInDays } = await describe(clients.logs(), name);
  let streams = 0;
  let token: string | undefined;
  do {
    const page = await callAws('logs:DescribeLogStreams', name, () =>
      clients.logs().send(new DescribeLogStreamsCommand({ logGroupName: name, nextToken: token })),
    );
    streams += page.logStreams?.length ?? 0;
    token = page.nextToken;
  } while (token !== undefined);
  return {
    key: kmsKeyId ?? 'the key of CloudWatch Logs',
    streams,
    // Without a retention they stay for ever.
    storedBytes: storedBytes ?? 0,
    retentionDays: retentionInDays ?? 'never ends',
  };
}

async function associate(work: RecipeWork, { clock, signal }: StepContext): Promise<Outcome> {
  const { clients, resource: name, key } = work;
  const logs = clients.logs();
  if ((await describe(logs, name)).kmsKeyId !== key)
    await callAws('logs:AssociateKmsKey', name, () =>
      logs.send(new AssociateKmsKeyCommand({ logGroupName: name, kmsKeyId: key })),
    );
  await eventually(`${name} to be under the key`, { clock, signal, waits: [1, 2, 5, 10], atMost: 600 }, async () =>
    (await describe(logs, name)).kmsKeyId === key ? true : undefined,
  );
  return { state: 'done', after: { ...(await measure(work)), newDataSince: clock.now().toISOString() } };
}
