import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { home } from '../../pipeline/home';
import { codeOf, UserError } from '../../pipeline/user-error';
import { catalogue, exemptions } from '../../rules/services';
import { loadSpec } from '../../rules/spec';
import type { VerbModule } from '../main';
import { draft, withDraft } from '../new-directive';

/** `npm run directive:new -- efs AWS::EFS::FileSystem Encrypted` */
export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command
    .argument('<service>', 'the file in rules/services, without .ts')
    .argument('<type>', 'the CloudFormation type, such as AWS::EFS::FileSystem')
    .argument('<property>', 'the property, such as Encrypted or Users[].Password')
    .action(async (service: string, type: string, property: string) => {
      const made = draft({ service, type, property }, await loadSpec(), catalogue, exemptions);
      const file = home('rules', 'services', `${service}.ts`);
      writeFileSync(file, withDraft(readIfThere(file), service, made));
      if (!succeeds('scripts/services-index.mjs')) throw new UserError('the index of rules/services cannot be written');
      if (!succeeds('node_modules/@biomejs/biome/bin/biome', 'check', '--write', file))
        host.progress(`${file} is not formatted: npx biome check --write ${file}`);
      host.document({ id: made.id, file });
      host.print(
        [
          `${made.id} is in rules/services/${service}.ts.`,
          "Fill in what is '', then its aliases, config and controls where other tools and AWS know the same demand.",
          'What is missing:  npx jest test/rules/services test/rules/examples test/rules/coverage',
          'Its page:         npx cipherline rules docs',
        ].join('\n'),
      );
      done(0);
    });
};

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function succeeds(script: string, ...args: readonly string[]): boolean {
  return spawnSync(process.execPath, [home(script), ...args], { cwd: home() }).status === 0;
}
