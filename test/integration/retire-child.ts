import { KMSClient } from '@aws-sdk/client-kms';
import { keyUsage } from '../../pipeline/keys/usage';
import { createHost } from '../../scripts/host';
import { retire } from '../../scripts/keys/retire';

/** `keys retire` in a process of its own, in a year of its own: for keys-retire.test.ts to kill. */
const [endpoint = '', folder = '', key = '', shift = '', vouchFor = ''] = process.argv.slice(2);
const settings = {
  region: 'us-east-1',
  endpoint,
  credentials: { accessKeyId: '000000000000', secretAccessKey: 'local' },
};
const clock = { now: () => new Date(Date.now() + Number(shift)), sleep: async () => undefined };
const signal = new AbortController().signal;

void retire(
  key,
  { yes: true, vouchFor: vouchFor.split(',') },
  {
    kms: new KMSClient(settings),
    ask: (of, since, vouchedFor) =>
      keyUsage({ ...settings, account: '000000000000', key: of, since, vouchedFor, clock, signal }),
    config: { retirement: { unusedDays: 90, watchDays: 30 } },
    folder,
    clock,
    host: createHost({ json: true, verbose: false }),
    signal,
  },
);
