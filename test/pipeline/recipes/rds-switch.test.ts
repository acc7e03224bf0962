import { openClients } from '../../../pipeline/recipes/clients';
import { nameOf, rdsInstance } from '../../../pipeline/recipes/rds';
import { type AwsServer, awsServer, refuse } from '../../bootstrap/aws-server';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';
const [fresh, old] = [nameOf('shop', 'm', 'new'), nameOf('shop', 'm', 'old')];

interface Standing {
  name: string;
  readonly key: string;
  status?: string;
  /** What it is called after so many more looks. */
  becomes?: { readonly name: string; looks: number };
}

/** RDS with some instances; a new name is there after two looks. */
async function rds(instances: readonly Standing[]) {
  const server: AwsServer = await awsServer({
    DescribeDBInstances: ({ params }) => {
      const wanted = params.get('DBInstanceIdentifier');
      for (const one of instances) {
        if (!one.becomes || one.becomes.looks-- > 0) continue;
        one.name = one.becomes.name;
        one.status = 'available';
        delete one.becomes;
      }
      const found = instances.find(({ name }) => name === wanted);
      if (!found) return refuse('DBInstanceNotFound', 'no');
      const { name, status = 'available', key } = found;
      return `<DBInstances><DBInstance><DBInstanceIdentifier>${name}</DBInstanceIdentifier><DBInstanceStatus>${status}</DBInstanceStatus><KmsKeyId>${key}</KmsKeyId></DBInstance></DBInstances>`;
    },
    ModifyDBInstance: ({ params }) => {
      const found = instances.find(({ name }) => name === params.get('DBInstanceIdentifier'));
      if (!found || (found.status ?? 'available') !== 'available') return refuse('InvalidDBInstanceState', 'no');
      found.status = 'renaming';
      found.becomes = { name: params.get('NewDBInstanceIdentifier') ?? '', looks: 2 };
      return '<DBInstance/>';
    },
  });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const clients = openClients({ region: 'eu-west-1', endpoint: server.url, credentials });
  const work = { clients, resource: 'shop', key: KEY, region: 'eu-west-1', mark: 'm', scan: false, largeObject: 0 };
  let now = 0;
  const run = () => {
    const found = rdsInstance.steps(work).find(({ id }) => id === 'switch');
    if (!found) throw new Error('there is no such step');
    return found.run({
      plan: 'p',
      stateOf: () => ({ id: '', title: '', state: 'open' }),
      before: {},
      begunAt: new Date(0),
      saved: undefined,
      save: async () => undefined,
      clock: {
        now: () => new Date(now),
        sleep: async (milliseconds) => {
          now += milliseconds;
        },
      },
      signal: undefined,
      log: () => undefined,
    });
  };
  const stop = async () => {
    clients.destroy();
    await server.stop();
  };
  const renamed = () => server.asked.filter(({ action }) => action === 'ModifyDBInstance').length;
  return { run, stop, renamed, minutes: () => now / 60_000 };
}

test.each<[string, readonly Standing[], number]>([
  [
    'nothing was asked for',
    [
      { name: 'shop', key: '' },
      { name: fresh, key: KEY },
    ],
    2,
  ],
  [
    'the first name is being changed',
    [
      { name: 'shop', key: '', status: 'renaming', becomes: { name: old, looks: 3 } },
      { name: fresh, key: KEY },
    ],
    1,
  ],
  [
    'the second is',
    [
      { name: old, key: '' },
      { name: fresh, key: KEY, status: 'renaming', becomes: { name: 'shop', looks: 3 } },
    ],
    0,
  ],
])('the switch goes on where it was killed: %s', async (_, instances, renames) => {
  const { run, stop, renamed, minutes } = await rds(instances.map((one) => ({ ...one })));
  expect(await run()).toMatchObject({ state: 'done', after: { key: KEY, old } });
  expect(renamed()).toBe(renames);
  // A name that is there no more is not waited for.
  expect(minutes()).toBeLessThan(10);
  await stop();
});

test('an instance that will not become available is not waited for', async () => {
  const { run, stop, minutes } = await rds([
    { name: 'shop', key: '', status: 'incompatible-parameters' },
    { name: fresh, key: KEY },
  ]);
  await expect(run()).rejects.toThrow('shop: is incompatible-parameters');
  expect(minutes()).toBe(0);
  await stop();
});
