import type { KeyList, ListedKey } from '../../pipeline/keys/list';
import { dutyWords, type KeyDuty } from '../../pipeline/keys/policy-words';
import { count, type Paint } from '../host';
import type { ExitCode } from '../main';
import { lastUse } from './usage';

/** A key as text, in all its parts. */
export function keyLines(key: ListedKey, colors: Paint): readonly string[] {
  const { policy, resources, findings, unread } = key;
  const facts = [
    key.tier,
    key.state,
    `${key.spec} for ${key.use}`,
    ...(key.origin === 'AWS_KMS' ? [] : [`material from ${key.origin}`]),
    ...(key.multiRegion === undefined ? [] : [`multi-Region ${key.multiRegion.toLowerCase()}`]),
    ...(key.deletionAt === undefined ? [] : [`destroyed at ${key.deletionAt}`]),
  ];
  return [
    `${colors.bold(key.aliases.join(', ') || key.keyId)}  ${key.arn}`,
    `  ${facts.join(', ')}`,
    ...(key.description === undefined ? [] : [`  ${key.description}`]),
    `  rotates: ${key.rotation}`,
    ...(key.lastUsage === undefined ? [] : [`  last use: ${lastUse(key.lastUsage)}`]),
    ...(policy
      ? [
          ...duties('administered by', policy.administrators),
          ...duties('used by', policy.users),
          ...duties('besides', policy.others),
          ...duties('denied to', policy.denied),
        ]
      : []),
    ...(resources === undefined
      ? []
      : [
          `  encrypted under it: ${resources.length === 0 ? 'nothing that was found' : count(resources.length, 'resource')}`,
          ...resources.map(({ type, id, property }) => `    ${type}  ${id}  (${property})`),
        ]),
    ...findings.map(
      ({ directive, verdict, found, reason }) =>
        `  ${verdict === 'fail' ? colors.red('fail   ') : colors.yellow('unknown')}  ${directive}: ${reason ?? found ?? ''}`,
    ),
    ...unread.map((one) => `  ${colors.yellow('unread ')}  ${one}`),
  ];
}

function duties(title: string, all: readonly KeyDuty[]): readonly string[] {
  return all.length === 0 ? [] : [`  ${title}`, ...all.map((one) => `    ${dutyWords(one)}`)];
}

/** What could not be searched, in a line; the JSON names each. */
export function unsearchedLines({ unsearched }: KeyList): readonly string[] {
  if (unsearched.length === 0) return [];
  const some = unsearched.slice(0, 3).map(({ type }) => type);
  return [
    '',
    `${count(unsearched.length, 'kind')} of resources could not be searched, so that more may be encrypted: ${some.join(', ')}${unsearched.length > 3 ? ' …' : ''} (--json names all, with why)`,
  ];
}

/** 2 where something of a key could not be read. */
export const listCode = ({ keys }: KeyList): ExitCode => (keys.some(({ unread }) => unread.length > 0) ? 2 : 0);
