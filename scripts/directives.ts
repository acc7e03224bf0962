import type { Directives } from '../pipeline/reports/report';
import { accountDirectives } from '../rules/account';
import { repositoryDirectives } from '../rules/repository';
import { catalogue } from '../rules/services';

/** The whole catalogue by id, and what is demanded of accounts and of the repository; a verb that judges few types loads what it needs instead. */
export const directives: Directives = new Map(
  [...catalogue, ...accountDirectives, ...repositoryDirectives].map((directive) => [directive.id, directive]),
);
