import type { Config } from '../pipeline/config';

/** An account and a region. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** How a place is named as a key: `account/region`. */
export const placeId = ({ account, region }: Place): string => `${account}/${region}`;

/** The accounts and regions of a configuration, each once, the pipeline's first. */
export function places({ pipeline, environments }: Config): readonly Place[] {
  return [...new Map([pipeline, ...environments].map((place) => [placeId(place), place])).values()];
}
