import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CreateKeyCommand, DescribeKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { buildSync } from 'esbuild';
import { z } from 'zod';
import { plansFolder } from '../../pipeline/journal/journal';
import { searchedKinds } from '../../pipeline/keys/resources';
import { keyUsage } from '../../pipeline/keys/usage';
import { systemClock } from '../../scripts/clock';
import { createHost, type Host } from '../../scripts/host';
import { type RetireOptions, retire, status } from '../../scripts/keys/retire';
import { type LocalAccount, startLocalAccount } from '../../scripts/local-account/account';
import { cleanEnvironment, integration, makeRoot, until } from './support';

const REGION = 'us-east-1';
const ACCOUNT = '000000000000';
const DAY = 86_400_000;
const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'local' };
/** The emulator cannot list most types: somebody answers for them, as a person would. */
const vouchFor = searchedKinds();

const documentSchema = z.object({
  result: z.union([
    z.string(),
    z.object({ state: z.string(), step: z.string().optional(), why: z.string().optional() }),
  ]),
  steps: z.array(z.object({ id: z.string(), state: z.string() })).optional(),
});

integration('keys retire in the local account', () => {
  const { root, remove } = makeRoot();
  const folder = plansFolder(root);
  let account: LocalAccount;
  let kms: KMSClient;
  let s3: S3Client;

  beforeAll(async () => {
    account = await startLocalAccount({ root, account: ACCOUNT, region: REGION });
    const settings = { region: REGION, endpoint: account.endpoint, credentials };
    kms = new KMSClient(settings);
    s3 = new S3Client({ ...settings, forcePathStyle: true });
  }, 60_000);
  afterAll(async () => {
    kms?.destroy();
    s3?.destroy();
    await account?.stop();
    remove();
  });

  const newKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const stateOf = async (KeyId: string) => (await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata;

  /** One run of the command, so many milliseconds from now; the first question may be put later than the rest. */
  const run = async (key: string, shift: number, options: RetireOptions = {}, firstAsked = shift) => {
    let document: unknown;
    let asked = 0;
    const at = (by: number) => ({ ...systemClock, now: () => new Date(Date.now() + by) });
    const host: Host = {
      ...createHost({ json: true, verbose: false }),
      progress: () => undefined,
      document: (value) => {
        document = value;
      },
    };
    const signal = new AbortController().signal;
    const code = await retire(
      key,
      { yes: true, vouchFor, ...options },
      {
        kms,
        ask: (of, since, vouchedFor) => {
          asked += 1;
          const clock = at(asked === 1 ? firstAsked : shift);
          const place = { region: REGION, endpoint: account.endpoint, credentials, account: ACCOUNT };
          return keyUsage({ ...place, key: of, since, vouchedFor, clock, signal }).then((usage) => ({
            ...usage,
            asOf: at(shift).now().toISOString(),
          }));
        },
        config: { retirement: { unusedDays: 90, watchDays: 30 } },
        folder,
        clock: at(shift),
        host,
        signal,
      },
    );
    return { code, host, ...documentSchema.parse(document) };
  };

  test('refuses a key in use; goes through once its users are gone, killed in the middle; is taken back', async () => {
    const key = await newKey();
    const [bucket, other] = ['orders', await newKey()];
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key } as const;
    await s3.send(
      new PutBucketEncryptionCommand({
        Bucket: bucket,
        ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault }] },
      }),
    );
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'one', Body: 'x' }));

    // It was used just now, and it is configured: a hundred days later it still is.
    expect(await run(key, 0)).toMatchObject({ code: 1, result: 'refused' });
    expect(await run(key, 100 * DAY)).toMatchObject({ code: 1, result: 'refused' });
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'one' }));
    await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
    // Its users are gone, and whether a type that cannot be listed has it is not known: unknown is no yes.
    expect(await run(key, 100 * DAY, { vouchFor: [] })).toMatchObject({ code: 2, result: 'refused' });
    expect((await stateOf(key))?.KeyState).toBe('Enabled');

    const child = join(root, 'retire-child.cjs');
    buildSync({
      entryPoints: [join(__dirname, 'retire-child.ts')],
      outfile: child,
      bundle: true,
      platform: 'node',
      packages: 'external',
      loader: { '.eta': 'text' },
    });
    const args = [child, account.endpoint, folder, key, String(100 * DAY), vouchFor.join(',')];
    const doomed = spawn(process.execPath, args, { cwd: root, env: cleanEnvironment(), stdio: 'ignore' });
    const ended = new Promise((resolve) => doomed.once('exit', resolve));
    await until('the key is disabled', 60_000, async () => (await stateOf(key))?.KeyState === 'Disabled' || undefined);
    doomed.kill('SIGKILL');
    await ended;

    const watched = await run(key, 101 * DAY);
    expect(watched).toMatchObject({ code: 2, result: { state: 'waits', step: 'watch' } });
    // One at a time.
    await expect(run(other, 101 * DAY)).rejects.toThrow(/is under way, and there is one at a time/);
    expect(await run(key, 132 * DAY)).toMatchObject({ code: 0, result: { state: 'waits', step: 'gone' } });
    const pending = await stateOf(key);
    expect(pending?.KeyState).toBe('PendingDeletion');
    expect(Number(pending?.DeletionDate) - Date.now()).toBeGreaterThan(29.9 * DAY);

    expect(await run(key, 140 * DAY, { cancel: true })).toMatchObject({ code: 0, result: { state: 'cancelled' } });
    expect((await stateOf(key))?.KeyState).toBe('Enabled');
    await kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x') }));
    expect(await status(folder, key, watched.host)).toBe(0);
  }, 120_000);

  test('a call that is refused while the key lies disabled counts as use, and gives it back', async () => {
    const key = await newKey();
    // KMS's record of a key this young is an hour behind: the question is put two hours from now, and the watch begins now.
    const watched = await run(key, 0, {}, 2 * 3_600_000);
    expect(watched).toMatchObject({ code: 2, result: { state: 'waits', step: 'watch' } });
    const encrypt = () => kms.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x') }));
    await expect(encrypt()).rejects.toMatchObject({ name: 'DisabledException' });
    const missed = await run(key, 0);
    expect(missed).toMatchObject({ code: 1, result: { state: 'refused', step: 'watch' } });
    expect(JSON.stringify(missed.result)).toMatch(/in use since .*cloudtrail/);
    expect(await run(key, 0, { cancel: true })).toMatchObject({ code: 0, result: { state: 'cancelled' } });
    await encrypt();
  }, 60_000);
});
