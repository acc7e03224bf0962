import { isObject, type JsonObject, TemplateError } from './parse';
import type { Json } from './values';

/** Transforms of AWS that are expanded here, or that add nothing whose encryption is in doubt. */
const harmless = new Set([
  'AWS::LanguageExtensions',
  'AWS::Serverless-2016-10-31',
  'AWS::SecretsManager-2020-07-23',
  'AWS::SecretsManager-2024-09-16',
  'AWS::CodeDeployBlueGreen',
  'AWS::CodeStar',
]);

/**
 * Refuses a template that a macro rewrites in the account: what is judged here would not be what is deployed.
 * @param trusted macros the user answers for.
 * @throws TemplateError that names the macro.
 */
export function refuseMacros(document: JsonObject, file: string, trusted: ReadonlySet<string> = new Set()): void {
  const transforms = [document.Transform ?? []].flat().map(nameOf);
  if (isObject(document.Resources) && document.Resources['Fn::Transform'] !== undefined) {
    transforms.push(nameOf(document.Resources['Fn::Transform']));
  }
  const macro = transforms.find((name) => !harmless.has(name) && !trusted.has(name));
  if (macro === undefined) return;
  throw new TemplateError(
    file,
    `the macro ${macro} rewrites it in the account: lint what it makes (aws cloudformation get-template --template-stage Processed), or answer for it with --trust-macro ${macro}`,
  );
}

const nameOf = (transform: Json): string => (isObject(transform) ? String(transform.Name) : String(transform));
