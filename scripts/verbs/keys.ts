import type { VerbModule } from '../main';

/** A subcommand's file, and all it needs, is loaded only when it is called. */
const SUBCOMMANDS = [
  { name: 'list', summary: 'every key, with what the directives say of it', load: () => import('../keys/list') },
  { name: 'show', summary: 'one key: its policy in plain words, what is under it', load: () => import('../keys/show') },
  { name: 'usage', summary: 'who uses a key, for what, and when last', load: () => import('../keys/usage') },
  {
    name: 'policy',
    summary: 'the IAM policies that list, show and usage need',
    load: () => import('../keys/policy'),
  },
  { name: 'retire', summary: 'the guarded way to the deletion of a key', load: () => import('../keys/retire') },
  { name: 'rotate-data', summary: 'move data from one key to another', load: () => import('../keys/rotate-data') },
  {
    name: 'import',
    summary: 'bring the material of a key whose origin is EXTERNAL',
    load: () => import('../keys/import'),
  },
  { name: 'rotate', summary: 'rotate a key now, not when its period ends', load: () => import('../keys/rotate') },
  {
    name: 'replicate',
    summary: 'make the declared replicas of a multi-region key',
    load: () => import('../keys/replicate'),
  },
  {
    name: 'grants',
    summary: 'make the declared grants of a key, and tell of others',
    load: () => import('../keys/grants'),
  },
  {
    name: 'store',
    summary: 'connect a CloudHSM cluster as a custom key store, and make the declared key in it',
    load: () => import('../keys/store'),
  },
] as const;

export const configure: VerbModule['configure'] = (command, context, done) => {
  for (const { name, summary } of SUBCOMMANDS)
    command
      .command(name)
      .description(summary)
      .option('--json', 'print one JSON document on standard output and nothing else')
      .option('--verbose', 'say more, and print the stack of an unexpected error');
  // Commander's own shows what is declared so far, which is nothing.
  command
    .command('help [command]')
    .description('display help for command')
    .action(async (name?: string) => {
      await command.parseAsync([...(name ? [name] : []), '--help'], { from: 'user' });
    });
  // Before commander parses what follows the name: the file declares what that may be.
  command.hook('preSubcommand', async (_, subcommand) => {
    const found = SUBCOMMANDS.find(({ name }) => name === subcommand.name());
    await (await found?.load())?.configure(subcommand, context, done);
  });
};
