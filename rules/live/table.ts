import table from './cloud-control.json';
import lists from './list.json';
import registry from './registry.json';

/** How Cloud Control reads a CloudFormation type; made by scripts/write-live-tables.mjs. */
export interface CloudControlType {
  /** The properties that identify a resource to Cloud Control, in their order. */
  readonly identifier: readonly string[];
  /**
   * Which property or attribute CloudFormation's physical id is, where it is one. Of a compound identifier the physical
   * id may be the whole, joined by `|`; else the other parts are in the template.
   */
  readonly physical?: string;
  /** Properties Cloud Control never returns: names joined by dots, `*` for each entry of a list or map. */
  readonly writeOnly?: readonly string[];
  /** Why it cannot be read back at all. */
  readonly cannot?: string;
}

/** What CloudFormation's registry says of a type, beyond what the CDK's schema tells; see scripts/live-table.ts. */
export interface RegistryType {
  readonly identifier: readonly string[];
  /** Actions the read handler makes with the rights of whoever calls Cloud Control; absent where there is no handler. */
  readonly read?: readonly string[];
  readonly writeOnly?: readonly string[];
}

/** What a resource is within, to be named before it can be listed. */
export interface Within {
  readonly property: string;
  /** What is listed for the values of the property. */
  readonly type?: string;
  /** The values, where there are only these. */
  readonly values?: readonly string[];
}

/** How Cloud Control lists a type; of one whose schema has no list handler, nothing. */
export interface ListedType {
  /** Actions the list handler makes with the rights of whoever calls Cloud Control. */
  readonly list?: readonly string[];
  readonly within?: readonly Within[];
}

/** The types in which some directive demands a key. */
export const listTypes: Readonly<Record<string, ListedType>> = lists;
export const cloudControlTypes: Readonly<Record<string, CloudControlType>> = table;
export const registryTypes: Readonly<Record<string, RegistryType>> = registry;
