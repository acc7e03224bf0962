import type { VerbModule } from '../main';

/** A subcommand's file is loaded with all it needs when one of them is called. */
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

export const configure: VerbModule['configure'] = async (command, context, done) => {
  for (const { name, summary, load } of SUBCOMMANDS) {
    const subcommand = command
      .command(name)
      .description(summary)
      .option('--json', 'print one JSON document on standard output and nothing else')
      .option('--verbose', 'say more, and print the stack of an unexpected error');
    await (await load()).configure(subcommand, context, done);
  }
};
