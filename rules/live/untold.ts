import type { Json, Properties } from '../directive';
import { isObject } from '../template/parse';

/** Where the judged paths leave what a reader tells: as far as the first name that it does not know. */
export function untoldPaths(tells: readonly string[], judged: Iterable<string>): readonly string[] {
  const untold = new Set<string>();
  for (const path of judged) {
    let plain = '';
    let walked = '';
    for (const step of path.replaceAll(/\[\]|\{\}/g, '.*').split(/(?<!\\)\./)) {
      walked = walked === '' ? step : `${walked}.${step}`;
      if (step === '*' || /^\d+$/.test(step)) continue;
      plain = plain === '' ? step : `${plain}.${step}`;
      if (tells.includes(plain)) break;
      if (tells.some((told) => told.startsWith(`${plain}.`))) continue;
      untold.add(walked);
      break;
    }
  }
  return [...untold];
}

const neverReturned = 'Cloud Control never returns it (write-only in the schema)';

/** Those of the paths (`*` for each entry) that did not come back, by the names and positions the evaluator walks. */
export function unreturned(
  properties: Properties,
  expected: readonly string[],
  reason: string = neverReturned,
): Record<string, string> {
  const paths: Record<string, string> = {};
  const walk = (value: Json | undefined, [step, ...rest]: readonly string[], walked: string): void => {
    if (step === undefined) {
      if (value === undefined) paths[walked] = reason;
    } else if (Array.isArray(value) || (isObject(value) && step === '*')) {
      // Some schemas leave the `*` of a list out.
      const below = step === '*' ? rest : [step, ...rest];
      for (const [name, entry] of Object.entries(value)) walk(entry, below, `${walked}.${name}`);
    } else if (isObject(value)) {
      const inner = value[step];
      // What is not there holds nothing; a structure of nothing but write-only properties stands in the table itself.
      if (inner !== undefined || rest.length === 0) walk(inner, rest, walked === '' ? step : `${walked}.${step}`);
    }
  };
  for (const path of expected) walk(properties, path.split('.'), '');
  return paths;
}
