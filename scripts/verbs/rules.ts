import { home } from '../../pipeline/home';
import { UserError } from '../../pipeline/user-error';
import { accountDirectives } from '../../rules/account';
import type { Directive } from '../../rules/directive';
import type { Standing } from '../../rules/references';
import { repositoryDirectives } from '../../rules/repository';
import { catalogue, exemptions } from '../../rules/services';
import { inPlainWords } from '../../rules/words';
import { count, paint } from '../host';
import type { VerbModule } from '../main';

export const configure: VerbModule['configure'] = (command, { host }, done) => {
  const json = '--json';
  const described = 'print one JSON document on standard output and nothing else';
  const { bold, dim } = paint(host.color);

  command
    .command('list', { isDefault: true })
    .description('all directives')
    .option(json, described)
    .action(() => {
      const width = Math.max(0, ...catalogue.map(({ id }) => id.length));
      host.print(
        catalogue
          .map(
            ({ id, severity, concern, tier, title }) =>
              `${bold(id.padEnd(width))}  ${severity.padEnd(7)}  ${concern.padEnd(10)}  ${tier.padEnd(12)}  ${title}`,
          )
          .join('\n'),
      );
      host.document(catalogue);
      done(0);
    });

  command
    .command('show <id>')
    .description('one directive: what it demands, why, and how to mend a finding')
    .option(json, described)
    .action((id: string) => {
      const found = [...catalogue, ...accountDirectives, ...repositoryDirectives].find(
        (directive) => directive.id === id || directive.aliases.includes(id),
      );
      if (!found) throw new UserError(`there is no directive '${id}'`, undefined, suggestion(id));
      host.print(page(found, bold, dim));
      host.document(found);
      done(0);
    });

  command
    .command('coverage')
    .description('the catalogue against the CloudFormation schema, property by property')
    .option(json, described)
    .option('--open', 'name only what neither a directive nor a reason covers')
    .action(async ({ open: onlyOpen }: { open?: boolean }) => {
      const [{ coverage, misfits }, { loadSpec }, { configRulesOf, securityHubControlsOf, standing }, tables] =
        await Promise.all([
          import('../../rules/coverage'),
          import('../../rules/spec'),
          import('../../rules/references'),
          Promise.all([import('../../rules/managed-rules'), import('../../rules/security-hub')]),
        ]);
      const [{ managedRules }, { securityHubControls }] = tables;
      const config = standing(managedRules, catalogue, configRulesOf);
      const securityHub = standing(securityHubControls, catalogue, securityHubControlsOf);
      const spec = await loadSpec();
      const { types, open, stale } = coverage(spec, catalogue, exemptions);
      const wrong = misfits(spec, catalogue);
      host.document({ types, open, stale, misfits: wrong, config, securityHub });
      const encryptable = types.filter((one) => one.encryptable);
      const lacking = new Set(open.map((one) => one.split(' ')[0]));
      const judged = encryptable.filter(({ properties }) => properties.some(({ judgedBy }) => judgedBy.length > 0));
      const properties = types.flatMap((one) => one.properties);
      if (!onlyOpen)
        for (const { type, properties: own } of types)
          for (const { path, judgedBy, exempt } of own)
            host.print(`${type} ${dim(path)}  ${judgedBy.join(', ') || (exempt ? dim(exempt) : bold('OPEN'))}`);
      for (const one of open) host.print(`open: ${one}`);
      for (const one of stale) host.print(`an exemption of nothing: ${one}`);
      for (const { directive, message } of wrong) host.print(`${directive}: ${message}`);
      for (const id of config.open) host.print(`open: AWS Config rule ${id}`);
      for (const id of securityHub.open) host.print(`open: Security Hub control ${id}`);
      for (const one of [...config.wrong, ...securityHub.wrong]) host.print(one);
      const exempted = properties.filter(({ exempt }) => exempt !== undefined).length;
      host.print(
        `\n${count(properties.length, 'property')}: ${properties.length - exempted - open.length} judged by ${count(catalogue.length, 'directive')}, ${exempted} exempt with a reason, ${open.length} open\n` +
          `${judged.length} encryptable types judged, ${encryptable.length - judged.length} not\n` +
          `${referenced(config)} AWS Config rules referenced, ${excused(config)}\n` +
          `${referenced(securityHub)} Security Hub controls referenced, ${excused(securityHub)}\n` +
          `encryptable types covered: ${encryptable.filter(({ type }) => !lacking.has(type)).length} of ${encryptable.length}`,
      );
      const troubles = [open, stale, wrong, config.open, config.wrong, securityHub.open, securityHub.wrong];
      done(troubles.every((one) => one.length === 0) ? 0 : 1);
    });

  command
    .command('docs')
    .description('write the page of every directive, their indexes and docs/coverage.md')
    .option(json, described)
    .option('--check', 'write nothing; exit 1 where a page is not what the catalogue says')
    .action(async ({ check: onlyCheck = false }: { check?: boolean }) => {
      const [{ pages, folder, command: remedy }, { compare, write }] = await Promise.all([
        import('../docs/generate'),
        import('../docs/files'),
      ]);
      const files = await pages(catalogue, exemptions);
      if (onlyCheck) {
        const stale = compare(home(), folder, files);
        host.document({ pages: files.size, stale });
        for (const { file, why } of stale) host.print(`${file} ${why}: ${remedy}`);
        if (stale.length === 0) host.print(`${count(files.size, 'page')}, all current`);
        done(stale.length === 0 ? 0 : 1);
        return;
      }
      const changed = write(home(), folder, files);
      host.document({ pages: files.size, changed });
      host.print(`${count(files.size, 'page')}, ${changed.length.toLocaleString('en-US')} changed`);
      done(0);
    });
};

function referenced({ all }: Standing): string {
  return `${all.filter(({ directives }) => directives.length > 0).length} of ${all.length}`;
}

function excused({ all, open }: Standing): string {
  return `${all.filter(({ reason }) => reason !== undefined).length} with a reason, ${open.length} open`;
}

function suggestion(id: string): string {
  const words = id
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 1);
  const near = catalogue
    .map((directive) => ({ id: directive.id, hits: words.filter((word) => directive.id.includes(word)).length }))
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => b.hits - a.hits)
    .slice(0, 3);
  return near.length === 0
    ? 'npx cipherline rules list names them all.'
    : `Did you mean ${near.map((one) => one.id).join(', ')}?`;
}

function page(directive: Directive, bold: (text: string) => string, dim: (text: string) => string): string {
  const { id, title, severity, concern, tier, type, why, fix, remedy, config, aliases, controls, source, examples } =
    directive;
  const row = (name: string, value: string) =>
    `${dim(name.padEnd(10))}${value.replaceAll('\n', `\n${' '.repeat(10)}`)}`;
  const example = (value: unknown) => `  ${JSON.stringify(value)}`;
  return [
    `${bold(id)}  ${title}`,
    '',
    why,
    '',
    row('judges', type),
    row('demands', inPlainWords(directive.requires)),
    ...(directive.unless ?? []).map((one) => row('unless', inPlainWords(one))),
    row('severity', severity),
    row('concern', concern),
    row('tier', tier),
    ...(directive.default
      ? [row('default', `${directive.default.says} (since ${directive.default.since}: ${directive.default.source})`)]
      : []),
    ...Object.entries(fix ?? {}).map(([property, value]) => row('fix', `${property}: ${JSON.stringify(value)}`)),
    ...(remedy ? [row('remedy', remedy)] : []),
    ...(config ? [row('config', config.join(', '))] : []),
    ...(controls.length > 0
      ? [row('controls', controls.map(({ framework, id: control }) => `${framework} ${control}`).join(', '))]
      : []),
    ...(aliases.length > 0 ? [row('also', aliases.join(', '))] : []),
    row('source', source),
    '',
    dim('passes'),
    ...examples.good.map(example),
    dim('fails'),
    ...examples.bad.map(example),
    ...(examples.unknown.length > 0 ? [dim('cannot be known'), ...examples.unknown.map(example)] : []),
  ].join('\n');
}
