import { Stack } from 'aws-cdk-lib';
import type { Config, Environment } from '../pipeline/config';
import type { DeclaredKey } from '../pipeline/declared-keys';
import { names } from '../pipeline/names';
import { CustomerKey, type KeyAccess, type KeyPlace, keyPolicy, UnexpectedUseAlarm } from '../stacks/keys';
import { roleArns } from './keys';

/** The declared keys of an environment, by name. */
export const declaredKeysOf = (
  { keys }: Pick<Config, 'keys'>,
  { name }: Pick<Environment, 'name'>,
): readonly (readonly [name: string, key: DeclaredKey])[] =>
  Object.entries(keys.declared).filter(([, { environments }]) => environments?.includes(name) ?? true);

/** Who may do what with a declared key, in a place. */
export function accessTo(
  { keys }: Pick<Config, 'keys'>,
  { users, administrators, services, actingServices, encryptionContext, grants }: DeclaredKey,
  environment: string,
  place: KeyPlace,
): KeyAccess {
  const roles = (named: readonly string[]): string[] =>
    roleArns(
      place,
      named.map((role) => role.replaceAll('{environment}', environment)),
    );
  return {
    administrators: roles(administrators ?? keys.administrators),
    services,
    actingServices,
    encryptionContext,
    grants: Object.values(grants).flatMap(({ to, operations }) =>
      roles([to]).map((grantee) => ({ grantee, operations })),
    ),
    ...(users ? { users: roles(users) } : {}),
  };
}

/** The policy of a declared key in a place, as KMS takes it: for the keys that CloudFormation cannot make. */
export function declaredPolicy(
  config: Pick<Config, 'keys'>,
  key: DeclaredKey,
  environment: string,
  place: KeyPlace,
): string {
  const { spec, usage, origin, multiRegion } = key;
  const access = accessTo(config, key, environment, place);
  return JSON.stringify(keyPolicy({ ...access, spec, usage, origin, multiRegion: multiRegion !== undefined, place }));
}

/**
 * The keys that the configuration declares for an environment, each with an alarm where it says who its users are. Those
 * of a custom key store are not among them: CloudFormation cannot make them, `cipherline keys store` does.
 */
export function declaredKeys(stack: Stack, config: Config, environment: Environment, topicArn: string): void {
  const named = names(config.name);
  for (const [name, key] of declaredKeysOf(config, environment)) {
    const { spec, usage, origin, multiRegion, purpose, rotationDays = config.keys.rotationDays } = key;
    if (origin === 'AWS_CLOUDHSM') continue;
    const access = accessTo(config, key, environment.name, Stack.of(stack));
    const { arn } = new CustomerKey(stack, `Key-${name}`, {
      ...access,
      spec,
      usage,
      origin,
      rotationDays,
      multiRegion: multiRegion !== undefined,
      alias: named.alias(environment.name, name),
      description: `${config.name} ${environment.name}: ${purpose}`,
      exportName: named.keyExport(environment.name, name),
    });
    const { users } = access;
    if (users) new UnexpectedUseAlarm(stack, `Use-${name}`, { topicArn, keyArn: arn, users, spec, usage });
  }
}
