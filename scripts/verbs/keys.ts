import type { VerbModule } from '../main';

/** A subcommand's file is loaded with all it needs when one of them is called. */
const SUBCOMMANDS = [
  { name: 'list', summary: 'every key, with what the directives say of it', load: () => import('../keys/list') },
  { name: 'show', summary: 'one key: its policy in plain words, what is under it', load: () => import('../keys/show') },
  { name: 'usage', summary: 'who uses a key, for what, and when last', load: () => import('../keys/usage') },
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
