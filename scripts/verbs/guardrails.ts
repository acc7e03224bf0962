import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Option } from 'commander';
import { attachScript, organizationPolicies, organizationSetup } from '../../bootstrap/organization-policies';
import { type Config, validateConfig } from '../../pipeline/config';
import { codeOf, UserError } from '../../pipeline/user-error';
import { type Profile, profiles } from '../../rules/profile';
import { count, paint } from '../host';
import type { VerbModule } from '../main';
import { loadConfig } from '../project';

interface Options {
  readonly out?: string;
  readonly profile?: Profile;
  readonly breakGlass?: readonly string[];
}

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  command
    .option('--out <folder>', 'write the policies, and the scripts that set up and attach, into this folder')
    .addOption(
      new Option('--profile <profile>', 'what is demanded; by default what the environments demand').choices([
        ...profiles,
      ]),
    )
    .option('--break-glass <role...>', 'names or ARN patterns of the roles that no service control policy binds')
    .action(async ({ out, profile, breakGlass }: Options) => {
      const config = await loadConfig();
      const { regions, roles, organization } = organizationOf(config, breakGlass);
      const policies = organizationPolicies(config, { regions, breakGlass: roles }, profile);
      const files = new Map([
        ...policies.map(({ name, text }): [string, string] => [`${name}.json`, text]),
        ...(organization
          ? ([
              ['organization-setup.sh', organizationSetup(config)],
              ['attach.sh', attachScript(config, policies)],
            ] satisfies [string, string][])
          : []),
      ]);
      const written = out === undefined ? undefined : writeAll(resolve(out), files);
      const { bold, dim } = paint(host.color);
      for (const { name, text, statements } of policies)
        host.print(
          [
            `${bold(name)}  ${count(text.length, 'character')}, ${count(statements.length, 'statement')}`,
            dim(`  ${statements.join(', ')}`),
          ].join('\n'),
        );
      host.print(
        written
          ? `\n${count(written.length, 'file')} in ${relative(process.cwd(), resolve(out ?? '')) || '.'}: ${written.join(', ')}`
          : '\nnothing was written: --out FOLDER writes them',
      );
      host.print('How to attach them, and what they do not stop: docs/guardrails.md');
      host.document({
        policies: policies.map(({ kind, name, text, statements }) => ({
          kind,
          name,
          characters: text.length,
          statements,
          content: JSON.parse(text),
        })),
        breakGlass: roles,
        files: written ?? [],
      });
      done(0);
    });
};

/** The organization of the configuration, or as much of one as policies need. */
function organizationOf(config: Config, breakGlass: readonly string[] | undefined) {
  const { organization, pipeline } = config;
  const regions = organization?.regions ?? [pipeline.region];
  if (breakGlass) return { regions, roles: asPatterns(config, breakGlass), organization };
  if (organization) return { regions, roles: organization.breakGlass, organization };
  throw new UserError(
    'it names no organization, so nobody knows which roles the policies must not bind',
    'cipherline.config.ts',
    'Name them: npx cipherline guardrails --break-glass NAME, or write organization: { …, breakGlass: [NAME] } there.',
  );
}

/** Roles of the command line are judged as those of the configuration are. */
function asPatterns(config: Config, breakGlass: readonly string[]): readonly string[] {
  const { source, pipeline, environments, organization } = config;
  const validated = validateConfig({
    source,
    pipeline,
    environments,
    organization: {
      ...(organization ?? {
        id: 'o-0000000000',
        managementAccount: '000000000000',
        delegatedAdministrator: '000000000001',
        rootOrOuIds: ['r-0000'],
        regions: [pipeline.region],
      }),
      breakGlass,
    },
  });
  return validated.organization?.breakGlass ?? [];
}

const OURS = /^(scp|rcp)-\d+\.json$/;

/** Writes the files, and takes away policies of a former run that are no longer among them. */
function writeAll(folder: string, files: ReadonlyMap<string, string>): readonly string[] {
  try {
    mkdirSync(folder, { recursive: true });
    if (!statSync(folder).isDirectory()) throw new UserError('is not a folder', folder);
    for (const name of readdirSync(folder)) if (OURS.test(name) && !files.has(name)) rmSync(join(folder, name));
    for (const [name, text] of files) {
      // A policy has no line after its last: Organizations counts every character.
      writeFileSync(join(folder, name), text);
      if (name.endsWith('.sh')) chmodSync(join(folder, name), 0o755);
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw new UserError(`the policies cannot be written (${code})`, folder, 'Name a folder that can be: --out FOLDER.');
  }
  return [...files.keys()];
}
