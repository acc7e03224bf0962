import table from './updates.json';

/** What CloudFormation's registry says of changing a type; made by scripts/write-live-tables.mjs. */
export interface UpdateType {
  /** IAM actions that the update handler takes, with the rights of whoever calls Cloud Control; absent without a handler. */
  readonly update?: readonly string[];
  /** Properties whose change replaces the resource: names joined by dots, `*` for each entry. */
  readonly replaces?: readonly string[];
}

export const updateTypes: Readonly<Record<string, UpdateType>> = table;
