import type { Json } from '../directive';
import type { JsonObject } from './parse';

export type { Json };
export type Scalar = string | number | boolean;

/** What is known of a value that cannot be resolved here. */
interface Traces {
  /** The resource of the same template it refers to. */
  readonly reference?: { readonly logicalId: string; readonly attribute?: string };
  /** The resource of another template it refers to, passed on by a parent stack, an output or an export. */
  readonly foreign?: { readonly type: string; readonly name: string };
  readonly parameter?: string;
  /** Its text as far as it is certain; `null` stands for a part that is not. */
  readonly pieces?: readonly (string | null)[];
  /** What its text ends with after a colon or a slash, where that is not known: the key in `arn:…:key/${Key}`. */
  readonly end?: Unknown;
}

/** A value that only the deployment will tell. Never mistaken for a right one. */
export class Unknown {
  readonly reference: Traces['reference'];
  readonly foreign: Traces['foreign'];
  readonly parameter: Traces['parameter'];
  readonly pieces: Traces['pieces'];
  readonly end: Traces['end'];
  constructor(
    /** Why it is not known, in words for the user. */
    readonly reason: string,
    /** Two unknowns with one key have the same value. */
    readonly key: string,
    traces: Traces,
  ) {
    this.reference = traces.reference;
    this.foreign = traces.foreign;
    this.parameter = traces.parameter;
    this.pieces = traces.pieces;
    this.end = traces.end;
  }
}

/** A resolved value; `undefined` is absent. The entries of lists and maps are not resolved yet. */
export type Resolved = Scalar | readonly Json[] | JsonObject | Unknown | undefined;
