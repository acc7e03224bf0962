import { z } from 'zod';
import type { Config } from '../pipeline/config';

/** The fork that a bootstrap belongs to: its source and the place of its pipeline. */
export function ownerOf({ source, pipeline }: Pick<Config, 'source' | 'pipeline'>): string {
  return `${sourceName(source)} with the pipeline in ${pipeline.account} ${pipeline.region}`;
}

function sourceName(source: Config['source']): string {
  switch (source.kind) {
    case 'github':
      return `github:${source.owner}/${source.repo}`;
    case 'codecommit':
      return `codecommit:${source.repository}`;
    case 's3':
      return `s3:${source.bucket}/${source.key}`;
  }
}

/** The end of the name of the parameter, in `<name>-bootstrap`, that says whose the bootstrap of a place is. */
export const OWNER_PARAMETER = '/bootstrap/owner';

const markSchema = z.object({ Name: z.string().endsWith(OWNER_PARAMETER), Value: z.string() });

/** Whose a deployed template is; nothing where it does not say. A resource says it: a mark in `Metadata` alone could not be updated. */
export function ownerIn(resources: Readonly<Record<string, { readonly Properties: unknown }>>): string | undefined {
  return Object.values(resources)
    .flatMap(({ Properties }) => markSchema.safeParse(Properties).data ?? [])
    .map(({ Value }) => Value)[0];
}
