import type { Permission, Recipe } from '../../pipeline/recipes/recipe';
import { anchorOf, code, link, page, prose, sentence, table } from './markdown';

/** What moving data asks of KMS itself. */
const keys: Permission = {
  on: ['arn:aws:kms:REGION:ACCOUNT:key/*'],
  actions: ['kms:DescribeKey', 'kms:ListAliases'],
};

/** What services ask of both keys on behalf of the caller. */
const use = {
  Sid: 'UseOfBothKeysThroughServices',
  Effect: 'Allow',
  Action: [
    'kms:CreateGrant',
    'kms:Decrypt',
    'kms:DescribeKey',
    'kms:Encrypt',
    'kms:GenerateDataKey*',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ],
  Resource: ['arn:aws:kms:REGION:ACCOUNT:key/OLD', 'arn:aws:kms:REGION:ACCOUNT:key/NEW'],
  Condition: { StringLike: { 'kms:ViaService': '*.REGION.amazonaws.com' } },
};

const policy = (statements: readonly object[]): string =>
  `\`\`\`json\n${JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 1)}\n\`\`\``;

const statement = ({ on, actions }: Permission) => ({ Effect: 'Allow', Action: actions, Resource: on });

/** docs/migrate.md: how stores get under a key, what is left, and what is proven. */
export function migratePage(recipes: readonly Recipe[]): string {
  return page(
    '<!-- Written by `npx cipherline rules docs` from pipeline/recipes/. -->',
    '# Moving data under a key',
    'A plaintext store, or one under a key of AWS, moves under a key of yours by `cipherline migrate`; data moves from one of your keys to another by `cipherline keys rotate-data`. Both work by the recipes below.',
    [
      '    npx cipherline migrate list',
      '    npx cipherline migrate plan s3-bucket orders --key alias/cipherline/prod/storage --env prod --profile NAME',
      '    npx cipherline migrate run s3-bucket orders --key alias/cipherline/prod/storage --env prod --profile NAME',
      '    npx cipherline migrate status',
      '    npx cipherline keys rotate-data --from alias/old --to alias/new --dry-run',
      '    npx cipherline keys rotate-data --from alias/old --to alias/new s3-bucket:orders dynamodb-table:orders',
    ].join('\n'),
    'A plan is shown with counts before it asks, and put down before it is begun ([how](decisions/0018-journal.md)): killed at any moment, the same command goes on where it was, by the options it was made with. Each step counts before and after. `refused` (exit 1, or 2 where it could not be told) says what stands in the way; `migrate abandon PLAN` closes a plan that is not to be finished, and takes nothing back. **Nothing old is ever deleted**: what may go is named at the end.',
    'Without names, `keys rotate-data` takes everything under the old key that it finds: buckets by their default, tables, secrets, parameters, log groups and manual snapshots. Volumes and instances, which need a swap, are named by you. `cipherline keys usage` shows what else is under a key; `cipherline keys retire` refuses while anything is ([docs/key-retirement.md](key-retirement.md)).',
    table(
      ['Recipe', 'What', 'Named by'],
      recipes.map(({ id, title, resource }) => [link(code(id), `#${anchorOf(id)}`), prose(title), prose(resource)]),
    ),
    ...recipes.flatMap(({ id, title, know, permissions, proven, sources, afterwards }) => [
      `## ${id}`,
      sentence(prose(title)),
      know.map((line) => `- ${prose(line)}`).join('\n'),
      `**Left to you.** ${afterwards({ resource: 'NAME', mark: 'PLAN' }).map(prose).join(' ')}`,
      `**Proven.** ${prose(proven)}`,
      '**Needs**, beside the use of both keys:',
      policy(permissions.map(statement)),
      `Rests on ${sources.map((source) => `<${source}>`).join(', ')}.`,
    ]),
    '## The counts of a database',
    '`--count-command FILE` names a program of yours that prints counts of an instance, a line each; it is run with `CIPHERLINE_DB_HOST`, `CIPHERLINE_DB_PORT`, `CIPHERLINE_DB_ENGINE`, `CIPHERLINE_DB_NAME` and `CIPHERLINE_DB_USER`, and gets its password as you do elsewhere. The lines are sorted and compared by their checksum; the journal keeps how many they were and the checksum.',
    [
      '    #!/bin/sh',
      '    psql "host=$CIPHERLINE_DB_HOST port=$CIPHERLINE_DB_PORT dbname=shop user=counter sslmode=require" \\',
      '      -Atc "select \'orders\', count(*), sum(hashtext(orders::text)) from orders"',
    ].join('\n'),
    '## The use of the keys',
    'Services use both keys on behalf of the caller. Where the key policies leave it to IAM, as those of the bootstrap do through the services of a data class:',
    policy([statement(keys), use]),
    '## What is not proven',
    'The tests run every recipe in the local account, which has no cryptography, no disks and no database engines: they show the calls, their order, the settings and keys of what is made, the counts, and that a plan that is killed ends like one that is not. How long AWS takes, quotas, key policies, archives and objects above five gigabytes are shown by an account alone. Try a recipe on a copy first.',
  );
}
