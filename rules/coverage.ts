import { demands, judgedPaths } from './demands';
import { authenticationKey, type Directive, type Exemptions } from './directive';
import type { Requirement } from './requirement';
import { type EncryptionProperty, encryptionProperties, isEncryptable, type Spec } from './spec';

export { type Demand, demands, judgedPaths } from './demands';

/** How the catalogue stands to one encryption-related property of the CloudFormation schema. */
export interface PropertyCoverage {
  readonly path: string;
  readonly concern: EncryptionProperty['concern'];
  /** Ids of the directives whose demand rests on it. */
  readonly judgedBy: readonly string[];
  /** Why no directive judges it. */
  readonly exempt?: string;
}

export interface TypeCoverage {
  readonly type: string;
  /** Its data can be encrypted, by what the schema says; else it only has a property that is called like a secret. */
  readonly encryptable: boolean;
  readonly properties: readonly PropertyCoverage[];
}

/** A fact of the catalogue that the schema contradicts. */
export interface Misfit {
  readonly directive: string;
  readonly message: string;
}

/** The catalogue against the schema, property by property. */
export function coverage(
  spec: Spec,
  catalogue: readonly Directive[],
  exemptions: Exemptions,
): { readonly types: readonly TypeCoverage[]; readonly open: readonly string[]; readonly stale: readonly string[] } {
  const judged = judgedPaths(catalogue);
  const open: string[] = [];
  const stale = new Set(
    Object.entries(exemptions).flatMap(([type, paths]) => Object.keys(paths).map((path) => `${type} ${path}`)),
  );
  const types = spec.types.flatMap((type): TypeCoverage[] => {
    const all = encryptionProperties(spec, type);
    if (all.length === 0) return [];
    const properties = all.map((property): PropertyCoverage => {
      const { path, concern } = property;
      const judgedBy = [...(judged.get(type) ?? [])]
        .filter(([used]) => isAtOrBelow(used, path) || isWholeOf(used, property))
        .flatMap(([, ids]) => [...ids]);
      const reason = Object.entries(exemptions[type] ?? {}).find(
        ([exempt]) => isAtOrBelow(path, exempt) || isAtOrBelow(exempt, path),
      );
      if (reason) stale.delete(`${type} ${reason[0]}`);
      for (const [exempt] of Object.entries(exemptions[type] ?? {}))
        if (isAtOrBelow(path, exempt)) stale.delete(`${type} ${exempt}`);
      const because = reason?.[1] ?? generalExemption(property);
      if (judgedBy.length === 0 && because === undefined) open.push(`${type} ${path}`);
      return {
        path,
        concern,
        judgedBy: [...new Set(judgedBy)].sort(),
        ...(judgedBy.length === 0 && because !== undefined ? { exempt: because } : {}),
      };
    });
    return [{ type, encryptable: isEncryptable(all), properties }];
  });
  return { types, open, stale: [...stale].sort() };
}

/** What needs no word in each service: it holds wherever it stands. */
function generalExemption({ path, kind, documentation }: EncryptionProperty): string | undefined {
  const name = path.split('.').at(-1) ?? '';
  if (/certificate/i.test(name) && !/(encrypt|kms|https|tls$|ssl$)/i.test(name))
    return 'It says which certificate or authority to trust, not whether to encrypt; with none the service refuses or falls back to its own.';
  if (/truststore/i.test(name))
    return 'It names the authorities whose client certificates are taken; what is encrypted does not hang on it.';
  if (/encryptioncontext/i.test(name))
    return 'It is bound to the ciphertext as additional authenticated data; the data is encrypted with or without it.';
  if (kind === 'boolean' && /secret/i.test(name)) return 'A switch, not a secret.';
  return /deprecated|no longer (in use|supported)/i.test(documentation.slice(0, 120))
    ? 'AWS has retired the property.'
    : undefined;
}

/** `A.B[].C` and the evaluator's `A.B.0.C` name the same property. */
const plain = (path: string) =>
  path
    .replaceAll(/\[\]|\{\}/g, '')
    .split('.')
    .filter((step) => !/^\d+$/.test(step) && step !== '')
    .join('.');

function isAtOrBelow(path: string, ancestor: string): boolean {
  const [below, above] = [plain(path), plain(ancestor)];
  return below === above || below.startsWith(`${above}.`);
}

/** A demand on a whole policy or document rests on everything in it. */
const isWholeOf = (used: string, { path }: EncryptionProperty) =>
  used.endsWith('!') && isAtOrBelow(path, used.slice(0, -1));

/**
 * Compares what the directives say with the schema: the type and the properties must exist, and an operator must fit
 * what the property holds, since a value is coerced to what its operator wants (CloudFormation takes 'true' for true
 * where the schema says Boolean).
 */
export function misfits(spec: Spec, catalogue: readonly Directive[]): Misfit[] {
  const known = new Set(spec.types);
  return catalogue.flatMap((one) => {
    const said = (message: string): Misfit => ({ directive: one.id, message });
    if (!known.has(one.type)) return [said(`${one.type} is not a resource type`)];
    return demands(one).flatMap(({ type, path, op }): Misfit[] => {
      const properties = spec.properties(type);
      if (path.startsWith(authenticationKey)) return [];
      const wanted = plain(path.replace(/\\\..*$/, ''));
      const found = properties.find((property) => plain(property.path) === wanted);
      if (!found) {
        // Below a JSON document or a map everything goes.
        const inside = properties.some(
          ({ path: above, kind }) => ['json', 'map'].includes(kind) && isAtOrBelow(wanted, above),
        );
        return inside || wanted === '' ? [] : [said(`${type} has no property ${path}`)];
      }
      const fits = !kindFor[op] || found.kind === 'json' || kindFor[op].includes(found.kind);
      return fits ? [] : [said(`${op} does not fit ${type} ${path}, which holds ${found.kind}`)];
    });
  });
}

/** What a property must hold for an operator to make sense; an entry of a list is known by its list. */
const kindFor: Partial<Record<Requirement['op'], readonly string[]>> = {
  isTrue: ['boolean', 'list', 'map'],
  isNotTrue: ['boolean', 'list', 'map'],
  atLeast: ['number', 'list', 'map'],
  atMost: ['number', 'list', 'map'],
  isCustomerKey: ['string', 'list', 'map'],
  tlsAtLeast: ['string', 'list', 'map'],
  matches: ['string', 'list', 'map'],
};
