import type { Outcome, StepContext } from '../../../pipeline/journal/carry-out';
import type { Measure } from '../../../pipeline/journal/journal';
import { openClients } from '../../../pipeline/recipes/clients';
import { parameter } from '../../../pipeline/recipes/parameter';
import type { Recipe } from '../../../pipeline/recipes/recipe';
import { secret } from '../../../pipeline/recipes/secret';
import { systemClock } from '../../../scripts/clock';
import { type Service, startService } from '../keys/service';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(() => service.stop());

/** Runs the one step of a recipe, from what it has saved before. */
async function run(recipe: Recipe, saved?: Measure): Promise<{ outcome: Outcome; saved: Measure | undefined }> {
  const clients = openClients(service.access);
  const place = { clients, region: 'eu-west-1', key: KEY, mark: 'm', scan: false, largeObject: 0 };
  let kept = saved;
  const context: StepContext = {
    plan: 'p',
    stateOf: () => ({ id: '', title: '', state: 'open' }),
    before: {},
    begunAt: new Date(0),
    saved,
    save: async (data) => {
      kept = data;
    },
    clock: systemClock,
    signal: undefined,
    log: () => undefined,
  };
  try {
    const [step] = recipe.steps({ ...place, resource: 'token' });
    if (!step) throw new Error('there is no step');
    return { outcome: await step.run(context), saved: kept };
  } finally {
    clients.destroy();
  }
}

/** A parameter whose description is on the second page. */
const parameters = (state: { key: string; version: number }, writes = 1) => ({
  'AmazonSSM.DescribeParameters': ({ NextToken }: Readonly<Record<string, unknown>>) =>
    NextToken === undefined
      ? { Parameters: [], NextToken: 'more' }
      : { Parameters: [{ Name: 'token', Type: 'SecureString', KeyId: state.key, Version: state.version }] },
  'AmazonSSM.ListTagsForResource': () => ({ TagList: [] }),
  'AmazonSSM.GetParameter': () => ({ Parameter: { Value: 'v', Version: state.version } }),
  'AmazonSSM.PutParameter': () => {
    state.version += writes;
    state.key = KEY;
    return { Version: state.version };
  },
});

test('a parameter is found on a later page, and written once', async () => {
  service.answers = parameters({ key: 'old', version: 4 });
  const { outcome, saved } = await run(parameter);
  expect(outcome).toMatchObject({ state: 'done', after: { key: KEY, version: 5 } });
  // Killed after it was written: the next run sees that it was, and that nobody else wrote.
  expect((await run(parameter, saved)).outcome.state).toBe('done');
  expect(service.asked.filter((one) => one.endsWith('PutParameter'))).toHaveLength(1);
});

test('what somebody wrote at the same time is not forgotten by running it again', async () => {
  service.answers = parameters({ key: 'old', version: 4 }, 2);
  const { outcome, saved } = await run(parameter);
  expect(outcome).toMatchObject({ state: 'refused', why: expect.stringMatching(/the versions 5 to 6/) });
  expect((await run(parameter, saved)).outcome).toEqual(outcome);
});

test('every labelled version of a secret is asked about, on whatever page it is', async () => {
  const labels = { old: ['AWSPREVIOUS'], new: ['AWSCURRENT'] };
  const versions = (id: string, KmsKeyIds: readonly string[]) => ({ Versions: [{ VersionId: id, KmsKeyIds }] });
  service.answers = {
    'secretsmanager.DescribeSecret': () => ({ KmsKeyId: KEY, VersionIdsToStages: labels }),
    'secretsmanager.GetSecretValue': ({ VersionId }) => ({ SecretString: VersionId }),
    'secretsmanager.UpdateSecret': () => ({}),
    'secretsmanager.ListSecretVersionIds': ({ NextToken }) =>
      NextToken === undefined ? { ...versions('new', [KEY]), NextToken: 'more' } : versions('old', ['other']),
  };
  await expect(run(secret)).rejects.toThrow('1 of its labelled versions are not under the key');
});
