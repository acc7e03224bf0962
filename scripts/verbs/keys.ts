import type { VerbModule } from '../main';

/** A subcommand's file is loaded with all it needs when one of them is called. */
const SUBCOMMANDS = [
  { name: 'rotate-data', summary: 'move data from one key to another', load: () => import('../keys/rotate-data') },
] as const;

export const configure: VerbModule['configure'] = async (command, context, done) => {
  for (const { name, summary, load } of SUBCOMMANDS) {
    const subcommand = command
      .command(name)
      .description(summary)
      .option('--json', 'print one JSON document on standard output and nothing else')
      .option('--verbose', 'say more, and print the stack of an unexpected error');
    (await load()).configure(subcommand, context, done);
  }
};
