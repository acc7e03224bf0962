import { readAssembly } from '../../pipeline/cdk';
import type { Config } from '../../pipeline/config';
import { messageOf } from '../../pipeline/user-error';
import { blocked, type Check, check, exitCodeOf } from '../doctor/check';
import { checkCheckout } from '../doctor/checkout';
import { holding } from '../holding';
import { count, type Host, paint } from '../host';
import type { VerbModule } from '../main';
import { type AccountOptions, accountOptions } from '../place';
import { paths } from '../project';
import { localState, openTarget, targetKind } from '../target';
import { synthBootstrap } from './bootstrap';

export const configure: VerbModule['configure'] = (command, { host, signal }, done) => {
  accountOptions(command).action(async (options: AccountOptions) => {
    const { checks: local, config } = await checkCheckout();
    const checks = [...local, ...(await accounts(config, options, host, signal))];
    const { green, yellow, red, dim } = paint(host.color);
    const mark = { ok: green('✔'), warn: yellow('!'), fail: red('✖'), 'not checked': dim('?') };
    const width = Math.max(...checks.map(({ name }) => name.length));
    for (const { name, state, says, next } of checks) {
      host.print(`${mark[state]} ${name.padEnd(width)}  ${state === 'not checked' ? `not checked: ${says}` : says}`);
      if (next !== undefined) host.print(`  ${' '.repeat(width)}  ${dim(next)}`);
    }
    const of = (state: Check['state']) => checks.filter((one) => one.state === state).length;
    host.print(
      `${count(checks.length, 'check')}: ${of('ok')} ok, ${of('warn')} to look at, ${of('fail')} wrong, ${of('not checked')} not checked`,
    );
    host.document({ checks });
    done(exitCodeOf(checks));
  });
};

/** What the accounts say, where there is a way into them; it never starts a local account. */
async function accounts(
  config: Config | undefined,
  options: AccountOptions,
  host: Host,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const name = 'accounts';
  const kind = targetKind(options);
  if (kind === 'aws' && options.profile === undefined) return [check(name, 'not checked', 'without --profile NAME')];
  if (kind === 'local' && !(await localState())) {
    if (options.profileFor !== undefined || options.roleName !== undefined) {
      return [blocked(name, '--profile-for and --role-name need --profile NAME as well')];
    }
    return [
      check(
        name,
        'not checked',
        'connection, bootstrap, quotas and permissions: nothing is asked of AWS without --profile NAME',
        'npx cipherline doctor --profile NAME',
      ),
    ];
  }
  if (!config) return [blocked(name, 'the configuration cannot be read')];
  try {
    const target = await openTarget(options, config, host);
    try {
      return await holding(['bootstrap'], 'npx cipherline doctor', async () => {
        await synthBootstrap(signal);
        const [{ accessTo }, { checkAccountsOf }, assembly] = await Promise.all([
          import('../bootstrap'),
          import('../doctor/accounts'),
          readAssembly(paths.bootstrapAssembly()),
        ]);
        const access = accessTo(target, config, options);
        return checkAccountsOf({ config, assembly, access, emulator: target.record.kind !== 'aws' });
      });
    } finally {
      await target.stop();
    }
  } catch (error) {
    signal.throwIfAborted();
    return [blocked(name, messageOf(error))];
  }
}
