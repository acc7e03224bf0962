import type { Directive } from '../directive';
import type { DirectiveIndex } from '../judge';
import { type Profile, selectDirectives } from '../profile';
import { REPOSITORY_TYPE, repositoryDirectives } from '../repository';
import { files, judgedIn } from './by-type';

/** The part of the catalogue that is needed, growing as templates ask for it. */
export interface Loader {
  readonly index: DirectiveIndex;
  /** Loads the directives for these types; nothing to wait for where all are there. */
  load(types: Iterable<string>): Promise<void> | undefined;
}

/** Loads directives as they are asked for, those that the profile demands. */
export function createLoader(profile: Profile): Loader {
  const index = new Map<string, readonly Directive[]>();
  return {
    index,
    load: (types) => {
      const wanted = [...types].filter((type) => !index.has(type) && judgedIn[type] !== undefined);
      if (wanted.length === 0) return undefined;
      return Promise.all(
        wanted.map(async (type) => {
          const services = await Promise.all((judgedIn[type] ?? []).map((name) => files[name]()));
          const directives = services.flatMap((service) => service.directives.filter((one) => one.type === type));
          index.set(type, selectDirectives(directives, profile));
        }),
      ).then(() => undefined);
    },
  };
}

/** The directives for these types, by id, whatever the profile. */
export async function directivesFor(types: Iterable<string>): Promise<ReadonlyMap<string, Directive>> {
  const loader = createLoader('customer-key');
  const wanted = new Set(types);
  await loader.load(wanted);
  const beside = wanted.has(REPOSITORY_TYPE) ? repositoryDirectives : [];
  return new Map([...[...loader.index.values()].flat(), ...beside].map((one) => [one.id, one]));
}
