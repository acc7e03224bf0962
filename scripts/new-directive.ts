import { UserError } from '../pipeline/user-error';
import { judgedPaths } from '../rules/coverage';
import type { Concern, Directive, Exemptions } from '../rules/directive';
import type { TlsTable } from '../rules/requirement';
import { encryptionProperties, type SchemaProperty, type Spec } from '../rules/spec';
import { isTlsAtLeast, tlsPolicyNames, tlsVersionOf } from '../rules/tls';

/** What the user asks for: a file of rules/services, a CloudFormation type and a property of it. */
export interface Wanted {
  readonly service: string;
  readonly type: string;
  readonly property: string;
}

/** A directive to fill in. */
export interface Draft {
  readonly id: string;
  /** The name it is exported under. */
  readonly name: string;
  /** What the file imports for it: from which module, which names. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
  readonly code: string;
}

/**
 * Drafts a directive from what the schema says of the property.
 * @throws UserError where the type or property does not exist, is judged already, or needs a demand only a person can write
 */
export function draft(wanted: Wanted, spec: Spec, catalogue: readonly Directive[], exemptions: Exemptions): Draft {
  const { service, type } = wanted;
  if (!/^[a-z][a-z0-9]*$/.test(service) || ['index', 'shared', 'load'].includes(service))
    throw new UserError(
      `'${service}' cannot be a file of rules/services`,
      undefined,
      'Lower-case letters and digits: efs, s3.',
    );
  if (!spec.types.includes(type))
    throw new UserError(`there is no resource type '${type}'`, undefined, didYouMean(type, spec.types));
  const property = find(wanted, spec);
  refuseWhatExists(property, catalogue, exemptions);

  const resource = type.split('::').slice(2).join('');
  const last =
    property.path
      .split('.')
      .at(-1)
      ?.replace(/\[\]|\{\}/, '') ?? '';
  const shape = shapeOf(property, last, concernOf(spec, property));
  const id = freeId([service, kebab(resource), shape.suffix], kebab(last), catalogue);
  const common = {
    id,
    type,
    title: shape.says ? `${type.split('::')[1]} ${kebab(resource).replaceAll('-', ' ')}s ${shape.says}` : '',
    source: `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-${type.split('::').slice(1).join('-').toLowerCase()}.html`,
    ...(property.replaces ? { remedy: 'A new value replaces the resource: copy its data first.' } : {}),
  };
  const name = camel(id.slice(service.length + 1));
  return { id, name, imports: shape.imports, code: `export const ${name} = ${shape.write(common)};` };
}

/** The text of a service's file with the draft in it: a new file where there was none. */
export function withDraft(text: string | undefined, service: string, { name, imports, code }: Draft): string {
  if (text === undefined) {
    const needed = { ...imports, './shared': [...(imports['./shared'] ?? []), 'service'] };
    const lines = Object.entries(needed).map(([from, names]) => importLine(from, names));
    return `${lines.join('\n')}\n\n${code}\n\nexport const ${service} = service([${name}]);\n`;
  }
  const end = text.indexOf(`export const ${service} = service(`);
  const list = end < 0 ? -1 : text.indexOf('[', end);
  if (list < 0)
    throw new UserError(
      `there is no 'export const ${service} = service([…]);' to add to`,
      `rules/services/${service}.ts`,
      'Add one, or write the directive by hand.',
    );
  if (new RegExp(`\\b(const|function) ${name}\\b`).test(text))
    throw new UserError(`there is a '${name}' already`, `rules/services/${service}.ts`, 'Rename it, or extend it.');
  const close = closing(text, list);
  const before = text.slice(list + 1, close).trimEnd();
  const entries = before.trim() === '' ? name : `${before.replace(/,$/, '')}, ${name}`;
  const added = `${text.slice(0, end)}${code}\n\n${text.slice(end, list + 1)}${entries}${text.slice(close)}`;
  return Object.entries(imports).reduce((now, [from, names]) => withImport(now, from, names), added);
}

/** Where the bracket that opens at `open` closes. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '[') depth += 1;
    if (text[at] === ']') depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}

const importLine = (from: string, names: readonly string[]): string =>
  `import { ${[...names].sort().join(', ')} } from '${from}';`;

function withImport(text: string, from: string, names: readonly string[]): string {
  const present = new RegExp(`import \\{([^}]*)\\} from '${from.replaceAll('.', '\\.')}';`);
  const found = present.exec(text)?.[1];
  if (found === undefined) return `${importLine(from, names)}\n${text}`;
  const known = found.split(',').map((one) => one.trim());
  const all = [...new Set([...known, ...names])].filter((one) => one !== '');
  return text.replace(present, () => importLine(from, all));
}

// ---- what exists -----------------------------------------------------------------------------------------------

const plain = (path: string): string => path.replaceAll(/\[\]|\{\}/g, '');

function find({ type, property }: Wanted, spec: Spec): SchemaProperty {
  const all = spec.properties(type);
  const found = all.find(({ path }) => path === property) ?? all.find(({ path }) => plain(path) === plain(property));
  if (found) return found;
  const paths = all.map(({ path }) => path);
  throw new UserError(`${type} has no property '${property}'`, undefined, didYouMean(property, paths));
}

function refuseWhatExists(property: SchemaProperty, catalogue: readonly Directive[], exemptions: Exemptions): void {
  const { type, path } = property;
  const judged = [...(judgedPaths(catalogue).get(type) ?? [])].find(([used]) => plain(used) === plain(path));
  if (judged) {
    const [, ids] = judged;
    throw new UserError(`${type} ${path} is judged already, by ${[...ids].join(', ')}`);
  }
  const reason = Object.entries(exemptions[type] ?? {}).find(([exempt]) => plain(exempt) === plain(path));
  if (reason)
    throw new UserError(
      `${type} ${path} is exempt: ${reason[1]}`,
      undefined,
      'Take that line out of `exempt` at the end of the service’s file first.',
    );
}

function freeId(parts: readonly string[], detail: string, catalogue: readonly Directive[]): string {
  const taken = new Set(catalogue.map(({ id }) => id));
  const [first, second] = [parts.join('-'), [...parts, detail].join('-')];
  const free = [first, second].find((id) => !taken.has(id));
  if (free === undefined) throw new UserError(`there is a directive '${second}' already`);
  return free;
}

/** The closest names, by the pairs of letters they share. */
function didYouMean(wanted: string, names: readonly string[]): string {
  const pairs = (text: string) => {
    const letters = text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    return new Set(Array.from(letters, (letter, at) => letter + (letters[at + 1] ?? '')));
  };
  const own = pairs(wanted);
  const near = names
    .map((name) => {
      const other = pairs(name);
      const shared = [...own].filter((pair) => other.has(pair)).length;
      return { name, likeness: (2 * shared) / (own.size + other.size) };
    })
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 3);
  return near.length === 0 ? 'It has none.' : `Did you mean ${near.map(({ name }) => name).join(', ')}?`;
}

// ---- which demand ----------------------------------------------------------------------------------------------

/** What every draft says, whatever it demands. */
interface Common {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly source: string;
  readonly remedy?: string;
}

interface Shape {
  /** The end of the directive's id. */
  readonly suffix: string;
  /** The end of its title; '' where only a person can say it. */
  readonly says: string;
  readonly imports: Readonly<Record<string, readonly string[]>>;
  readonly write: (common: Common) => string;
}

function concernOf(spec: Spec, { type, path }: SchemaProperty): Concern {
  return encryptionProperties(spec, type).find((one) => one.path === path)?.concern ?? 'at-rest';
}

/** Chooses the factory of rules/services/shared.ts that fits what the property holds and how it is called. */
function shapeOf({ path, kind, type }: SchemaProperty, last: string, concern: Concern): Shape {
  const suffix = concern === 'in-transit' && /tls|ssl|https|transit/i.test(last) ? 'tls' : kebab(last);
  const said = concern === 'at-rest' ? {} : { concern };
  if (kind === 'boolean' && /disabled?$|insecure|^skip|^allow|unencrypted|plaintext/i.test(last))
    return factory('notSwitchedOn', kebab(last), `do not have ${last} switched on`, { path, ...said });
  if (kind === 'boolean')
    return factory(
      'switchedOn',
      /encrypt/i.test(last) && concern === 'at-rest' ? 'encrypted' : suffix,
      `have ${last} switched on`,
      { path, ...said },
    );
  if (kind !== 'string')
    throw new UserError(
      `${type} ${path} holds ${kind === 'object' ? 'an object' : `a ${kind}`}: what to demand of it only a person can say`,
      undefined,
      'Name a property inside it, or write the directive by hand with the words of rules/requirement.ts.',
    );
  if (concern === 'secrets')
    return factory('neverPlaintext', `no-plaintext-${kebab(last)}`, `have no ${last} in the template`, { path });
  if (/(ssl|tls|security)policy(name)?$|protocolversion$|(tls|ssl)version$/i.test(last)) return tlsPolicy(type, path);
  if (/kms|cmk|key(id|arn|identifier)?$/i.test(last))
    return factory('customerKey', 'customer-key', 'encrypt under a customer managed key', { path });
  return factory('oneOfThese', suffix, '', { path, ...said, allowed: [''], wrong: [''] });
}

function factory(name: string, suffix: string, says: string, rest: Readonly<Record<string, unknown>>): Shape {
  return {
    suffix,
    says,
    imports: { './shared': [name] },
    write: ({ id, type, title, source, remedy }) =>
      `${name}(${literal({ id, type, title, ...rest, why: '', ...(remedy === undefined ? {} : { remedy }), source })})`,
  };
}

const tables: readonly (readonly [RegExp, TlsTable])[] = [
  [/^AWS::ElasticLoadBalancing/, 'elb'],
  [/^AWS::ApiGateway/, 'api-gateway'],
  [/^AWS::CloudFront::/, 'cloudfront'],
  [/^AWS::(OpenSearchService|Elasticsearch)::/, 'opensearch'],
];

function tlsPolicy(type: string, path: string): Shape {
  const table = tables.find(([types]) => types.test(type))?.[1] ?? 'generic';
  const admits = (modern: boolean) =>
    tlsPolicyNames(table).find((name) => {
      const policy = tlsVersionOf(table, name);
      return policy !== undefined && isTlsAtLeast(policy.minimum, '1.2') === modern;
    }) ?? '';
  const given = (value: string) => `at(${quoted(path)}, ${value})`;
  return {
    suffix: 'tls-policy',
    says: 'admit nothing below TLS 1.2',
    imports: {
      './shared': ['at', 'imported'],
      '../directive': ['directive'],
      '../requirement': ['tlsAtLeast', 'within'],
    },
    write: ({ id, type: of, title, source, remedy = '' }) =>
      `directive({ id: ${quoted(id)}, title: ${quoted(title)}, concern: 'in-transit', tier: 'encrypted', severity: 'error', type: ${quoted(of)},
        requires: within(${quoted(path)}, (path) => tlsAtLeast(path, '${table}', '1.2')),
        why: '', remedy: ${quoted(remedy)}, aliases: [], controls: [], source: ${quoted(source)},
        examples: { good: [${given(quoted(admits(true)))}], bad: [${given(quoted(admits(false)))}], unknown: [${given('imported')}] } })`,
  };
}

const kebab = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .toLowerCase();
const camel = (id: string): string => id.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
const literal = (value: Readonly<Record<string, unknown>>): string =>
  `{\n${Object.entries(value)
    .map(
      ([name, one]) =>
        `  ${name}: ${Array.isArray(one) ? `[${one.map(String).map(quoted).join(', ')}]` : quoted(String(one))},`,
    )
    .join('\n')}\n}`;
