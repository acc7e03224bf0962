import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { home } from '../../pipeline/home';
import { UserError } from '../../pipeline/user-error';
import { accountDirectives } from '../../rules/account';
import { lintPaths } from '../../rules/lint-paths';
import { repositoryDirectives } from '../../rules/repository';
import { catalogue } from '../../rules/services';
import { findTemplates, looksLikeTemplate } from '../../rules/sources';
import { type Suppression, suppressionsIn, toWaivers } from '../../rules/suppressions';
import { checkWaiver, readWaivers, type Waiver, type WaiverProblem } from '../../rules/waivers';
import { count } from '../host';
import type { VerbModule } from '../main';
import { loadConfig } from '../project';
import { writeWhole } from '../replace-file';

const dayMs = 86_400_000;
/** What a waiver may name: accounts have settings too. */
const known = [...catalogue, ...accountDirectives, ...repositoryDirectives];
const isProblem = (one: Waiver | WaiverProblem): one is WaiverProblem => 'kind' in one;

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  const json = ['--json', 'print one JSON document on standard output and nothing else'] as const;

  const checked = async (file: string | undefined) => {
    const path = file ?? home((await loadConfig()).waiverFile);
    const written = await readWaivers(path, { mustExist: file !== undefined });
    return written.map((one) => ({ where: one.where, outcome: checkWaiver(one, known, new Date()) }));
  };

  command
    .command('list', { isDefault: true })
    .description('what is waived, by whom, until when')
    .option(...json)
    .option('--waivers <file>', 'another waiver file than the one of the configuration')
    .action(async ({ waivers: file }: { waivers?: string }) => {
      const all = await checked(file);
      for (const { outcome } of all) {
        if (isProblem(outcome)) host.print(`${outcome.kind}: ${outcome.where}: ${outcome.message}`);
        else {
          const { directive, resource, owner, ticket, expires, reason } = outcome;
          host.print(`${expires}  ${directive} on ${resource}  ${owner}  ${ticket}  ${reason}`);
        }
      }
      host.print(all.length === 0 ? 'nothing is waived' : count(all.length, 'waiver'));
      host.document(all.map(({ where, outcome }) => ({ where, ...outcome })));
      done(0);
    });

  command
    .command('check')
    .description('whether every waiver is well-formed and not expired; 1 where one is not, or will not be for long')
    .option(...json)
    .option('--waivers <file>', 'another waiver file than the one of the configuration')
    .option('--within <days>', 'how many days ahead to look', wholeNumber, 14)
    .action(async ({ waivers: file, within }: { waivers?: string; within: number }) => {
      const horizon = Date.now() + within * dayMs;
      const findings = (await checked(file)).flatMap(({ where, outcome }) => {
        if (isProblem(outcome)) return [{ where, kind: outcome.kind, message: outcome.message }];
        const soon = Date.parse(`${outcome.expires}T00:00:00Z`) + dayMs <= horizon;
        const message = `${outcome.directive} on ${outcome.resource} is waived until ${outcome.expires} only (${outcome.owner})`;
        return soon ? [{ where, kind: 'expiring', message }] : [];
      });
      for (const { where, kind, message } of findings) host.print(`${kind}: ${where}: ${message}`);
      host.print(findings.length === 0 ? `every waiver holds for ${within} days` : count(findings.length, 'finding'));
      host.document(findings);
      done(findings.length === 0 ? 0 : 1);
    });

  command
    .command('convert <path...>')
    .description('waivers for what templates silence for cfn_nag, checkov, cdk-nag and CloudFormation Guard')
    .option(...json)
    .requiredOption('--owner <who>', 'who answers for them')
    .requiredOption('--ticket <id>', 'where it is written down')
    .option('--expires <date>', 'the last day, YYYY-MM-DD; in 90 days unless told')
    .option('--output <file>', 'add them to this waiver file instead of printing them')
    .action(async (files: string[], options: ConvertOptions) => {
      const { waivers, left, suppressions } = await convert(files, options);
      for (const { suppression, why } of left) {
        const { tool, id, logicalId } = suppression;
        host.progress(`${tool} ${id} on ${logicalId}: ${why}`);
      }
      const added = options.output === undefined ? waivers : await addTo(options.output, waivers);
      if (options.output === undefined) host.print(JSON.stringify(waivers, null, 2));
      host.progress(`${count(suppressions, 'suppression')}: ${count(added.length, 'waiver')}, ${left.length} left`);
      host.document({ waivers, left });
      done(0);
    });
};

interface ConvertOptions {
  readonly owner: string;
  readonly ticket: string;
  readonly expires?: string;
  readonly output?: string;
}

async function convert(files: readonly string[], { owner, ticket, expires }: ConvertOptions) {
  const answers = { owner, ticket, expires: expires ?? new Date(Date.now() + 90 * dayMs).toISOString().slice(0, 10) };
  const waivers: Waiver[] = [];
  const left: { suppression: Suppression; why: string }[] = [];
  let suppressions = 0;
  const linted = await lintPaths(files, { profile: 'customer-key', keep: 'findings' });
  const wrong = (file: string, message: string) => new UserError(`cannot be judged: ${message}`, file);
  for (const { file, message } of linted.errors) throw wrong(file, message);
  const found = findTemplates(files, ({ file, message }) => {
    throw wrong(file, message);
  });
  for await (const { file } of found) {
    const text = await readFile(file, 'utf8');
    if (!looksLikeTemplate(text)) continue;
    const own = suppressionsIn(text, file);
    suppressions += own.length;
    const findings = linted.verdicts.filter(({ source }) => source?.file === file);
    const converted = toWaivers(own, findings, catalogue, answers);
    waivers.push(...converted.waivers);
    left.push(...converted.left);
  }
  for (const one of waivers) {
    const outcome = checkWaiver({ value: one, where: '--expires' }, known, new Date());
    if (isProblem(outcome)) throw new UserError(outcome.message, '--expires');
  }
  return { waivers, left, suppressions };
}

/** Adds to a waiver file what is not in it yet. */
async function addTo(file: string, waivers: readonly Waiver[]): Promise<readonly Waiver[]> {
  const before = await readFile(file, 'utf8').catch(() => '[]');
  if (!before.trimStart().startsWith('[')) {
    throw new UserError(
      'is YAML, and writing it anew would lose its comments',
      file,
      'Leave --output out, and add what is printed.',
    );
  }
  const written = (await readWaivers(file)).map(({ value }) => value);
  const key = (one: unknown) =>
    typeof one === 'object' && one !== null && 'directive' in one && 'resource' in one
      ? `${one.directive} ${one.resource}`
      : '';
  const known = new Set(written.map(key));
  const added = waivers.filter((one) => !known.has(key(one)));
  await writeWhole(file, `${JSON.stringify([...written, ...added], null, 2)}\n`);
  return added;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number of days is wanted');
  return Number(text);
}
