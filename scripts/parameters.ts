import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import { messageOf, UserError } from '../pipeline/user-error';
import type { Json } from '../rules/directive';

/** Parameter values for all templates, and for one stack by its name. */
export interface ParameterFile {
  readonly parameters: Readonly<Record<string, Json>>;
  readonly stackParameters: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/**
 * Reads a parameter file, JSON or YAML, in any of the forms AWS's tools take:
 * - the AWS CLI's `[{ ParameterKey, ParameterValue }]` and `["Key=Value"]`;
 * - CodePipeline's and Git sync's `{ Parameters: { … } }` (also in lower case), or the bare object;
 * - the CDK's, by stack: `{ "Stack:Key": value }` and `{ Stack: { Key: value } }`.
 *
 * A key with `UsePreviousValue` stays unknown.
 * @throws UserError when it is none of them.
 */
export async function readParameters(file: string): Promise<ParameterFile> {
  const wrong = (why: string) =>
    new UserError(`not a parameter file: ${why}`, file, 'For example {"Parameters": {"Stage": "prod"}}');
  let content: unknown;
  try {
    content = load(await readFile(file, 'utf8'));
  } catch (error) {
    throw wrong(messageOf(error));
  }
  const parameters: Record<string, Json> = {};
  const stackParameters: Record<string, Record<string, Json>> = {};
  const put = (name: string, value: unknown) => {
    const [, stack, key] = /^([^:]+):([^:]+)$/.exec(name) ?? [];
    const list = Array.isArray(value) && value.every(isScalar) ? value.map(String) : undefined;
    const given = list ?? (isScalar(value) ? value : undefined);
    if (given === undefined) throw wrong(`${name} has no value that a parameter can have`);
    if (stack !== undefined && key !== undefined) stackParameters[stack] = { ...stackParameters[stack], [key]: given };
    else parameters[name] = given;
  };
  if (Array.isArray(content)) {
    for (const entry of content) {
      const [, name, value] = typeof entry === 'string' ? (/^([^=]+)=(.*)$/s.exec(entry) ?? []) : [];
      if (name !== undefined) put(name, value);
      else if (!isRecord(entry) || typeof entry.ParameterKey !== 'string') throw wrong('an entry has no ParameterKey');
      else if (entry.UsePreviousValue !== true) put(entry.ParameterKey, entry.ParameterValue ?? '');
    }
  } else if (isRecord(content)) {
    const inner = content.Parameters ?? content.parameters;
    for (const [name, value] of Object.entries(isRecord(inner) ? inner : content)) {
      if (isRecord(value)) for (const [key, one] of Object.entries(value)) put(`${name}:${key}`, one);
      else put(name, value);
    }
  } else throw wrong('it holds neither a list nor an object');
  if (Object.keys(parameters).length + Object.keys(stackParameters).length === 0 && !hasPrevious(content)) {
    throw wrong('it holds no parameter');
  }
  return { parameters, stackParameters };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);
const hasPrevious = (content: unknown) =>
  Array.isArray(content) && content.some((entry) => isRecord(entry) && entry.UsePreviousValue === true);
