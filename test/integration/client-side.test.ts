import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { App, CfnOutput, DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { AttributeType } from 'aws-cdk-lib/aws-dynamodb';
import * as kmsResources from 'aws-cdk-lib/aws-kms';
import { zipped } from '../../bootstrap/publish';
import { asSynthesizer } from '../../pipeline/synthesizer';
import { type LocalAccount, startLocalAccount } from '../../scripts/local-account/account';
import { LocalAccountError } from '../../scripts/local-account/errors';
import { ensurePython } from '../../scripts/local-account/python';
import { EncryptedWriter } from '../../stacks/client-side';
import { createEncryption } from '../../stacks/client-side/encryption';
import {
  discoveryKeyring,
  type KmsClients,
  keyArn,
  kmsClients,
  strictKeyring,
} from '../../stacks/client-side/keyrings';
import { encryptedItems, encryptedObjects } from '../../stacks/client-side/stores';
import { EncryptedTable } from '../../stacks/dynamodb';
import { EncryptedBucket } from '../../stacks/s3';
import { cleanEnvironment, integration, makeRoot } from './support';

// The verbs and the function start processes of their own, beside whatever else runs on the machine.
jest.setTimeout(180_000);

const ACCOUNT = '000000000000';
const checkout = resolve(__dirname, '../..');
const context = { purpose: 'test' };

/** Deploys the block of `stacks/client-side.ts` with a table and a bucket of its own, as CloudFormation does. */
async function deploy(settings: Settings, keyArn: string) {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'cipherline-block-')) });
  const stack = new Stack(app, 'Block', {
    env: { account: ACCOUNT, region: 'us-east-1' },
    synthesizer: asSynthesizer(
      new DefaultStackSynthesizer({ generateBootstrapVersionRule: false, fileAssetsBucketName: 'assets' }),
    ),
  });
  const key = kmsResources.Key.fromKeyArn(stack, 'Key', keyArn);
  const { table } = new EncryptedTable(stack, 'Items', {
    key,
    partitionKey: { name: 'id', type: AttributeType.STRING },
  });
  const { bucket } = new EncryptedBucket(stack, 'Documents', { key });
  const writer = new EncryptedWriter(stack, 'Orders', { keyArn, purpose: 'orders', table, bucket, logKey: key });
  const made = { table: table.tableName, bucket: bucket.bucketName, function: writer.function.functionName };
  for (const [name, value] of Object.entries(made)) new CfnOutput(stack, `Made${name}`, { value });
  const { directory } = app.synth();
  const [s3, cloudformation] = [
    new S3Client({ ...settings, forcePathStyle: true }),
    new CloudFormationClient(settings),
  ];
  try {
    await s3.send(new CreateBucketCommand({ Bucket: 'assets' }));
    for (const folder of readdirSync(directory).filter((name) => name.startsWith('asset.'))) {
      const Body = zipped(join(directory, folder));
      await s3.send(new PutObjectCommand({ Bucket: 'assets', Key: `${folder.slice('asset.'.length)}.zip`, Body }));
    }
    const TemplateBody = readFileSync(join(directory, 'Block.template.json'), 'utf8');
    await cloudformation.send(
      new CreateStackCommand({ StackName: 'block', TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
    );
    await waitUntilStackCreateComplete(
      { client: cloudformation, maxWaitTime: 60, minDelay: 1 },
      { StackName: 'block' },
    );
    const { Stacks: [created] = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName: 'block' }));
    const output = (name: string) =>
      created?.Outputs?.find(({ OutputKey }) => OutputKey === `Made${name}`)?.OutputValue ?? '';
    return { table: output('table'), bucket: output('bucket'), function: output('function') };
  } finally {
    s3.destroy();
    cloudformation.destroy();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Settings {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The SDK for Python, where it can be had; where not, that is said aloud, and fails where CI is set. */
async function python(): Promise<string | undefined> {
  try {
    const requirements = join(__dirname, 'encryption-sdk.txt');
    return (await ensurePython({ root: checkout, requirements, name: 'encryption-sdk' })).python;
  } catch (error) {
    if (!(error instanceof LocalAccountError)) throw error;
    const { CI } = process.env;
    if (CI === 'true' || CI === '1') throw error;
    process.stderr.write(`\n*** THE SDK FOR PYTHON IS NOT TRIED: ${error.message}\n\n`);
    return undefined;
  }
}

integration('client-side encryption under KMS keys', () => {
  const { root, remove } = makeRoot();
  const at = (name: string) => join(root, name);
  let account: LocalAccount;
  let kms: KMS;
  let program: string | undefined;
  let clients: KmsClients;
  let [one, two, related] = ['', '', ''];

  beforeAll(async () => {
    account = await startLocalAccount({ root });
    const settings = {
      region: 'us-east-1',
      endpoint: account.endpoint,
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' },
    };
    kms = new KMS(settings);
    clients = kmsClients(settings);
    const make = async (options = {}) => (await kms.createKey(options)).KeyMetadata?.Arn ?? '';
    [one, two, related] = [await make(), await make(), await make({ MultiRegion: true })];
    await kms.createAlias({ AliasName: 'alias/test/one', TargetKeyId: one });
    await kms.replicateKey({ KeyId: related, ReplicaRegion: 'eu-west-1' });
    program = await python();
    // The first time, it has to be fetched.
  }, 300_000);
  afterAll(async () => {
    clients?.destroy();
    kms?.destroy();
    await account?.stop();
    remove();
  });

  const under = (...keys: string[]) => createEncryption({ keyring: strictKeyring(keys, clients) });
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

  test('what two keys encrypted, either of them decrypts, and a third does not', async () => {
    const message = await under(one, two).encrypt(Buffer.from('x'), context);
    expect(text(await under(one).decrypt(message, context))).toBe('x');
    expect(text(await under(two).decrypt(message, context))).toBe('x');
    await expect(under(related).decrypt(message, context)).rejects.toMatchObject({
      fault: 'key',
      what: expect.stringContaining(one),
    });
  });

  test('a multi-Region key decrypts in another region what its relative encrypted', async () => {
    const message = await under(related).encrypt(Buffer.from('x'), context);
    const elsewhere = related.replace('us-east-1', 'eu-west-1');
    expect(text(await under(elsewhere).decrypt(message, context))).toBe('x');
    const discovery = discoveryKeyring({ accounts: [ACCOUNT], regions: ['eu-west-1'] }, clients);
    expect(text(await createEncryption({ keyring: discovery }).decrypt(message, context))).toBe('x');
  });

  test('a discovery asks the keys of its accounts only, and encrypts nothing', async () => {
    const message = await under(one).encrypt(Buffer.from('x'), context);
    const of = (...accounts: string[]) =>
      createEncryption({ keyring: discoveryKeyring({ accounts, regions: ['us-east-1'] }, clients) });
    expect(text(await of('111122223333', ACCOUNT).decrypt(message, context))).toBe('x');
    await expect(of('111122223333').decrypt(message, context)).rejects.toMatchObject({ fault: 'key' });
    await expect(of(ACCOUNT).encrypt(Buffer.from('x'), context)).rejects.toMatchObject({ name: 'EncryptionError' });
    expect(() => of()).toThrow('a discovery needs the accounts');
    expect(() => of('everybody')).toThrow("'everybody' is no AWS account");
  });

  test('an alias is resolved, and what is no key says so', async () => {
    expect(await keyArn('alias/test/one', clients)).toBe(one);
    expect(await keyArn(`arn:aws:kms:us-east-1:${ACCOUNT}:alias/test/one`, clients)).toBe(one);
    await expect(keyArn('alias/test/none', clients)).rejects.toThrow('alias/test/none: there is no such KMS key');
    const mac = await kms.createKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    await expect(keyArn(mac.KeyMetadata?.Arn ?? '', clients)).rejects.toThrow('is no symmetric key for encryption');
    expect(() => under('alias/test/one')).toThrow('is not the ARN of a KMS key');
  });

  test('a disabled key, one that is to be deleted, and a KMS that does not answer are told apart', async () => {
    const { KeyMetadata } = await kms.createKey({});
    const key = KeyMetadata?.Arn ?? '';
    const message = await under(key).encrypt(Buffer.from('x'), context);
    await kms.disableKey({ KeyId: key });
    await expect(under(key).decrypt(message, context)).rejects.toThrow(`the KMS key is disabled (${key})`);
    await expect(under(key).encrypt(Buffer.from('x'), context)).rejects.toThrow('the KMS key is disabled');
    await kms.scheduleKeyDeletion({ KeyId: key, PendingWindowInDays: 7 });
    await expect(under(key).decrypt(message, context)).rejects.toThrow('it may be pending deletion');
    const nowhere = kmsClients({
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:9',
      maxAttempts: 1,
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' },
    });
    const unreachable = createEncryption({ keyring: strictKeyring([one], nowhere) });
    await expect(unreachable.encrypt(Buffer.from('x'), context)).rejects.toMatchObject({ fault: 'service' });
    await expect(unreachable.decrypt(message, context)).rejects.toMatchObject({ name: 'EncryptionError' });
    nowhere.destroy();
  });

  test('the KMS of the local account refuses what was changed, is another key’s or has another context', async () => {
    const { CiphertextBlob = new Uint8Array() } = await kms.encrypt({
      KeyId: one,
      Plaintext: Buffer.from('secret'),
      EncryptionContext: context,
    });
    const decrypt = (CiphertextBlob: Uint8Array, options = {}) =>
      kms.decrypt({ CiphertextBlob, EncryptionContext: context, ...options });
    expect(text((await decrypt(CiphertextBlob)).Plaintext ?? new Uint8Array())).toBe('secret');
    for (const index of [0, 40, 80, 86, CiphertextBlob.length - 1]) {
      const changed = Uint8Array.from(CiphertextBlob, (byte, place) => (place === index ? byte ^ 1 : byte));
      await expect(decrypt(changed)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    }
    await expect(decrypt(CiphertextBlob, { EncryptionContext: {} })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    await expect(decrypt(CiphertextBlob, { KeyId: two })).rejects.toMatchObject({ name: 'IncorrectKeyException' });
    const moved = await kms.reEncrypt({
      CiphertextBlob,
      SourceEncryptionContext: context,
      DestinationKeyId: two,
      DestinationEncryptionContext: { purpose: 'moved' },
    });
    const { Plaintext, KeyId } = await kms.decrypt({
      CiphertextBlob: moved.CiphertextBlob,
      EncryptionContext: { purpose: 'moved' },
    });
    expect([text(Plaintext ?? new Uint8Array()), KeyId]).toEqual(['secret', two]);
  });

  test('the function writes to a table and a bucket that hold ciphertext for their own place alone', async () => {
    const settings = {
      region: 'us-east-1',
      endpoint: account.endpoint,
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'local' },
    };
    const deployed = await deploy(settings, one);
    const lambda = new LambdaClient(settings);
    const [dynamodb, s3] = [new DynamoDBClient(settings), new S3Client({ ...settings, forcePathStyle: true })];
    const write = async (event: object) => {
      const { FunctionError, Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: deployed.function, Payload: JSON.stringify(event) }),
      );
      const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString());
      return `${FunctionError ?? 'done'} ${JSON.stringify(answer)}`;
    };
    const document = Buffer.from('scanned').toString('base64');
    expect(await write({ id: 'o-1', item: { card: '4111' }, document })).toBe(
      'done {"id":"o-1","written":["item","document"]}',
    );
    expect(await write({ item: {} })).toContain('the event has no id');
    expect(await write({ id: 'o-2', document: 'no base64!' })).toContain('is not in base64');

    const { Item } = await dynamodb.send(new GetItemCommand({ TableName: deployed.table, Key: { id: { S: 'o-1' } } }));
    const message = Item?.message?.B ?? new Uint8Array();
    expect(Buffer.from(message).includes('4111')).toBe(false);
    const orders = { purpose: 'orders' };
    const items = encryptedItems(under(one), orders, dynamodb, deployed.table);
    expect(text((await items.get('o-1')) ?? new Uint8Array())).toBe('{"card":"4111"}');
    expect(await items.get('o-9')).toBeUndefined();
    const documents = encryptedObjects(under(one), orders, s3, deployed.bucket);
    expect(text((await documents.get('o-1')) ?? new Uint8Array())).toBe('scanned');
    expect(await documents.get('o-9')).toBeUndefined();

    await dynamodb.send(
      new PutItemCommand({ TableName: deployed.table, Item: { id: { S: 'o-9' }, message: { B: message } } }),
    );
    await expect(items.get('o-9')).rejects.toThrow('id is another');
    for (const client of [lambda, dynamodb, s3]) client.destroy();
  });

  /** Runs a verb with this account. */
  function cipherline(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(checkout, 'scripts/cipherline.cjs'), ...args, '--endpoint-url', account.endpoint],
      { cwd: root, env: cleanEnvironment(), encoding: 'utf8' },
    );
    return { status, stdout, stderr };
  }

  test('the verbs and the SDK for Python read what the other has written', async () => {
    const plaintext = randomBytes(1_500_000);
    writeFileSync(at('plain'), plaintext);
    const encrypted = cipherline('encrypt', 'plain', '--key', 'alias/test/one', '--context', 'purpose=test', '--json');
    expect(encrypted).toMatchObject({ status: 0 });
    expect(JSON.parse(encrypted.stdout)).toMatchObject({
      output: 'plain.encrypted',
      bytesRead: 1_500_000,
      keys: [one],
    });

    if (program !== undefined) {
      const interpreter = program;
      const run = (...args: string[]) =>
        spawnSync(interpreter, [join(__dirname, 'encryption-sdk.py'), ...args, 'purpose=test'], {
          cwd: root,
          encoding: 'utf8',
          env: { ...cleanEnvironment(), ...account.envFor(ACCOUNT, 'us-east-1') },
        });
      expect(run('decrypt', one, 'plain.encrypted', 'from-python')).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(at('from-python')).equals(plaintext)).toBe(true);
      expect(run('encrypt', one, 'plain', 'python.encrypted')).toMatchObject({ status: 0, stderr: '' });
    }

    const source = program === undefined ? 'plain.encrypted' : 'python.encrypted';
    const discovery = ['--discovery', '--account', ACCOUNT];
    const decrypted = cipherline('decrypt', source, ...discovery, '--context', 'purpose=test', '--output', 'back');
    expect(decrypted).toMatchObject({ status: 0, stdout: expect.stringContaining('→ back (1.5 MB)') });
    expect(readFileSync(at('back')).equals(plaintext)).toBe(true);
  });

  test('a verb that cannot do it says what, where and what to do, and leaves nothing', () => {
    const before = readdirSync(root).sort();
    const wrong = cipherline('decrypt', 'plain.encrypted', '--key', two, '--context', 'purpose=test', '--output', 'x');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain(
      'plain.encrypted: none of the keys given is one that the message was encrypted under',
    );
    const other = cipherline('decrypt', 'plain.encrypted', '--key', one, '--context', 'purpose=other', '--output', 'x');
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('purpose is another');
    expect(readdirSync(root).sort()).toEqual(before);
  });
});
