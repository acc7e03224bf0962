import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../pipeline/user-error';
import type { Fragments } from '../rules/template/modules';
import { parseTemplate } from '../rules/template/parse';

/**
 * Reads the fragments of registry modules, each given as `Type=File`.
 * @throws UserError when one is not given so, or cannot be read.
 */
export async function readFragments(given: readonly string[]): Promise<Fragments> {
  const entries = given.map(async (one) => {
    const [, type, file] = /^(\w+::\w+::\w+::MODULE)=(.+)$/.exec(one) ?? [];
    if (type === undefined || file === undefined) {
      throw new UserError(
        'not a module and its fragment',
        one,
        'For example Acme::Storage::Bucket::MODULE=bucket.json',
      );
    }
    try {
      return [type, parseTemplate(await readFile(file, 'utf8'), file).document] as const;
    } catch (error) {
      throw new UserError(`the fragment cannot be read: ${messageOf(error)}`, file);
    }
  });
  return new Map(await Promise.all(entries));
}
