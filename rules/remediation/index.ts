import type { Directive, Example, Json, Properties } from '../directive';
import { readability } from '../live/readability';
import { readers } from '../live/readers';
import type { LiveResource, LiveStack } from '../live/snapshot';
import { cloudControlTypes } from '../live/table';
import { untoldPaths } from '../live/untold';
import { isObject } from '../template/parse';
import { cloudControl, writers } from './calls';
import { documents } from './documents';
import { type Change, mend } from './mend';
import { migrations, replacement } from './migrations';
import type { Call, Remediation } from './remediation';
import { updateTypes } from './table';

export { documents } from './documents';
export { quarantines } from './quarantine';
export type { Call, Mode, OwnedDocument, Parameter, Quarantine, Remediation, Shape } from './remediation';
export { modes } from './remediation';

/** A key for the examples; the environment's own is put in its place when something is mended. */
const sampleKey = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000';
const known = new Map<string, Remediation>();

/**
 * What mends a finding of this directive on a deployed resource: by AWS's own document, by a call, or not in place.
 * It follows from the directive: what its bad examples need to become good is what is written, and the schema says
 * whether writing that replaces the resource.
 */
export function remediationOf(directive: Directive): Remediation {
  const found = known.get(directive.id);
  if (found) return found;
  const made = derive(directive);
  known.set(directive.id, made);
  return made;
}

function derive(directive: Directive): Remediation {
  const { type, notExpressible, remedy } = directive;
  const none = (reason: string, migration = migrations[type] ?? replacement(remedy)): Remediation => ({
    how: 'none',
    reason,
    migration,
  });
  const inTemplate = `${remedy ?? 'Write the fix into the template.'} Then deploy: the template decides.`;
  const special = cannot[directive.id];
  if (special !== undefined) return none(special);
  if (notExpressible?.live !== undefined)
    return none(
      `It is not judged on a deployed resource, and only a finding there is acted upon. ${notExpressible.live}`,
      inTemplate,
    );
  const { how, reason = '' } = readability(type);
  if (how === 'none')
    return none(`The resource cannot be read back: what is unknown is never touched. ${reason}`, inTemplate);
  const changes = sampleChanges(directive);
  if (changes.length === 0) {
    if (directive.concern === 'secrets')
      return none(
        'What stood in plaintext is known to whoever could read it: only a person can make a new secret and tell its users.',
        `Make a new secret in Secrets Manager, let the template name it by a dynamic reference, deploy, and revoke the old one. ${remedy ?? ''}`.trim(),
      );
    return none('No value fits every team: what it should be is for the people who run it to say.', inTemplate);
  }
  const writes = [...new Set(changes.map(({ path }) => written(path)))].sort();
  const target = changes[0]?.type ?? type;
  const replaced = writes.filter((path) => isAtOrBelow(path, updateTypes[target]?.replaces ?? []));
  if (replaced.length > 0)
    return none(`CloudFormation's schema says that a change of ${replaced.join(' and ')} replaces the resource.`);
  const silent = target in readers ? untold(target, writes) : [];
  if (silent.length > 0)
    return none(
      `Whether it holds on a deployed resource is unknown: the live reader of ${target} does not ask for ${silent.join(' and ')}.`,
      inTemplate,
    );
  const hidden =
    target in readers ? [] : writes.filter((path) => isAtOrBelow(path, cloudControlTypes[target]?.writeOnly ?? []));
  if (hidden.length > 0)
    return none(
      `Whether it holds on a deployed resource is unknown: Cloud Control never returns ${hidden.join(' and ')}.`,
      inTemplate,
    );
  const calls = callsFor(target, changes);
  if (!calls)
    return none(`CloudFormation's registry has no update handler for ${target}, so Cloud Control cannot change it.`);
  const broad = calls.flatMap(({ actions }) => actions).filter((action) => action.includes('*'));
  if (broad.length > 0)
    return none(
      `Its handler in CloudFormation's registry takes ${broad.join(', ')}: no role of ours is given that much.`,
    );
  const document = documents[directive.id];
  return document ? { how: 'document', document, writes, calls } : { how: 'call', writes, calls };
}

/** What the schema does not know: services that refuse what CloudFormation's registry allows. */
const cannot: Readonly<Record<string, string>> = {
  'rds-instance-secret-customer-key':
    'RDS takes the key of a managed password only in the call that turns the management on.',
  'rds-cluster-secret-customer-key':
    'RDS takes the key of a managed password only in the call that turns the management on.',
  'docdb-cluster-secret-customer-key':
    'DocumentDB takes the key of a managed password only in the call that turns the management on.',
  'rds-instance-insights-customer-key': 'RDS does not change the key of Performance Insights once they are on.',
  'rds-cluster-insights-customer-key': 'RDS does not change the key of Performance Insights once they are on.',
  'ec2-volume-encrypted': 'EBS does not encrypt a volume that is there.',
  'ec2-volume-from-snapshot-encrypted': 'EBS does not encrypt a volume that is there.',
  'ec2-volume-customer-key': 'EBS does not change the key of a volume that is there.',
  'ec2-instance-volumes-encrypted': 'EBS does not encrypt a volume that is there.',
};

/** The calls that write these properties; nothing where some can be written by none. */
export function callsFor(type: string, changes: readonly Pick<Change, 'path'>[]): readonly Call[] | undefined {
  const own = writers[type] ?? [];
  const paths = changes.map(({ path }) => path.filter((step) => typeof step === 'string').join('.'));
  const chosen = own.filter(({ writes }) =>
    paths.some((path) =>
      writes.some((one) => path === one || path.startsWith(`${one}.`) || one.startsWith(`${path}.`)),
    ),
  );
  const isCovered = (path: string) =>
    chosen.some(({ writes }) =>
      writes.some((one) => path === one || path.startsWith(`${one}.`) || one.startsWith(`${path}.`)),
    );
  if (paths.every(isCovered)) return [...new Set(chosen.map(({ call }) => call))];
  const actions = updateTypes[type]?.update;
  return actions === undefined ? undefined : [cloudControl(type, actions)];
}

interface SampleChange extends Change {
  readonly type: string;
}

/** What turns the bad examples of a directive into good ones. */
function sampleChanges(directive: Directive): readonly SampleChange[] {
  return directive.examples.bad.flatMap((example) => {
    const { live, target } = liveOf(directive, example);
    const changes = mend({ directive, logicalId: target, live, key: sampleKey, region: 'us-east-1' }) ?? [];
    return changes.map((change) => ({
      ...change,
      type: live.resources.find(({ logicalId }) => logicalId === change.logicalId)?.type ?? directive.type,
    }));
  });
}

/** An example as if it were deployed: a reference is what it refers to. */
export function liveOf(directive: Directive, example: Example): { readonly live: LiveStack; readonly target: string } {
  const isTemplate = 'template' in example && 'target' in example;
  const target = isTemplate ? String(example.target) : 'Target';
  const document: Properties = isTemplate && isObject(example.template) ? example.template : {};
  const resources: readonly LiveResource[] = isTemplate
    ? Object.entries(isObject(document.Resources) ? document.Resources : {}).flatMap(([logicalId, one]) => {
        if (!isObject(one)) return [];
        const properties = referred(one.Properties ?? {});
        return [
          {
            logicalId,
            physicalId: logicalId,
            type: String(one.Type),
            properties: isObject(properties) ? properties : {},
          },
        ];
      })
    : [{ logicalId: target, physicalId: target, type: directive.type, properties: { ...example } }];
  return { live: { stack: 'example', keys: {}, resources }, target };
}

function referred(value: Json): Json {
  if (Array.isArray(value)) return value.map((entry: Json) => referred(entry));
  if (!isObject(value)) return value;
  const [name] = Object.keys(value);
  if (name === 'Ref' && typeof value.Ref === 'string') return value.Ref;
  const attribute = value['Fn::GetAtt'];
  if (Array.isArray(attribute) && typeof attribute[0] === 'string') return attribute[0];
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, referred(inner)]));
}

/** A path as the pages write it: `[]` for an entry of a list. */
const written = (path: Change['path']): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[]` : text === '' ? step : `${text}.${step}`),
    '',
  );

const plain = (path: string) => path.replaceAll('[]', '').replaceAll('.*', '');

const isAtOrBelow = (path: string, roots: readonly string[]) =>
  roots.some((root) => plain(path) === plain(root) || plain(path).startsWith(`${plain(root)}.`));

/** What is written and the live reader never tells. */
function untold(type: string, writes: readonly string[]): readonly string[] {
  return untoldPaths(readers[type]?.tells ?? [], writes);
}
