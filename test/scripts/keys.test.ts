import { execFileSync } from 'node:child_process';
import { constants, createDecipheriv, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkMaterial, wrap } from '../../scripts/keys/material';
import { readSecretFile } from '../../scripts/keys/secret-file';
import { configure } from '../../scripts/verbs/keys';
import { type Answer, type Asked, awsServer, refuse } from '../bootstrap/aws-server';
import { scratch } from '../scratch';
import { runVerb } from './in-process';

jest.mock('../../cipherline.config', () => {
  const { default: fork } = jest.requireActual('../../cipherline.config');
  const { DECLARED_KEYS } = jest.requireActual('../bootstrap/declared');
  return { __esModule: true, default: { ...fork, keys: { declared: DECLARED_KEYS } } };
});

const temporary = scratch();
afterAll(temporary.remove);

async function keys(answers: Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>, ...args: string[]) {
  const server = await awsServer(answers);
  try {
    const ran = await runVerb(configure, [...args, '--endpoint-url', server.url]);
    return { ...ran, asked: server.asked.map(({ action }) => action) };
  } finally {
    await server.stop();
  }
}

describe('wrapping', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 4096 });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const open = (data: Buffer) =>
    privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, data);

  test('RSA-OAEP with SHA-256', () => {
    const material = randomBytes(32);
    expect(open(wrap(material, der, 'RSAES_OAEP_SHA_256'))).toEqual(material);
  });

  test.each([1, 32, 1_217, 2_349])('AES key wrap with padding under RSA-OAEP, %i bytes', (length) => {
    const material = randomBytes(length);
    const wrapped = wrap(material, der, 'RSA_AES_KEY_WRAP_SHA_256');
    const aes = open(wrapped.subarray(0, 512));
    const decipher = createDecipheriv('id-aes256-wrap-pad', aes, Buffer.from('a65959a6', 'hex'));
    expect(Buffer.concat([decipher.update(wrapped.subarray(512)), decipher.final()])).toEqual(material);
  });
});

const pkcs8 = (curve: string) =>
  generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ type: 'pkcs8', format: 'der' });

test('material is what its key takes', () => {
  expect(() => checkMaterial(randomBytes(32), 'SYMMETRIC_DEFAULT', 'f')).not.toThrow();
  expect(() => checkMaterial(randomBytes(64), 'HMAC_512', 'f')).not.toThrow();
  expect(() => checkMaterial(pkcs8('secp384r1'), 'ECC_NIST_P384', 'f')).not.toThrow();
  expect(() => checkMaterial(pkcs8('secp384r1'), 'ECC_NIST_P256', 'f')).toThrow(/it is one of ECC_NIST_P384/);
  expect(() => checkMaterial(randomBytes(31), 'SYMMETRIC_DEFAULT', 'f')).toThrow(/takes 32 bytes, and it has 31/);
  const text = randomBytes(32).toString('hex');
  expect(() => checkMaterial(Buffer.from(text), 'SYMMETRIC_DEFAULT', 'f')).toThrow(/not Base64 or hexadecimal/);
  expect(() => checkMaterial(Buffer.from(text), 'RSA_4096', 'f')).toThrow(/takes its private key in PKCS#8 DER/);
  expect(() => checkMaterial(Buffer.from(text), 'RSA_4096', 'f')).not.toThrow(text);
});

test('a secret is read from a plain file of one’s own that nobody else may read', async () => {
  const file = join(temporary.folder(), 'secret');
  const put = (name: string, mode: number, text = 'secret') => {
    writeFileSync(`${file}-${name}`, text, { mode });
    return `${file}-${name}`;
  };
  expect((await readSecretFile(put('fine', 0o600))).toString()).toBe('secret');
  await expect(readSecretFile(put('open', 0o644))).rejects.toThrow(/others may read it \(mode 644\)/);
  await expect(readSecretFile(put('empty', 0o600, ''))).rejects.toThrow(/it has 0 bytes/);
  symlinkSync(put('target', 0o600), `${file}-link`);
  await expect(readSecretFile(`${file}-link`)).rejects.toThrow(/symbolic link/);
  await expect(readSecretFile(temporary.folder())).rejects.toThrow(/no plain file/);
  await expect(readSecretFile(`${file}-nowhere`)).rejects.toThrow(/ENOENT/);
});

const KeyId = '11111111-2222-3333-4444-555555555555';

describe('importing', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 4096 });
  const sent = z.object({
    KeyId: z.string(),
    ImportToken: z.string(),
    EncryptedKeyMaterial: z.base64(),
    ExpirationModel: z.string(),
    ImportType: z.string().optional(),
    ValidTo: z.number().optional(),
  });
  /** KMS with a key that waits for its material, and what it was sent. */
  function kms(spec = 'SYMMETRIC_DEFAULT', Origin = 'EXTERNAL', before = 'PendingImport') {
    const imported: z.infer<typeof sent>[] = [];
    return {
      imported,
      answers: {
        DescribeKey: () => ({
          KeyMetadata: { KeyId, KeySpec: spec, Origin, KeyState: imported.length > 0 ? 'Enabled' : before },
        }),
        GetParametersForImport: {
          KeyId,
          ImportToken: Buffer.from('token').toString('base64'),
          PublicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
        },
        ImportKeyMaterial: ({ body }: Asked) => {
          imported.push(sent.parse(JSON.parse(body)));
          return { KeyId };
        },
      },
    };
  }
  /** The same, of a replica. */
  function replica() {
    const { imported, answers } = kms();
    const { KeyMetadata } = answers.DescribeKey();
    const MultiRegionConfiguration = { MultiRegionKeyType: 'REPLICA' };
    return {
      imported,
      answers: { ...answers, DescribeKey: () => ({ KeyMetadata: { ...KeyMetadata, MultiRegionConfiguration } }) },
    };
  }
  const fileOf = (content: Buffer): string => {
    const file = join(temporary.folder(), 'material');
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };

  test('material reaches KMS wrapped, and nobody else', async () => {
    const material = randomBytes(32);
    const { answers, imported } = kms();
    const file = fileOf(material);
    const expires = `${new Date(Date.now() + 300 * 86_400_000).toISOString().slice(0, 10)}T00:00:00.000Z`;
    const { status, stdout, stderr } = await keys(
      answers,
      ...['import', 'beta/brought', '--material', file, '--expires', `${expires.slice(0, 19)}Z`, '--json'],
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'Enabled', next: false, expires });
    expect(imported).toMatchObject([
      { KeyId, ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: Date.parse(expires) / 1000 },
    ]);
    const wrapped = Buffer.from(imported[0]?.EncryptedKeyMaterial ?? '', 'base64');
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    expect(privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, wrapped)).toEqual(material);
    for (const form of ['hex', 'base64', 'latin1'] as const)
      expect(stdout + stderr).not.toContain(material.toString(form));
  });

  test('again, for another expiry, and for the next rotation', async () => {
    const { answers, imported } = kms('SYMMETRIC_DEFAULT', 'EXTERNAL', 'Enabled');
    const args = ['import', 'beta/brought', '--material', fileOf(randomBytes(32)), '--expires', 'never'];
    expect((await keys(answers, ...args)).status).toBe(0);
    const { status, stdout } = await keys(answers, ...args, '--next');
    expect([status, stdout]).toEqual([0, expect.stringContaining('npx cipherline keys rotate beta/brought')]);
    expect(imported).toMatchObject([
      { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
      { ImportType: 'NEW_KEY_MATERIAL' },
    ]);
  });

  test('a replica takes the material of its primary, and is told that it is not new', async () => {
    const { answers, imported } = replica();
    await keys(answers, 'import', 'beta/brought', '--material', fileOf(randomBytes(32)), '--expires', 'never');
    expect(imported).toMatchObject([{ ImportType: 'EXISTING_KEY_MATERIAL' }]);
  });

  test('an RSA private key, longer than RSA-OAEP takes', async () => {
    const { answers, imported } = kms('RSA_3072');
    const { privateKey: own } = generateKeyPairSync('rsa', { modulusLength: 3072 });
    const material = own.export({ format: 'der', type: 'pkcs8' });
    const args = ['import', 'beta/brought', '--material', fileOf(material), '--expires', 'never'];
    expect((await keys(answers, ...args)).status).toBe(0);
    expect(Buffer.from(imported[0]?.EncryptedKeyMaterial ?? '', 'base64').length).toBeGreaterThan(
      512 + material.length,
    );
  });

  test.each<[ReturnType<typeof kms>, Buffer, string[], RegExp]>([
    [kms('SYMMETRIC_DEFAULT', 'AWS_KMS', 'Enabled'), randomBytes(32), [], /KMS made its material/],
    [kms('SYMMETRIC_DEFAULT', 'EXTERNAL', 'PendingDeletion'), randomBytes(32), [], /it is PendingDeletion/],
    [kms(), randomBytes(16), [], /takes 32 bytes, and it has 16/],
    [kms('HMAC_256'), randomBytes(32), ['--next'], /a key of HMAC_256 does not rotate/],
    [kms(), randomBytes(32), ['--expires', '2001-01-01'], /a time to come is wanted/],
    [kms(), randomBytes(32), ['--expires', '2999-01-01'], /KMS takes 365 days at most/],
    [replica(), randomBytes(32), ['--next'], /into the primary key only/],
  ])('%# is refused, and nothing imported', async ({ answers, imported }, material, more, message) => {
    const args = ['import', 'beta/brought', '--material', fileOf(material), '--expires', 'never', ...more];
    const { status, stderr } = await keys(answers, ...args);
    expect(stderr).toMatch(message);
    expect([status, imported]).toEqual([2, []]);
  });
});

const symmetric = { KeyMetadata: { KeyId, KeySpec: 'SYMMETRIC_DEFAULT', KeyState: 'Enabled', Origin: 'AWS_KMS' } };

test('a key is rotated now', async () => {
  const { status, stdout, asked } = await keys(
    {
      DescribeKey: symmetric,
      GetKeyRotationStatus: { KeyRotationEnabled: true },
      ListKeyRotations: { Rotations: [{ RotationType: 'AUTOMATIC', RotationDate: 1_780_000_000 }], Truncated: false },
      RotateKeyOnDemand: { KeyId },
    },
    'rotate',
    'beta/storage',
    '--yes',
  );
  expect([status, stdout]).toEqual([0, expect.stringContaining('alias/cipherline/beta/storage rotates')]);
  expect(asked).toEqual(['DescribeKey', 'GetKeyRotationStatus', 'ListKeyRotations', 'RotateKeyOnDemand']);
});

test('a rotation that runs is not begun again', async () => {
  const { status, asked } = await keys(
    { DescribeKey: symmetric, GetKeyRotationStatus: { OnDemandRotationStartDate: 1_780_000_000 } },
    'rotate',
    'beta/storage',
    '--yes',
  );
  expect([status, asked.at(-1)]).toEqual([0, 'GetKeyRotationStatus']);
});

test.each<[object, string[], RegExp]>([
  [{ KeySpec: 'ML_DSA_65' }, ['beta/releases', '--yes'], /KMS does not rotate it \(ML_DSA_65\)/],
  [{ CustomKeyStoreId: 'cks-1' }, ['prod/hardware', '--yes'], /custom key store/],
  [{ KeyState: 'Disabled' }, ['beta/storage', '--yes'], /it is Disabled/],
  [{}, ['beta/storage'], /nobody can be asked here/],
  [{}, ['beta/nothing', '--yes'], /there is no key 'nothing'\nThe keys are storage, /],
  [{}, ['beta/hardware', '--yes'], /beta has no key 'hardware'/],
  [{}, ['storage', '--yes'], /names no key\nName its environment and itself/],
  [{}, ['nowhere/storage', '--yes'], /there is no environment 'nowhere'/],
])('%j of %j is not rotated', async (other, args, message) => {
  const { status, stderr, asked } = await keys(
    {
      DescribeKey: { KeyMetadata: { ...symmetric.KeyMetadata, ...other } },
      GetKeyRotationStatus: {},
      ListKeyRotations: { Rotations: [] },
    },
    'rotate',
    ...args,
  );
  expect(stderr).toMatch(message);
  expect(status).toBe(2);
  expect(asked).not.toContain('RotateKeyOnDemand');
});

test('a key that is not there, and a call that is not allowed', async () => {
  const missing = await keys({ DescribeKey: refuse('NotFound', 'no') }, 'rotate', 'beta/storage', '--yes');
  expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('npx cipherline bootstrap')]);
  const refused = await keys(
    { DescribeKey: symmetric, GetKeyRotationStatus: refuse('AccessDenied', 'not authorized') },
    'rotate',
    'beta/storage',
    '--yes',
  );
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('kms:GetKeyRotationStatus')]);
});

describe('a custom key store', () => {
  const store = { CustomKeyStoreId: 'cks-1', CustomKeyStoreName: 'orders-hsm', CustomKeyStoreType: 'AWS_CLOUDHSM' };
  const password = join(temporary.folder(), 'password');
  const anchor = join(temporary.folder(), 'customerCA.crt');
  beforeAll(() => {
    writeFileSync(password, 'a-password-of-kmsuser\n', { mode: 0o600 });
    writeFileSync(anchor, '-----BEGIN CERTIFICATE-----\n');
  });
  const args = ['--cluster', 'cluster-1', '--trust-anchor', anchor, '--password-file', password];
  const notThere = refuse('CustomKeyStoreNotFound', 'no');

  /** KMS with a store that is made, connected, and gets a key. */
  function kms(from: { made?: boolean; state?: string; unnamed?: boolean; named?: boolean; other?: boolean } = {}) {
    const now = { made: false, state: 'DISCONNECTED', named: false, unnamed: false, other: false, ...from };
    const made = {
      KeyMetadata: {
        KeyId,
        KeyState: 'Enabled',
        CustomKeyStoreId: 'cks-1',
        Description: 'cipherline prod: in our HSM',
      },
    };
    return {
      DescribeCustomKeyStores: () =>
        now.made ? { CustomKeyStores: [{ ...store, ConnectionState: now.state }] } : notThere,
      CreateCustomKeyStore: () => {
        now.made = true;
        return { CustomKeyStoreId: 'cks-1' };
      },
      ConnectCustomKeyStore: () => {
        now.state = 'CONNECTED';
        return {};
      },
      DescribeKey: ({ params }: Asked) =>
        now.named || (now.unnamed && params.toString().includes(KeyId)) ? made : refuse('NotFound', 'no'),
      ListKeys: { Keys: now.unnamed ? [{ KeyId }] : [] },
      ListAliases: { Aliases: now.other ? [{ AliasName: 'alias/cipherline/prod/other' }] : [], Truncated: false },
      CreateKey: () => made,
      CreateAlias: () => {
        now.named = true;
        return {};
      },
    };
  }

  test('from nothing: the store, its connection, the key, its alias', async () => {
    const { status, stdout, stderr, asked } = await keys(kms(), 'store', 'prod/hardware', ...args);
    expect([status, stdout]).toEqual([0, expect.stringContaining('is made')]);
    expect(asked.filter((action) => /^(Create|Connect)/.test(action))).toEqual([
      'CreateCustomKeyStore',
      'ConnectCustomKeyStore',
      'CreateKey',
      'CreateAlias',
    ]);
    expect(stdout + stderr).not.toContain('a-password-of-kmsuser');
  });

  test.each([
    [{ made: true }, ['ConnectCustomKeyStore', 'CreateKey', 'CreateAlias']],
    [{ made: true, state: 'CONNECTED' }, ['CreateKey', 'CreateAlias']],
    [{ made: true, state: 'CONNECTED', unnamed: true }, ['CreateAlias']],
    // Another key that is declared in the same words.
    [{ made: true, state: 'CONNECTED', unnamed: true, other: true }, ['CreateKey', 'CreateAlias']],
    [{ made: true, state: 'CONNECTED', named: true }, []],
  ])('a run goes on from %j', async (from, rest) => {
    const { status, asked } = await keys(kms(from), 'store', 'prod/hardware');
    expect([status, asked.filter((action) => /^(Create|Connect)/.test(action))]).toEqual([0, rest]);
  });

  test('a failed connection is for a person to mend', async () => {
    const { status, stderr } = await keys(kms({ made: true, state: 'FAILED' }), 'store', 'prod/hardware');
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('disconnect-custom-key-store --custom-key-store-id cks-1'),
    ]);
  });

  test('what is needed to make the store is said', async () => {
    const { status, stderr, asked } = await keys(kms(), 'store', 'prod/hardware');
    expect([status, stderr]).toEqual([2, expect.stringContaining('--cluster ID --trust-anchor')]);
    expect(asked).toEqual(['DescribeCustomKeyStores']);
    expect(await keys(kms(), 'store', 'beta/tenants')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("origin: 'AWS_CLOUDHSM'"),
    });
  });
});

test('grants of services are nobody’s to take away, those by which EC2 reads its volumes among them', async () => {
  const grant = (GrantId: string, GranteePrincipal: string) => ({ GrantId, GranteePrincipal, Operations: ['Decrypt'] });
  const { status, stdout, asked } = await keys(
    {
      DescribeKey: symmetric,
      CreateGrant: {},
      RevokeGrant: {},
      ListGrants: {
        Truncated: false,
        Grants: [
          grant('service', 'rds.us-east-1.amazonaws.com'),
          grant('volume', 'arn:aws:sts::111122223333:assumed-role/aws:ec2-infrastructure/i-5d476fab'),
          grant('person', 'arn:aws:iam::111122223333:user/one'),
        ],
      },
    },
    ...['grants', 'beta/tenants', '--revoke'],
  );
  expect(status).toBe(0);
  expect(stdout).toContain('revoked  person');
  expect(asked.filter((action) => action === 'RevokeGrant')).toHaveLength(1);
  expect(stdout).toContain('1 not declared, 2 of services');
});

test('a pipe in the place of a file does not hang', async () => {
  const pipe = join(temporary.folder(), 'pipe');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  await expect(readSecretFile(pipe)).rejects.toThrow('it is no plain file');
});
