import type { Directive, Json } from '../directive';
import type { Requirement } from '../requirement';
import { isObject } from '../template/parse';

const keyName = /kms.*key|^EncryptionKey(Arn)?$|^(Target)?KeyId$/i;

/**
 * Every text that stands where a property names a KMS key, by its name or because a directive takes it for one. A JSON
 * document that is written as text (a security configuration, an encryption policy) is looked into.
 */
export function keysNamed(value: Json | undefined, taken: ReadonlySet<string> = new Set()): string[] {
  return [...keysAt(value, taken)].map(({ key }) => key);
}

/** The same, each with the path of the property that names it, names joined by dots. */
export function* keysAt(
  value: Json | undefined,
  taken: ReadonlySet<string> = new Set(),
  under = '',
  path = '',
): Generator<{ readonly path: string; readonly key: string }> {
  if (typeof value === 'string') {
    const document = /^\s*[[{]/.test(value) ? parsed(value) : undefined;
    if (document !== undefined) yield* keysAt(document, taken, under, path);
    else if (value !== '' && (keyName.test(under) || taken.has(under))) yield { path, key: value };
  } else if (Array.isArray(value)) {
    for (const item of value) yield* keysAt(item, taken, under, path);
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      const called = name === 'Id' && under === 'EncryptionKey' ? under : name;
      yield* keysAt(inner, taken, called, path === '' ? name : `${path}.${name}`);
    }
  }
}

function parsed(text: string): Json | undefined {
  try {
    const document: Json = JSON.parse(text);
    return document;
  } catch {
    return undefined;
  }
}

/** What the properties are called, by type, that some directive takes for a KMS key. */
export function keyProperties(directives: readonly Directive[]): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, Set<string>>();
  for (const { type, unless = [], requires } of directives)
    for (const requirement of [...unless, requires])
      for (const [of, path] of keysIn(requirement, type, '')) {
        const name = path.split('.').at(-1);
        if (name) names.set(of, (names.get(of) ?? new Set()).add(name));
      }
  return names;
}

/** Every property that must name a key, after its type; the entry of a list is called as its list is. */
function* keysIn(requirement: Requirement, type: string, under: string): Generator<readonly [string, string]> {
  switch (requirement.op) {
    case 'isCustomerKey':
      yield [type, requirement.path || under];
      break;
    case 'all':
    case 'any':
      for (const part of requirement.of) yield* keysIn(part, type, under);
      break;
    case 'not':
      yield* keysIn(requirement.of, type, under);
      break;
    case 'when':
      yield* keysIn(requirement.condition, type, under);
      yield* keysIn(requirement.then, type, under);
      break;
    case 'each':
    case 'some':
    case 'parsed':
      yield* keysIn(requirement.requires, type, requirement.path || under);
      break;
    case 'hasRelated':
    case 'follows':
      yield* keysIn(requirement.requires, requirement.type, '');
      break;
    default:
  }
}
