import { fromOrigin, isObject, type JsonObject, TemplateError, usesLanguageExtensions } from './parse';
import type { Json } from './values';

const prefix = 'Fn::ForEach::';
/** More than CloudFormation takes in one template, so that a loop over loops ends. */
const maxResources = 10_000;

/**
 * Unrolls `Fn::ForEach` as the transform AWS::LanguageExtensions does, in the sections of a template and inside
 * resources. A collection must be a list, or a parameter whose value is known.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
 * @throws TemplateError when a collection is known only at deployment: what is not expanded would go unjudged.
 */
export function expandForEach(
  document: JsonObject,
  file: string,
  parameters: Readonly<Record<string, Json>> = {},
): JsonObject {
  if (!usesLanguageExtensions(document)) return document;
  let made = 0;

  const collection = (expression: Json | undefined, loop: string): string[] => {
    if (isObject(expression) && typeof expression.Ref === 'string') {
      const declared = isObject(document.Parameters) ? document.Parameters[expression.Ref] : undefined;
      const value = parameters[expression.Ref] ?? (isObject(declared) ? declared.Default : undefined);
      if (typeof value === 'string') return value.split(',').map((item) => item.trim());
      if (Array.isArray(value)) return value.map(String);
    }
    if (Array.isArray(expression))
      return expression.flatMap((item) => (typeof item === 'string' ? [item] : collection(item, loop)));
    throw new TemplateError(
      file,
      `${loop} loops over a list that is not known here: give its parameter with --parameters`,
    );
  };

  const substitute = (value: Json, name: string, item: string): Json => {
    if (typeof value === 'string') {
      return value.replaceAll(`\${${name}}`, item).replaceAll(`&{${name}}`, item.replace(/[^A-Za-z0-9]/g, ''));
    }
    if (Array.isArray(value)) return value.map((entry) => substitute(entry, name, item));
    if (!isObject(value)) return value;
    if (value.Ref === name && Object.keys(value).length === 1) return item;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [String(substitute(key, name, item)), substitute(entry, name, item)]),
    );
  };

  const expand = (value: Json, from: readonly (string | number)[] = []): Json => {
    if (Array.isArray(value)) return value.map((entry) => expand(entry));
    if (!isObject(value)) return value;
    const out: Record<string, Json> = {};
    for (const [key, entry] of Object.entries(value)) {
      if (!key.startsWith(prefix)) {
        out[key] = expand(entry);
        continue;
      }
      const [name, list, body] = Array.isArray(entry) ? entry : [];
      if (typeof name !== 'string' || !isObject(body))
        throw new TemplateError(file, `${key} is not [name, list, body]`);
      for (const item of collection(list, key)) {
        made += 1;
        if (made > maxResources) throw new TemplateError(file, `${key} makes more than ${maxResources} entries`);
        for (const [written, entry] of Object.entries(body)) {
          const origin = [...from, key, 2, written];
          const copy = expand({ [String(substitute(written, name, item))]: substitute(entry, name, item) }, [
            ...from,
            key,
            2,
          ]);
          for (const [made, one] of Object.entries(isObject(copy) ? copy : {})) {
            const isResource = isObject(one) && typeof one.Type === 'string' && !written.startsWith(prefix);
            out[made] = isResource ? fromOrigin(one, [...origin, 'Properties']) : one;
          }
        }
      }
    }
    return out;
  };

  const expanded = expand(document);
  return isObject(expanded) ? expanded : document;
}
