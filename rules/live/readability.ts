import { readers } from './readers';
import { cloudControlTypes, registryTypes } from './table';

/** How a deployed resource of a type is read back: by its service's own API, by Cloud Control, or not, with why. */
export interface Readability {
  readonly how: 'describe' | 'cloud-control' | 'none';
  readonly reason?: string;
}

/** How a CloudFormation type is read back. A reader of our own is preferred: fewer calls, and nothing it does not ask for. */
export function readability(type: string): Readability {
  if (type in readers) return { how: 'describe' };
  const entry = cloudControlTypes[type];
  if (!entry) return { how: 'none', reason: 'Neither a reader nor the Cloud Control table has it.' };
  return entry.cannot === undefined ? { how: 'cloud-control' } : { how: 'none', reason: entry.cannot };
}

/** The types with encryption settings that cannot be read back at all, by name, with why. */
export const unreadableTypes: Readonly<Record<string, string>> = Object.freeze(
  Object.fromEntries(
    Object.keys(cloudControlTypes).flatMap((type) => {
      const { reason } = readability(type);
      return reason === undefined ? [] : [[type, reason]];
    }),
  ),
);

/** The actions by which settings are read. `apigateway:GET` and Keyspaces' `Select` are such too. */
const readsSettings = /^[\w-]+:(BatchGet|Describe|Get|List|Search)\w*$|^apigateway:GET$|^cassandra:Select\w*$/;
/** Read handlers ask for these too, but they read data or secrets; a verification must do without. */
const readsData = new Set([
  'cognito-idp:ListUserPoolClientSecrets',
  's3:GetObject',
  's3:GetObjectVersion',
  'secretsmanager:GetSecretValue',
  'ssm:GetParameter',
  'ssm:GetParameters',
]);

/**
 * What a role must be allowed beside `cloudformation:GetResource` so that Cloud Control can read these types: its
 * handlers work with the rights of the caller. By the read handlers in CloudFormation's registry, less what changes
 * something, decrypts, or reads data: `withheld` is that rest. A resource that cannot be read without it is unknown.
 */
export function readActions(types: Iterable<string>): {
  readonly actions: readonly string[];
  readonly withheld: readonly string[];
} {
  const wanted = new Set<string>();
  for (const type of types)
    if (readability(type).how === 'cloud-control') for (const one of registryTypes[type]?.read ?? []) wanted.add(one);
  const isHarmless = (action: string) => readsSettings.test(action) && !readsData.has(action);
  const sorted = [...wanted].sort();
  return { actions: sorted.filter(isHarmless), withheld: sorted.filter((action) => !isHarmless(action)) };
}
