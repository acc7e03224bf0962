import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readAssembly } from '../../pipeline/cdk';
import type { Config } from '../../pipeline/config';
import { keyExports } from '../../pipeline/names';
import { codeOf, messageOf, UserError } from '../../pipeline/user-error';
import { EncryptionDirectives } from '../../rules/plugin';
import { holding } from '../holding';
import { count } from '../host';
import type { VerbModule } from '../main';
import { loadConfig, paths } from '../project';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command
    .option('--bootstrap', 'the bootstrap stacks instead of the environments')
    .action(({ bootstrap }: { bootstrap?: boolean }) =>
      holding([bootstrap ? 'bootstrap' : 'environments'], 'npx cipherline synth', async () => {
        // Where the CDK command line called us (cdk.json), it says where it wants the assembly.
        const calledByCdk = process.env.CDK_OUTDIR !== undefined;
        const folder = process.env.CDK_OUTDIR ?? (bootstrap ? paths.bootstrapAssembly() : paths.assembly());
        // CDK's own validator costs two seconds and knows one rule on encryption; cfn-lint, from which it comes, runs in the lint stage.
        process.env.CDK_VALIDATION ??= 'false';
        const config = await loadConfig();
        // The CDK writes into what is there: a file that this synthesis no longer makes would be taken for one of its own.
        // A folder that the CDK command line names is its caller's, and nothing of ours to empty.
        if (!calledByCdk) await emptyFolder(folder);
        try {
          const app = bootstrap ? await bootstrapApp(config, folder) : await environmentsApp(config, folder);
          app.synth();
        } catch (error) {
          // Thrown once all is written: the lint stage reads the report and decides.
          const isVerdict = error instanceof Error && error.message.startsWith('Validation failed.');
          if (calledByCdk || !isVerdict)
            throw new UserError(
              `the stacks do not synthesize: ${messageOf(error)}`,
              placeIn(error),
              'Mend it and run again.',
            );
        }
        const assembly = await readAssembly(folder);
        const stages = await Promise.all(Object.values(assembly.stages).map(readAssembly));
        const templates = [assembly, ...stages].reduce((sum, { stacks }) => sum + stacks.length, 0);
        host.print(`${count(stages.length, 'environment')}, ${count(templates, 'template')} in ${folder}`);
        host.document({ assembly: folder, environments: Object.keys(assembly.stages), templates });
        // A violation makes the CDK set the exit code. The lint stage judges its report, and this verb only synthesizes;
        // but where the CDK command line called us it may go on to deploy, and must hear of it.
        done(calledByCdk && process.exitCode ? 1 : 0);
      }),
    );
};

/** Takes out what is in a folder, and leaves the folder itself, which a `lint --watch` may be watching. */
async function emptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** The first line of a stack trace that is the fork's own, as the source map tells it. */
function placeIn(error: unknown): string | undefined {
  const lines = error instanceof Error && error.stack ? error.stack.split('\n') : [];
  return lines.map((line) => /((?:stacks|pipeline|bootstrap)\/[^():]+:\d+)/.exec(line)?.[1]).find(Boolean);
}

/** Loaded here alone: an administrator who synthesizes the bootstrap runs no code of blocks. */
async function environmentsApp(config: Config, outdir: string) {
  const { buildApp } = await import('../../pipeline/app');
  return buildApp(config, { outdir, plugins: [new EncryptionDirectives({ exportedKeys: keysOf(config) })] });
}

async function bootstrapApp(config: Awaited<ReturnType<typeof loadConfig>>, outdir: string) {
  const [{ buildBootstrapApp }, { readWaivers }, { home }] = await Promise.all([
    import('../../bootstrap/app'),
    import('../../rules/waivers'),
    import('../../pipeline/home'),
  ]);
  return buildBootstrapApp(config, { outdir, waivers: await readWaivers(home(config.waiverFile)) });
}

const keysOf = (config: Config): string[] => config.environments.flatMap(({ name }) => keyExports(config, name));
