import { GetKeyRotationStatusCommand, paginateListKeyRotations, RotateKeyOnDemandCommand } from '@aws-sdk/client-kms';
import { UserError } from '../../pipeline/user-error';
import { confirm } from '../confirm';
import { count } from '../host';
import type { Context, ExitCode, VerbModule } from '../main';
import { type AccountOptions, accountOptions } from '../place';
import { ask, existing, KEY_ARGUMENT, type NamedKey, withKey } from './key';

interface Options extends AccountOptions {
  readonly yes?: true;
}

export const configure: VerbModule['configure'] = (command, context, done) => {
  accountOptions(command)
    .argument(KEY_ARGUMENT, 'its environment and itself: beta/storage')
    .option('--yes', 'do not ask')
    .action(async (key: string, options: Options) =>
      done(await withKey(key, options, context, (named) => rotate(named, options, context))),
    );
};

/** KMS takes this many on-demand rotations of a key: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html */
const MOST = 25;

/**
 * Rotates a key now. Its id and alias stay, and KMS keeps the old material for what it has encrypted, so nothing has to be
 * encrypted anew; the period of the automatic rotation goes on as it was.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
async function rotate(key: NamedKey, { yes }: Options, { host, signal }: Context): Promise<ExitCode> {
  const found = await existing(key);
  const kms = key.kms();
  const no = (what: string, next: string) => new UserError(what, key.alias, next);
  if (found.KeySpec !== 'SYMMETRIC_DEFAULT' || found.CustomKeyStoreId !== undefined)
    throw no(
      `KMS does not rotate it (${found.KeySpec}${found.CustomKeyStoreId === undefined ? '' : ', custom key store'})`,
      'Declare a new key, let what uses it change over, and retire this one.',
    );
  if (found.KeyState !== 'Enabled') throw no(`it is ${found.KeyState}`, 'Only a key that is enabled rotates.');
  const { OnDemandRotationStartDate: running } = await ask(key, 'kms:GetKeyRotationStatus', (options) =>
    kms.send(new GetKeyRotationStatusCommand({ KeyId: found.KeyId }), options),
  );
  if (running !== undefined) {
    host.print(`${key.alias} rotates already, since ${running.toISOString()}`);
    host.document({ key: key.alias, keyId: found.KeyId, rotating: true, since: running.toISOString() });
    return 0;
  }
  const before = await rotations(key, found.KeyId);
  const onDemand = before.filter(({ type }) => type === 'ON_DEMAND').length;
  if (onDemand >= MOST)
    throw no(`it was rotated on demand ${onDemand} times, and KMS takes ${MOST}`, 'Retire it for a new one.');
  host.progress(`${key.alias}: ${count(before.length, 'rotation')} so far, ${onDemand} of them on demand`);
  // The first two rotations of a key cost a key more each: https://aws.amazon.com/kms/pricing/
  if (!yes && !(await confirm(host, `Rotate ${key.alias} now?`, 'Run it again with --yes.', signal))) {
    host.print('nothing was rotated');
    host.document({ key: key.alias, keyId: found.KeyId, rotating: false });
    return 1;
  }
  await ask(key, 'kms:RotateKeyOnDemand', (options) =>
    kms.send(new RotateKeyOnDemandCommand({ KeyId: found.KeyId }), options),
  );
  host.print(`${key.alias} rotates; what is encrypted from now on is under new material, the rest stays readable`);
  host.document({ key: key.alias, keyId: found.KeyId, rotating: true, rotations: before });
  return 0;
}

async function rotations(key: NamedKey, KeyId: string) {
  return ask(key, 'kms:ListKeyRotations', async (options) => {
    const found: { readonly type?: string; readonly at?: string }[] = [];
    for await (const { Rotations = [] } of paginateListKeyRotations({ client: key.kms() }, { KeyId }, options))
      for (const { RotationType, RotationDate } of Rotations)
        found.push({
          ...(RotationType ? { type: RotationType } : {}),
          ...(RotationDate ? { at: RotationDate.toISOString() } : {}),
        });
    return found;
  });
}
