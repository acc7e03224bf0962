import type { Directives } from '../pipeline/reports/report';
import { catalogue } from '../rules/services';

/** The whole catalogue by id; a verb that judges few types loads what it needs instead. */
export const directives: Directives = new Map(catalogue.map((directive) => [directive.id, directive]));
