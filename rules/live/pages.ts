import type { Properties } from '../directive';
import type { ClientConfig } from './aws';

/** What a call of the SDK takes beside its command. */
export interface Within {
  readonly abortSignal?: AbortSignal;
}

/** What a list tells of a resource beside its name, where that is all its reader would. */
type Entry = string | undefined | { readonly id: string | undefined; readonly properties: Properties };

/** A page of names, and where the next one begins. */
interface Page {
  readonly ids: readonly Entry[];
  readonly next?: string | undefined;
}

/** One that is listed. */
export interface Listed {
  readonly id: string;
  readonly properties?: Properties;
}

/** Lists what there is of one kind in an account and Region. */
export type Lister = (config: ClientConfig, within: Within) => AsyncGenerator<Listed>;

/** Asks for page after page. */
export async function* pages(page: (next: string | undefined) => Promise<Page>): AsyncGenerator<Listed> {
  let next: string | undefined;
  do {
    const answer = await page(next);
    for (const entry of answer.ids) {
      const one = typeof entry === 'object' ? entry : { id: entry };
      if (one.id) yield { ...one, id: one.id };
    }
    next = answer.next || undefined;
  } while (next !== undefined);
}

/** Asks a client for page after page, and closes it at the end. */
export async function* pagesOf<Client extends { destroy(): void }>(
  client: Client,
  page: (client: Client, next: string | undefined) => Promise<Page>,
): AsyncGenerator<Listed> {
  try {
    yield* pages((next) => page(client, next));
  } finally {
    client.destroy();
  }
}
