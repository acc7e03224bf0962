import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renderWorkflow, WORKFLOW } from '../../pipeline/engines/github';
import { home } from '../../pipeline/home';
import { diskWriter } from '../../pipeline/run-record';
import { codeOf, messageOf, UserError } from '../../pipeline/user-error';
import type { VerbModule } from '../main';
import { loadConfig } from '../project';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command
    .option('--check', 'only compare: exit code 1 where the committed file is stale')
    .action(async ({ check }: { readonly check?: true }) => {
      const text = renderWorkflow(await loadConfig());
      const file = home(WORKFLOW);
      const current = (await read(file)) === text;
      if (!check && !current) await write(file, text);
      const says = current ? 'is current' : check ? 'is stale: run npm run workflow, and commit it' : 'written';
      host.print(`${WORKFLOW} ${says}`);
      host.document({ file: WORKFLOW, current, written: !check && !current });
      done(check && !current ? 1 : 0);
    });
};

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new UserError(`it cannot be read: ${messageOf(error)}`, WORKFLOW, undefined, { cause: error });
  }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await diskWriter.write(file, text);
  } catch (error) {
    throw new UserError(`it cannot be written: ${messageOf(error)}`, WORKFLOW, undefined, { cause: error });
  }
}
