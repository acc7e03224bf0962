import { buildApp } from '../../pipeline/app';
import { readAssembly } from '../../pipeline/cdk';
import { EncryptionDirectives } from '../../rules/plugin';
import { count } from '../host';
import type { VerbModule } from '../main';
import { loadConfig, paths } from '../project';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command
    .option('--bootstrap', 'the bootstrap stacks instead of the environments')
    .action(async ({ bootstrap }: { bootstrap?: boolean }) => {
      // Where the CDK command line called us (cdk.json), it says where it wants the assembly.
      const folder = process.env.CDK_OUTDIR ?? (bootstrap ? paths.bootstrapAssembly() : paths.assembly());
      // CDK's own validator costs two seconds and knows one rule on encryption; cfn-lint, from which it comes, runs in the lint stage.
      process.env.CDK_VALIDATION ??= 'false';
      const config = await loadConfig();
      const app = bootstrap
        ? await bootstrapApp(config, folder)
        : buildApp(config, { outdir: folder, plugins: [new EncryptionDirectives()] });
      // A violation makes the CDK set the exit code; the lint stage judges its report, and this verb only synthesizes.
      app.synth();
      process.exitCode = 0;
      const assembly = await readAssembly(folder);
      const stages = await Promise.all(Object.values(assembly.stages).map(readAssembly));
      const templates = [assembly, ...stages].reduce((sum, { stacks }) => sum + stacks.length, 0);
      host.print(`${count(stages.length, 'environment')}, ${count(templates, 'template')} in ${folder}`);
      host.document({ assembly: folder, environments: Object.keys(assembly.stages), templates });
      done(0);
    });
};

async function bootstrapApp(config: Awaited<ReturnType<typeof loadConfig>>, outdir: string) {
  const { buildBootstrapApp } = await import('../../bootstrap/app');
  return buildBootstrapApp(config, { outdir });
}
