import type { Requirement } from '../../rules/requirement';
import { isObject } from '../../rules/template/parse';
import type { Json } from '../../rules/template/values';
import { isTlsAtLeast, tlsVersionOf } from '../../rules/tls';
import { namesIn } from './rests-on';

/** Which branch of a condition is meant; both where this does not say. */
export type Pick = (condition: string) => boolean | undefined;

/**
 * Whether a requirement, read naively and without the evaluator, could be so (or, for `wanted` false, not be so) of a
 * value. What only the deployment tells is neither.
 */
export function couldBe(asked: Requirement, value: Json | undefined, wanted: boolean, pick: Pick): boolean {
  const could = (part: Requirement) => couldBe(part, value, wanted, pick);
  switch (asked.op) {
    case 'all':
      return wanted ? asked.of.every(could) : asked.of.some(could);
    case 'any':
      return wanted ? asked.of.some(could) : asked.of.every(could);
    case 'not':
      return couldBe(asked.of, value, !wanted, pick);
    case 'when': {
      const [condition, then] = [couldBe(asked.condition, value, !wanted, pick), could(asked.then)];
      return wanted ? condition || then : condition && then;
    }
    case 'each':
    case 'some':
      return look(value, asked.path, pick).some((list) => {
        if (isFunction(list)) return false;
        const entries = typeof list === 'object' && list !== null ? Object.values(list) : [list ?? []].flat();
        const [every, test] = [
          (asked.op === 'each') === wanted,
          (entry: Json) => branches(entry, pick).some((one) => couldBe(asked.requires, one, wanted, pick)),
        ];
        const there = entries.filter((entry) => branches(entry, pick).some((one) => one !== undefined));
        return every ? there.every(test) : there.some(test);
      });
    case 'parsed':
      return look(value, asked.path, pick).some((text) => couldBe(asked.requires, asJson(text), wanted, pick));
    case 'hasRelated':
      return false;
    default:
      return look(value, asked.path, pick).some((one) => isSo(asked, one) === wanted);
  }
}

type Leaf = Exclude<Requirement, { op: 'all' | 'any' | 'not' | 'when' | 'each' | 'some' | 'parsed' | 'hasRelated' }>;

/** Whether a leaf is so of a value that is written out; nothing where that cannot be told. */
function isSo(leaf: Leaf, value: Json | undefined): boolean | undefined {
  const isThere = value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
  if (leaf.op === 'absent') return value === undefined || value === null;
  // What is there and empty is a property all the same: a demand cannot be got rid of by emptying what it looks at.
  if (leaf.op === 'given') return value !== undefined && value !== null;
  if (isFunction(value)) return undefined;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value ?? '');
  switch (leaf.op) {
    case 'isTrue':
      return /^true$/i.test(text);
    case 'isNotTrue':
      return /^(false)?$/i.test(text);
    case 'oneOf':
      return leaf.values.map(String).includes(text);
    case 'noneOf':
      return !leaf.values.map(String).includes(text);
    case 'matches':
      return isThere && new RegExp(leaf.pattern, leaf.flags).test(text);
    case 'atLeast':
      return isThere && Number(text) >= leaf.bound;
    case 'atMost':
      return isThere && Number(text) <= leaf.bound;
    case 'isCustomerKey':
      return /(^|:)(key\/|alias\/(?!aws\/))/.test(text);
    case 'isNotPlaintext':
      return !isThere || text.startsWith('{{resolve:') || (leaf.orArn === true && text.startsWith('arn:'));
    case 'tlsAtLeast': {
      const policy = tlsVersionOf(leaf.table, text);
      return policy && isTlsAtLeast(policy.minimum, leaf.version);
    }
    default:
      return undefined;
  }
}

const isFunction = (value: Json | undefined) => isObject(value) && /^(Ref|Fn::\w+)$/.test(Object.keys(value).join());

/** Every value a path may lead to; a text on the way is read as the JSON it is. */
function look(value: Json | undefined, path: string, pick: Pick): (Json | undefined)[] {
  return namesIn(path).reduce<(Json | undefined)[]>(
    (found, name) =>
      found.map(asJson).flatMap((container) => {
        if (isFunction(container)) return [];
        if (Array.isArray(container)) return branches(container[Number(name)], pick);
        return branches(isObject(container) ? container[name] : undefined, pick);
      }),
    branches(value, pick),
  );
}

function branches(value: Json | undefined, pick: Pick): (Json | undefined)[] {
  if (isObject(value) && value.Ref === 'AWS::NoValue') return [undefined];
  const choice = isObject(value) ? value['Fn::If'] : undefined;
  if (!Array.isArray(choice)) return [value];
  const meant = pick(String(choice[0]));
  return choice.slice(1).flatMap((one, branch) => (meant === (branch === 1) ? [] : branches(one, pick)));
}

/** A text as the JSON it is; other values, and texts that are none, as they stand. */
function asJson(text: Json | undefined): Json | undefined {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
