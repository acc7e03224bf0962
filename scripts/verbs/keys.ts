import { Command } from 'commander';
import type { VerbModule } from '../main';

interface Subcommand {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<VerbModule>;
}

/** A subcommand's file, and all it needs, is loaded only when the subcommand is called. */
const SUBCOMMANDS: readonly Subcommand[] = [
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
];

export const configure: VerbModule['configure'] = (command, context, done) => {
  for (const { name, summary, load } of SUBCOMMANDS) {
    const outer = command
      .command(name)
      .description(summary)
      // What follows is for the subcommand's own file to parse.
      .allowUnknownOption()
      .allowExcessArguments()
      .helpOption(false);
    outer.action(async (_options: unknown, { args }: Command) => {
      const own = new Command(`cipherline keys ${name}`)
        .copyInheritedSettings(outer)
        .helpOption('-h, --help')
        .description(summary)
        .option('--json', 'print one JSON document on standard output and nothing else')
        .option('--verbose', 'say more, and print the stack of an unexpected error');
      (await load()).configure(own, context, done);
      await own.parseAsync(args, { from: 'user' });
    });
  }
};
