import { isDeepStrictEqual } from 'node:util';
import {
  CreateGrantCommand,
  type GrantListEntry,
  type GrantOperation,
  paginateListGrants,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { accessTo } from '../../bootstrap/declared-keys';
import type { Context, ExitCode, VerbModule } from '../main';
import { type AccountOptions, accountOptions } from '../place';
import { ask, declaredOf, existing, KEY_ARGUMENT, type NamedKey, withKey } from './key';

interface Options extends AccountOptions {
  readonly revoke?: true;
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  accountOptions(command)
    .argument(KEY_ARGUMENT, 'its environment and itself: beta/tenants')
    .option('--revoke', 'take away the grants of people and roles that nobody has declared')
    .action(async (key: string, options: Options) =>
      done(await withKey(key, options, context, (named) => grants(named, options, context))),
    );
};

interface Wanted {
  readonly name: string;
  readonly grantee: string;
  readonly operations: readonly string[];
  readonly context: Readonly<Record<string, string>> | undefined;
}

/**
 * Makes the grants that are declared, and tells of those that are not: a grant is a key policy beside the key policy, and
 * CloudFormation has no type for it. Those that services of AWS hold for their resources are counted and left.
 * https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
async function grants(key: NamedKey, { revoke }: Options, { host }: Context): Promise<ExitCode> {
  const declared = declaredOf(key);
  const { KeyId } = await existing(key);
  const { grants: access = [] } = accessTo(key.config, declared, key.environment.name, key.place);
  const wanted = Object.entries(declared.grants).map(
    ([name, { operations, encryptionContext }], index): Wanted => ({
      name,
      operations,
      grantee: access[index]?.grantee ?? '',
      context: encryptionContext,
    }),
  );
  const there = await list(key, KeyId);
  const ofServices = there.filter(isOfService);
  const own = there.filter((grant) => !isOfService(grant));
  const missing = wanted.filter((one) => !own.some((grant) => is(one, grant)));
  const extra = own.filter((grant) => !wanted.some((one) => is(one, grant)));
  for (const one of missing) {
    await ask(key, 'kms:CreateGrant', (options) =>
      key.kms().send(
        new CreateGrantCommand({
          KeyId,
          Name: one.name,
          GranteePrincipal: one.grantee,
          Operations: one.operations.filter(isOperation),
          ...(one.context ? { Constraints: { EncryptionContextEquals: { ...one.context } } } : {}),
        }),
        options,
      ),
    );
    host.print(`made     ${one.name}: ${one.grantee} may ${one.operations.join(', ')}`);
  }
  for (const { GrantId, Name, GranteePrincipal, Operations = [] } of extra) {
    if (revoke && GrantId)
      await ask(key, 'kms:RevokeGrant', (options) =>
        key.kms().send(new RevokeGrantCommand({ KeyId, GrantId }), options),
      );
    const what = `${Name || GrantId}: ${GranteePrincipal} may ${Operations.join(', ')}`;
    host.print(revoke ? `revoked  ${what}` : `unknown  ${what}; nobody has declared it: --revoke takes it away`);
  }
  host.print(
    `${key.alias}: ${wanted.length - missing.length} as declared, ${missing.length} made, ${extra.length} not declared, ${ofServices.length} of services`,
  );
  host.document({
    key: key.alias,
    keyId: KeyId,
    made: missing.map(({ name }) => name),
    notDeclared: extra.map(({ GrantId, Name, GranteePrincipal, Operations }) => ({
      GrantId,
      Name,
      GranteePrincipal,
      Operations,
    })),
    revoked: revoke === true,
    ofServices: ofServices.length,
  });
  return extra.length > 0 && !revoke ? 1 : 0;
}

const list = (key: NamedKey, KeyId: string): Promise<GrantListEntry[]> =>
  ask(key, 'kms:ListGrants', async (options) => {
    const found: GrantListEntry[] = [];
    for await (const { Grants = [] } of paginateListGrants({ client: key.kms() }, { KeyId }, options))
      found.push(...Grants);
    return found;
  });

/**
 * A service names itself, or a role that no account can have: EC2 reads the volumes of an instance as
 * `assumed-role/aws:ec2-infrastructure/i-…`, and without its grant the instance loses them.
 * https://docs.aws.amazon.com/kms/latest/developerguide/determining-access-grants.html
 */
const isOfService = ({ GranteePrincipal = '' }: GrantListEntry): boolean =>
  /\.amazonaws\.com(\.cn)?$|:(assumed-)?role\/aws:|^\d{12}:aws:/.test(GranteePrincipal);

/** Whether a grant is exactly the one that is declared: another is another, whatever it is called. */
const is = ({ name, grantee, operations, context }: Wanted, grant: GrantListEntry): boolean =>
  grant.Name === name &&
  grant.GranteePrincipal === grantee &&
  isDeepStrictEqual([...operations].sort(), [...(grant.Operations ?? [])].sort()) &&
  isDeepStrictEqual(context ?? {}, grant.Constraints?.EncryptionContextEquals ?? {}) &&
  grant.Constraints?.EncryptionContextSubset === undefined;

const OPERATIONS: ReadonlySet<string> = new Set([
  'Decrypt',
  'DeriveSharedSecret',
  'DescribeKey',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GetPublicKey',
  'ReEncryptFrom',
  'ReEncryptTo',
  'Sign',
  'Verify',
  'VerifyMac',
]);
const isOperation = (name: string): name is GrantOperation => OPERATIONS.has(name);
