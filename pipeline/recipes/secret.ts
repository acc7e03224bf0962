import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  type SecretsManagerClient,
  type SecretVersionsListEntry,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { callAws, unlessMissing } from '../aws-call';
import type { Outcome } from '../journal/carry-out';
import type { Measure } from '../journal/journal';
import { UserError } from '../user-error';
import type { Recipe, RecipeWork } from './recipe';

export const secret: Recipe = {
  id: 'secret',
  title: 'a secret of Secrets Manager: its labelled versions under the key',
  verbs: ['migrate', 'rotate-data'],
  resource: "a secret's name or ARN",
  options: [],
  know: [
    'Secrets Manager encrypts the versions labelled AWSCURRENT, AWSPENDING and AWSPREVIOUS anew, where the caller may decrypt with the old key and encrypt with the new one; without that permission it changes the key for new versions alone, and says nothing.',
    'Versions without a label stay under the old key, and so does a version under a label of your own; Secrets Manager deletes those without any label by itself in time.',
    'Each replica has a key of its own in its Region: change those there.',
    'The value is not changed, and is not shown or written down anywhere here.',
  ],
  sources: ['https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html'],
  permissions: [
    {
      on: ['arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-*'],
      actions: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:ListSecretVersionIds',
        'secretsmanager:UpdateSecret',
      ],
    },
    { on: ['*'], actions: ['secretsmanager:ListSecrets'] },
  ],
  proven:
    'In the emulator: the change, that no version or label is lost, and that every labelled version is still read. Not: under which key a version is, which the emulator does not tell.',
  afterwards: ({ resource }) => [
    `Versions of ${resource} without a label stay under the old key until Secrets Manager deletes them.`,
    'Write the key into the template of the secret, or the next deployment takes it back.',
  ],
  find: async (clients, keyNames) => {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await callAws('secretsmanager:ListSecrets', undefined, () =>
        clients.secrets().send(new ListSecretsCommand({ NextToken: token })),
      );
      for (const { ARN, KmsKeyId } of page.SecretList ?? [])
        if (ARN !== undefined && KmsKeyId !== undefined && keyNames.has(KmsKeyId)) found.push(ARN);
      token = page.NextToken;
    } while (token !== undefined);
    return found;
  },
  steps: (work) => [
    {
      id: 'key',
      title: `put the secret ${work.resource} under the key`,
      before: async () => measure(work),
      run: async (): Promise<Outcome> => changeKey(work),
    },
  ],
};

/** The labels whose versions move. */
const LABELS = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'];

async function describe(secrets: SecretsManagerClient, name: string): Promise<DescribeSecretCommandOutput> {
  return callAws('secretsmanager:DescribeSecret', name, () =>
    secrets.send(new DescribeSecretCommand({ SecretId: name })),
  );
}

async function measure({ clients, resource: name }: RecipeWork): Promise<Measure> {
  const secrets = clients.secrets();
  const { KmsKeyId, VersionIdsToStages = {}, ReplicationStatus = [] } = await describe(secrets, name);
  return {
    key: KmsKeyId ?? 'alias/aws/secretsmanager',
    versions: (await versionsOf(secrets, name)).length,
    labels: labelled(VersionIdsToStages).join(', '),
    replicas: ReplicationStatus.length,
  };
}

/** All versions, those without a label too. */
async function versionsOf(secrets: SecretsManagerClient, name: string): Promise<readonly SecretVersionsListEntry[]> {
  const found: SecretVersionsListEntry[] = [];
  let token: string | undefined;
  do {
    const page = await callAws('secretsmanager:ListSecretVersionIds', name, () =>
      secrets.send(new ListSecretVersionIdsCommand({ SecretId: name, IncludeDeprecated: true, NextToken: token })),
    );
    found.push(...(page.Versions ?? []));
    token = page.NextToken;
  } while (token !== undefined);
  return found;
}

/** `AWSCURRENT=…id`, sorted. */
const labelled = (stages: Readonly<Record<string, readonly string[]>>): readonly string[] =>
  Object.entries(stages)
    .flatMap(([version, labels]) => labels.map((label) => `${label}=${version}`))
    .sort();

async function changeKey(work: RecipeWork): Promise<Outcome> {
  const { clients, resource: name, key } = work;
  const secrets = clients.secrets();
  const before = await describe(secrets, name);
  const held = await valuesOf(secrets, name, before);
  await callAws('secretsmanager:UpdateSecret', name, () =>
    secrets.send(new UpdateSecretCommand({ SecretId: name, KmsKeyId: key })),
  );
  const after = await describe(secrets, name);
  if (after.KmsKeyId !== key) throw new UserError(`its key is ${after.KmsKeyId} after it was set to ${key}`, name);
  const [was, is] = [before, after].map(({ VersionIdsToStages = {} }) => labelled(VersionIdsToStages).join(', '));
  if (was !== is)
    return {
      state: 'refused',
      verdict: 'unknown',
      why: `its labels were ${was} and are ${is}: it is being rotated. Plan again when that is over`,
    };
  for (const [version, value] of await valuesOf(secrets, name, after))
    if (held.get(version) !== value) throw new UserError(`the version ${version} is not read as before`, name);
  return { state: 'done', after: { ...(await measure(work)), ...(await keysOf(secrets, name, after, key)) } };
}

/** The values of the labelled versions, for comparison; they stay in memory. A version that is not written yet has none. */
async function valuesOf(
  secrets: SecretsManagerClient,
  name: string,
  { VersionIdsToStages = {} }: DescribeSecretCommandOutput,
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  for (const [version, labels] of Object.entries(VersionIdsToStages)) {
    if (!labels.some((label) => LABELS.includes(label))) continue;
    const found = await unlessMissing(
      callAws('secretsmanager:GetSecretValue', name, () =>
        secrets.send(new GetSecretValueCommand({ SecretId: name, VersionId: version })),
      ),
    );
    if (found) values.set(version, found.SecretString ?? Buffer.from(found.SecretBinary ?? []).toString('base64'));
  }
  return values;
}

/** How many of the labelled versions are under the key, where Secrets Manager tells that of each. */
async function keysOf(
  secrets: SecretsManagerClient,
  name: string,
  { VersionIdsToStages = {} }: DescribeSecretCommandOutput,
  key: string,
): Promise<Measure> {
  const moved = (await versionsOf(secrets, name)).filter(({ VersionId = '' }) =>
    (VersionIdsToStages[VersionId] ?? []).some((label) => LABELS.includes(label)),
  );
  const told = moved.filter(({ KmsKeyIds }) => KmsKeyIds !== undefined);
  if (told.length === 0) return { underTheKey: 'not told' };
  const others = told.filter(({ KmsKeyIds = [] }) => KmsKeyIds.some((one) => one !== key && !key.endsWith(`/${one}`)));
  if (others.length > 0)
    throw new UserError(
      `${others.length} of its labelled versions are not under the key`,
      name,
      'Secrets Manager encrypts them anew only for a caller with kms:Encrypt on the new key and kms:Decrypt on the old one.',
    );
  return { underTheKey: told.length };
}
