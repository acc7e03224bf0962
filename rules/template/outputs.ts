import { isObject, type JsonObject } from './parse';
import { createWorlds, type Inputs, type OtherStacks, type World } from './resolve';
import { type Json, type Resolved, Unknown } from './values';

/** A value as another template sees it: its own references mean nothing there, what they point to does. */
export function abroad(value: Resolved, document: JsonObject, stack: string): Resolved {
  if (!(value instanceof Unknown)) return value;
  const resources = isObject(document.Resources) ? document.Resources : {};
  const target = value.reference && resources[value.reference.logicalId];
  const foreign =
    isObject(target) && typeof target.Type === 'string' && value.reference
      ? { type: target.Type, name: `${value.reference.logicalId} of ${stack}` }
      : value.foreign;
  return new Unknown(value.reason, `${stack}/${value.key}`, {
    ...(foreign ? { foreign } : {}),
    ...(value.pieces ? { pieces: value.pieces } : {}),
  });
}

/** What an expression is worth outside its template; unknown where that hangs on a choice the template leaves open. */
export function settled(
  document: JsonObject,
  inputs: Inputs,
  stack: string,
): (expression: Json | undefined) => Resolved {
  let chose = false;
  const world = createWorlds(document, inputs);
  return (expression) => {
    chose = false;
    world.begin(() => {
      chose = true;
      return 0;
    });
    const value = valueAbroad(world, expression, document, stack);
    return chose ? new Unknown(`${stack} leaves it open`, `${stack}/${JSON.stringify(expression)}`, {}) : value;
  };
}

/** The value of an expression in one world, as another template sees it. */
export function valueAbroad(world: World, expression: Json | undefined, document: JsonObject, stack: string): Resolved {
  const value = world.resolve(expression);
  if (value === undefined || value instanceof Unknown || typeof value !== 'object') {
    return abroad(value, document, stack);
  }
  const whole = world.whole(expression);
  return whole instanceof Unknown ? abroad(whole, document, stack) : (whole ?? undefined);
}

/** One stack of several that are deployed together. */
export interface Neighbour {
  readonly stack: string;
  readonly document: JsonObject;
  readonly inputs: Inputs;
}

/** What the stacks export and put out: read once, so that an import can be judged as what it imports. */
export function otherStacks(neighbours: Iterable<Neighbour>): OtherStacks {
  const exported = new Map<string, Resolved>();
  const put = new Map<string, Resolved>();
  for (const { stack, document, inputs } of neighbours) {
    const outputs = isObject(document.Outputs) ? document.Outputs : {};
    const settle = settled(document, { ...inputs, pseudo: { ...inputs.pseudo, 'AWS::StackName': stack } }, stack);
    for (const [name, output] of Object.entries(outputs)) {
      if (!isObject(output)) continue;
      const value = settle(output.Value);
      put.set(`${stack} ${name}`, value);
      const exportName = isObject(output.Export) ? settle(output.Export.Name) : undefined;
      if (typeof exportName === 'string') exported.set(exportName, value);
    }
  }
  return { exported: (name) => exported.get(name), output: (stack, output) => put.get(`${stack} ${output}`) };
}

/**
 * What stacks export, those included that are not at hand: of them it is known that they export the ARN of a customer
 * managed key under each of `names`.
 */
export function withKeys(others: OtherStacks | undefined, names: readonly string[]): OtherStacks {
  const keys = new Set(names);
  const key = (name: string): Resolved =>
    keys.has(name)
      ? new Unknown(`the ARN of a key, exported as ${name}`, `key/${name}`, {
          foreign: { type: 'AWS::KMS::Key', name },
        })
      : undefined;
  return {
    exported: (name) => others?.exported(name) ?? key(name),
    output: (stack, output) => others?.output(stack, output),
  };
}
