import type { HookTarget } from '../../rules/points/hook';
import { profiles, selectDirectives } from '../../rules/profile';
import { catalogue } from '../../rules/services';
import { log, oneOf, setting } from './environment';
import { createHook, fetchPayload } from './hook-handler';

const all: readonly HookTarget[] = ['RESOURCE', 'STACK', 'CHANGE_SET', 'CLOUD_CONTROL'];

/** What Lambda calls. */
export const handler = createHook({
  directives: selectDirectives(catalogue, oneOf('PROFILE', profiles)),
  targets: new Set(all.filter((target) => setting('TARGETS').split(',').includes(target))),
  fetchPayload: (url) => fetchPayload(url),
  log,
});
