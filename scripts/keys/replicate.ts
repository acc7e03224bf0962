import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  CreateAliasCommand,
  GetKeyPolicyCommand,
  type KeyMetadata,
  PutKeyPolicyCommand,
  ReplicateKeyCommand,
} from '@aws-sdk/client-kms';
import { declaredPolicy } from '../../bootstrap/declared-keys';
import { UserError } from '../../pipeline/user-error';
import type { Context, ExitCode, VerbModule } from '../main';
import { type AccountOptions, accountOptions } from '../place';
import { ask, declaredOf, describe, existing, KEY_ARGUMENT, type NamedKey, withKey } from './key';

export const configure: VerbModule['configure'] = (command, context, done) => {
  accountOptions(command)
    .argument(KEY_ARGUMENT, 'its environment and itself: beta/global')
    .action(async (key: string, options: AccountOptions) =>
      done(await withKey(key, options, context, (named) => replicate(named, context))),
    );
};

/**
 * Makes the declared replicas of a multi-region key, each with the policy of the declaration for its region and with the
 * alias. CloudFormation could make one, but needs the id that the primary has only once it is made, in a stack of another
 * region. What is there already is left, but for a policy that is another: it is put right.
 * https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-replicate.html
 */
async function replicate(key: NamedKey, { host }: Context): Promise<ExitCode> {
  const regions = declaredOf(key).multiRegion;
  if (regions === undefined || regions.length === 0)
    throw new UserError(
      'no replica is declared',
      `keys.declared.${key.name}.multiRegion`,
      "For example ['eu-central-1']",
    );
  const primary = await existing(key);
  if (primary.MultiRegionConfiguration?.MultiRegionKeyType !== 'PRIMARY')
    throw new UserError(
      'it is no multi-region primary',
      key.alias,
      'MultiRegion cannot be changed later: declare a new key.',
    );
  const done: { readonly region: string; readonly did: readonly string[] }[] = [];
  for (const region of regions) {
    const did = await inRegion(key, primary, region, host);
    done.push({ region, did });
    host.print(`${region}: ${did.length > 0 ? did.join(', ') : 'as declared'}`);
  }
  host.document({ key: key.alias, keyId: primary.KeyId, replicas: done });
  return 0;
}

async function inRegion(
  key: NamedKey,
  { KeyId, Description }: KeyMetadata & { readonly KeyId: string },
  region: string,
  host: Context['host'],
): Promise<readonly string[]> {
  const kms = key.kms(region);
  const policy = declaredPolicy(key.config, declaredOf(key), key.environment.name, { ...key.place, region });
  const did: string[] = [];
  if ((await describe(key, region, KeyId)) === undefined) {
    host.progress(`replicating ${key.alias} into ${region}`);
    await ask(key, 'kms:ReplicateKey', (options) =>
      key.kms().send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: region, Policy: policy, Description }), options),
    );
    did.push('replica made');
  }
  await created(key, region, KeyId);
  if (!did.length) {
    const { Policy = '{}' } = await ask(key, 'kms:GetKeyPolicy', (options) =>
      kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }), options),
    );
    if (!isDeepStrictEqual(JSON.parse(Policy), JSON.parse(policy))) {
      await ask(key, 'kms:PutKeyPolicy', (options) =>
        kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: policy }), options),
      );
      did.push('policy put right');
    }
  }
  const aliased = await describe(key, region);
  if (aliased === undefined) {
    await ask(key, 'kms:CreateAlias', (options) =>
      kms.send(new CreateAliasCommand({ AliasName: key.alias, TargetKeyId: KeyId }), options),
    );
    did.push('alias made');
  } else if (aliased.KeyId !== KeyId)
    throw new UserError(
      `in ${region} it is the alias of another key, ${aliased.KeyId}`,
      key.alias,
      'Nothing was changed there.',
    );
  return did;
}

/** A replica is `Creating` for some seconds. */
async function created(key: NamedKey, region: string, id: string): Promise<void> {
  for (let left = 60; ; left -= 1) {
    const state = (await describe(key, region, id))?.KeyState;
    if (state === 'Enabled' || state === 'PendingImport' || state === 'Disabled') return;
    if (left === 0 || (state !== undefined && state !== 'Creating'))
      throw new UserError(`the replica in ${region} is ${state ?? 'not there'}`, key.alias, 'Run it again.');
    await sleep(2_000, undefined, { signal: key.signal });
  }
}
