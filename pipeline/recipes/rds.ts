import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import {
  CopyDBSnapshotCommand,
  CreateDBSnapshotCommand,
  type DBInstance,
  type DBSnapshot,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  type RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  type Tag,
} from '@aws-sdk/client-rds';
import { callAws, eventually, unlessMissing } from '../aws-call';
import type { Outcome, Step, StepContext } from '../journal/carry-out';
import type { Measure } from '../journal/journal';
import { messageOf, UserError } from '../user-error';
import type { Recipe, RecipeWork } from './recipe';

const guide = 'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/';

export const rdsSnapshot: Recipe = {
  id: 'rds-snapshot',
  title: 'a manual snapshot of an RDS instance: a copy under the key',
  verbs: ['migrate', 'rotate-data'],
  resource: "a DB snapshot's identifier",
  options: [],
  know: [
    'A snapshot keeps its key for good: what is under the new key is a copy with a name of its own.',
    'Tags are copied; who it is shared with is not.',
    'Automated snapshots go with the retention of their instance, and the snapshots of Aurora clusters are copied by other calls: neither is taken.',
    'The old snapshot is named at the end and not deleted.',
  ],
  sources: [`${guide}USER_CopySnapshot.html`, `${guide}Overview.Encryption.html`],
  permissions: [
    {
      on: ['arn:aws:rds:REGION:ACCOUNT:snapshot:*'],
      actions: ['rds:AddTagsToResource', 'rds:CopyDBSnapshot', 'rds:DescribeDBSnapshots'],
    },
  ],
  proven:
    'In the emulator: the calls, the settings, the key of the copy, the resume. Not: data, which its snapshots have none of.',
  afterwards: ({ resource, mark }) => [
    `Restore ${nameOf(resource, mark)} once and look at it, share it as ${resource} was shared; then delete ${resource}.`,
  ],
  find: async (clients, keyNames) => {
    const found: string[] = [];
    let marker: string | undefined;
    do {
      const page = await callAws('rds:DescribeDBSnapshots', undefined, () =>
        clients.rds().send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual', Marker: marker })),
      );
      for (const { DBSnapshotIdentifier: name, KmsKeyId } of page.DBSnapshots ?? [])
        if (name !== undefined && KmsKeyId !== undefined && keyNames.has(KmsKeyId)) found.push(name);
      marker = page.Marker;
    } while (marker !== undefined && marker !== '');
    return found;
  },
  steps: (work) => [copyStep(work, work.resource)],
};

export const rdsInstance: Recipe = {
  id: 'rds-instance',
  title: 'an RDS instance: a new one under the key, restored from its copied snapshot, that takes its name',
  verbs: ['migrate', 'rotate-data'],
  resource: "a DB instance's identifier",
  options: ['countCommand'],
  know: [
    'An instance keeps its key for good, or has none for good: what is under the key is a new instance, restored from a snapshot.',
    'Stop what writes before you run it: what is written after the snapshot is not in the new instance. With --count-command the plan counts before the snapshot, in the new instance, and in the old one again just before the switch, and goes on only where all three are the same.',
    'At the switch the two change their identifiers, and with them their endpoints: connections break, and come back to the new instance. To go back, rename them again.',
    'Class, network, parameter and option groups, storage, backups, maintenance, monitoring, log exports, tags and protection are taken over; read replicas, proxies, a directory, roles for its features, alarms by resource id and the managed master password are not: see what is left.',
    'Neither the old instance nor a snapshot is deleted: both cost until you delete them.',
    'Aurora is restored by cluster with its key in one call, and is not taken here. AWS DMS keeps the downtime shorter.',
  ],
  sources: [
    `${guide}Overview.Encryption.html`,
    `${guide}USER_CopySnapshot.html`,
    `${guide}USER_RestoreFromSnapshot.html`,
    `${guide}USER_RenameInstance.html`,
  ],
  permissions: [
    {
      on: [
        'arn:aws:rds:REGION:ACCOUNT:db:*',
        'arn:aws:rds:REGION:ACCOUNT:snapshot:*',
        'arn:aws:rds:REGION:ACCOUNT:subgrp:*',
        'arn:aws:rds:REGION:ACCOUNT:og:*',
        'arn:aws:rds:REGION:ACCOUNT:pg:*',
      ],
      actions: [
        'rds:AddTagsToResource',
        'rds:CopyDBSnapshot',
        'rds:CreateDBSnapshot',
        'rds:DescribeDBInstances',
        'rds:DescribeDBSnapshots',
        'rds:ListTagsForResource',
        'rds:ModifyDBInstance',
        'rds:RestoreDBInstanceFromDBSnapshot',
      ],
    },
    { on: ['arn:aws:iam::ACCOUNT:role/MONITORING'], actions: ['iam:PassRole'] },
  ],
  proven:
    'In the emulator: the order of the calls, the settings, the key at each stage, the switch, the resume, the counts by a command. Not: rows of a database, which it runs none of.',
  afterwards: ({ resource, mark }) => [
    `Point what goes by resource id (alarms, Performance Insights, IAM database authentication) to the new ${resource}; make read replicas, its place in a directory, roles for its features and a managed master password again.`,
    `Once nobody wants to go back: delete ${nameOf(resource, mark, 'old')}, and the snapshots ${nameOf(resource, mark)} and ${nameOf(resource, mark, 'source')}.`,
    'Where CloudFormation made the instance: its logical id still means the old one. Set StorageEncrypted and KmsKeyId and DBSnapshotIdentifier in the template with UpdateReplacePolicy: Retain, or import the new one.',
  ],
  steps: (work) => instanceSteps(work),
};

/**
 * A name that the same plan gives again, within the 63 characters of an instance's. Of two long names no more than the
 * beginning may be left, so that what tells them apart is in the hash.
 */
export const nameOf = (resource: string, mark: string, what = 'key'): string => {
  const plan = createHash('sha256').update(`${mark}\0${resource}`).digest('hex').slice(0, 8);
  const end = `-${what}-${plan}`;
  return `${(resource.split(':').at(-1) ?? resource).slice(0, 63 - end.length)}${end}`.replaceAll(/--+/g, '-');
};

const patience = ({ clock, signal }: Pick<StepContext, 'clock' | 'signal'>) => ({
  clock,
  signal,
  waits: [2, 5, 15, 30],
  atMost: 6 * 3_600,
});

async function snapshotOf(rds: RDSClient, name: string): Promise<DBSnapshot | undefined> {
  const found = await unlessMissing(
    callAws('rds:DescribeDBSnapshots', name, () =>
      rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: name })),
    ),
  );
  return found?.DBSnapshots?.[0];
}

async function instanceOf(rds: RDSClient, name: string): Promise<DBInstance | undefined> {
  const found = await unlessMissing(
    callAws('rds:DescribeDBInstances', name, () =>
      rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name })),
    ),
  );
  return found?.DBInstances?.[0];
}

const snapshotMeasure = (snapshot: DBSnapshot | undefined): Measure =>
  snapshot === undefined
    ? { snapshot: 'none' }
    : {
        snapshot: snapshot.DBSnapshotIdentifier ?? 'unknown',
        instance: snapshot.DBInstanceIdentifier ?? 'unknown',
        engine: `${snapshot.Engine} ${snapshot.EngineVersion}`,
        gigabytes: snapshot.AllocatedStorage ?? 0,
        encrypted: snapshot.Encrypted ?? false,
        key: snapshot.KmsKeyId || 'none',
      };

const available = (rds: RDSClient, name: string, context: StepContext): Promise<DBSnapshot> =>
  eventually(`the snapshot ${name}`, patience(context), async () => {
    const found = await snapshotOf(rds, name);
    if (found?.Status === 'failed') throw new UserError('failed', name, 'Delete it, and run the plan again.');
    if (found && found.Status !== 'available') context.log(`${name}: ${found.PercentProgress ?? 0}%`);
    return found?.Status === 'available' ? found : undefined;
  });

/** Copies a snapshot under the key, into a name that the same plan finds again. */
function copyStep(work: RecipeWork, source: string): Step {
  const { clients, key, mark, resource } = work;
  const target = nameOf(resource, mark);
  return {
    id: 'copy',
    title: `copy the snapshot ${source} under the key, as ${target}`,
    before: async () => {
      const found = await snapshotOf(clients.rds(), source);
      if (!found) throw new UserError('there is no such snapshot', source);
      refuseMoved(source, found, key);
      return snapshotMeasure(found);
    },
    run: async (context) => {
      const rds = clients.rds();
      if (!(await snapshotOf(rds, target)))
        await callAws('rds:CopyDBSnapshot', source, () =>
          rds.send(
            new CopyDBSnapshotCommand({
              SourceDBSnapshotIdentifier: source,
              TargetDBSnapshotIdentifier: target,
              KmsKeyId: key,
              CopyTags: true,
            }),
          ),
        );
      const after = snapshotMeasure(await available(rds, target, context));
      const before = snapshotMeasure(await snapshotOf(rds, source));
      const differ = (['instance', 'engine', 'gigabytes'] as const).filter((name) => before[name] !== after[name]);
      if (after.key !== key || differ.length > 0)
        throw new UserError(
          `the copy ${target} is not what was asked for: ${JSON.stringify(after)}, and the source ${JSON.stringify(before)}`,
          source,
        );
      return { state: 'done', after };
    },
  };
}

function instanceSteps(work: RecipeWork): readonly Step[] {
  const { clients, resource, mark } = work;
  const rds = () => clients.rds();
  const source = nameOf(resource, mark, 'source');
  const fresh = nameOf(resource, mark, 'new');
  const old = nameOf(resource, mark, 'old');
  /** The old instance, whatever it is called by now. */
  const theOld = async (): Promise<DBInstance> => {
    const found = (await instanceOf(rds(), old)) ?? (await instanceOf(rds(), resource));
    if (!found) throw new UserError('there is no such instance', resource);
    return found;
  };
  return [
    {
      id: 'snapshot',
      title: `count what is there, and take the snapshot ${source}: nothing may be written from here on`,
      before: async () => {
        const instance = await theOld();
        refuseWrongKind(instance);
        refuseMoved(resource, instance, work.key);
        return { ...instanceMeasure(instance), ...(await rowsOf(work, instance)) };
      },
      run: async (context) => {
        if (!(await snapshotOf(rds(), source)))
          await callAws('rds:CreateDBSnapshot', resource, () =>
            rds().send(new CreateDBSnapshotCommand({ DBInstanceIdentifier: resource, DBSnapshotIdentifier: source })),
          );
        return { state: 'done', after: snapshotMeasure(await available(rds(), source, context)) };
      },
    },
    copyStep(work, source),
    {
      id: 'restore',
      title: `restore the copy as ${fresh}, with the settings of ${resource}`,
      before: async () => instanceMeasure(await theOld()),
      run: async (context) => restore(work, await theOld(), fresh, context),
    },
    {
      id: 'count',
      title: 'compare: the new instance has what was counted, and nothing was written to the old one since',
      before: async () => ({}),
      run: async ({ stateOf }) => compare(work, await theOld(), fresh, stateOf('snapshot').before ?? {}),
    },
    {
      id: 'switch',
      title: `rename ${resource} to ${old}, and ${fresh} to ${resource}`,
      before: async () => ({}),
      run: async (context) => changeNames(work, { fresh, old }, context),
    },
  ];
}

/** A plan that is made again would make everything again. */
function refuseMoved(name: string, { KmsKeyId }: { readonly KmsKeyId?: string | undefined }, key: string): void {
  if (KmsKeyId === key) throw new UserError(`is under ${key} already`, name, 'Nothing is to be done.');
}

function refuseWrongKind({
  DBInstanceIdentifier,
  DBClusterIdentifier,
  Engine = '',
  ReadReplicaSourceDBInstanceIdentifier,
}: DBInstance): void {
  if (DBClusterIdentifier || Engine.startsWith('aurora'))
    throw new UserError(
      `belongs to the cluster ${DBClusterIdentifier}`,
      DBInstanceIdentifier,
      'Restore the snapshot of the cluster with KmsKeyId: Aurora encrypts while it restores.',
    );
  if (ReadReplicaSourceDBInstanceIdentifier)
    throw new UserError(
      `is a read replica of ${ReadReplicaSourceDBInstanceIdentifier}`,
      DBInstanceIdentifier,
      'Move its source, and make a new replica of that.',
    );
}

const instanceMeasure = (instance: DBInstance): Measure => ({
  engine: `${instance.Engine} ${instance.EngineVersion}`,
  class: instance.DBInstanceClass ?? 'unknown',
  gigabytes: instance.AllocatedStorage ?? 0,
  encrypted: instance.StorageEncrypted ?? false,
  key: instance.KmsKeyId || 'none',
});

/** What the program of `--count-command` prints about an instance: its lines, sorted, and their checksum. */
async function rowsOf(
  { countCommand }: RecipeWork,
  { Endpoint, Engine, DBName, MasterUsername }: DBInstance,
): Promise<Measure> {
  if (countCommand === undefined) return {};
  try {
    const { stdout } = await promisify(execFile)(countCommand, [], {
      env: {
        ...process.env,
        CIPHERLINE_DB_HOST: Endpoint?.Address ?? '',
        CIPHERLINE_DB_PORT: String(Endpoint?.Port ?? ''),
        CIPHERLINE_DB_ENGINE: Engine ?? '',
        CIPHERLINE_DB_NAME: DBName ?? '',
        CIPHERLINE_DB_USER: MasterUsername ?? '',
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    const lines = stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .sort();
    if (lines.length === 0) throw new Error('it printed nothing');
    return { countLines: lines.length, countChecksum: createHash('sha256').update(lines.join('\n')).digest('hex') };
  } catch (error) {
    throw new UserError(`the counts cannot be had: ${messageOf(error).split('\n', 1)[0]}`, countCommand, undefined, {
      cause: error,
    });
  }
}

async function ready(rds: RDSClient, name: string, context: StepContext): Promise<DBInstance> {
  return eventually(`the instance ${name}`, patience(context), async () => {
    const found = await instanceOf(rds, name);
    return found && isAvailable(found, context) ? found : undefined;
  });
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status */
function isAvailable({ DBInstanceIdentifier: name, DBInstanceStatus: status = '' }: DBInstance, context: StepContext) {
  if (/^(failed|restore-error|storage-full|incompatible-\S+|inaccessible-\S+)$/.test(status))
    throw new UserError(`is ${status}, and does not become available by itself`, name, 'Mend it, and run it again.');
  if (status !== 'available') context.log(`${name}: ${status}`);
  return status === 'available';
}

async function restore(work: RecipeWork, old: DBInstance, fresh: string, context: StepContext): Promise<Outcome> {
  const { clients, resource, key, mark } = work;
  const rds = clients.rds();
  if (!(await instanceOf(rds, fresh))) {
    const { TagList = [] } = await callAws('rds:ListTagsForResource', resource, () =>
      rds.send(new ListTagsForResourceCommand({ ResourceName: old.DBInstanceArn })),
    );
    await callAws('rds:RestoreDBInstanceFromDBSnapshot', resource, () =>
      rds.send(
        new RestoreDBInstanceFromDBSnapshotCommand({
          DBInstanceIdentifier: fresh,
          DBSnapshotIdentifier: nameOf(resource, mark),
          ...settingsAtRestore(old),
          Tags: TagList.filter(({ Key = '' }: Tag) => !Key.startsWith('aws:')),
        }),
      ),
    );
  }
  await ready(rds, fresh, context);
  // A restore takes no such settings. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
  await callAws('rds:ModifyDBInstance', fresh, () =>
    rds.send(
      new ModifyDBInstanceCommand({
        DBInstanceIdentifier: fresh,
        ApplyImmediately: true,
        ...settingsAfterwards(old, key),
      }),
    ),
  );
  const made = await ready(rds, fresh, context);
  const before = { ...instanceMeasure(old), ...settingsMeasure(old) };
  const after = { ...instanceMeasure(made), ...settingsMeasure(made) };
  const differ = Object.entries(before).flatMap(([name, value]) =>
    name === 'key' || name === 'encrypted' || after[name] === value ? [] : [`${name} ${value} became ${after[name]}`],
  );
  if (made.StorageEncrypted !== true || made.KmsKeyId !== key || differ.length > 0)
    throw new UserError(
      `${fresh} is not what was asked for: it is under ${made.KmsKeyId ?? 'no key'}${differ.map((one) => `, ${one}`).join('')}`,
      resource,
      `Look at ${fresh}: delete it to have it made again.`,
    );
  return { state: 'done', after: instanceMeasure(made) };
}

/** What the restore takes over, to be held against what came of it. */
const settingsMeasure = (one: DBInstance): Measure => ({
  subnets: one.DBSubnetGroup?.DBSubnetGroupName ?? 'none',
  securityGroups: (one.VpcSecurityGroups ?? [])
    .map(({ VpcSecurityGroupId: id }) => id)
    .sort()
    .join(', '),
  standby: one.MultiAZ ?? false,
  public: one.PubliclyAccessible ?? false,
  storage: one.StorageType ?? 'unknown',
  protected: one.DeletionProtection ?? false,
});

export const settingsAtRestore = (old: DBInstance) => ({
  DBInstanceClass: old.DBInstanceClass,
  Port: old.Endpoint?.Port,
  DBSubnetGroupName: old.DBSubnetGroup?.DBSubnetGroupName,
  VpcSecurityGroupIds: (old.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId: id }) => (id ? [id] : [])),
  // One or the other: a zone for a single instance, several for one with a standby.
  MultiAZ: old.MultiAZ,
  ...(old.MultiAZ ? {} : { AvailabilityZone: old.AvailabilityZone }),
  PubliclyAccessible: old.PubliclyAccessible,
  AutoMinorVersionUpgrade: old.AutoMinorVersionUpgrade,
  OptionGroupName: old.OptionGroupMemberships?.[0]?.OptionGroupName,
  DBParameterGroupName: old.DBParameterGroups?.[0]?.DBParameterGroupName,
  StorageType: old.StorageType,
  ...performanceOf(old),
  CACertificateIdentifier: old.CACertificateIdentifier,
  DedicatedLogVolume: old.DedicatedLogVolume,
  // It is of these engines alone.
  ...(/^(mysql|postgres)$/.test(old.Engine ?? '') ? { EngineLifecycleSupport: old.EngineLifecycleSupport } : {}),
  CopyTagsToSnapshot: old.CopyTagsToSnapshot,
  EnableIAMDatabaseAuthentication: old.IAMDatabaseAuthenticationEnabled,
  EnableCloudwatchLogsExports: old.EnabledCloudwatchLogsExports,
  DeletionProtection: old.DeletionProtection,
  NetworkType: old.NetworkType,
});

/**
 * RDS refuses a rate for gp3 below the size at which it can be chosen, be it the one that all have there.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage
 */
function performanceOf({ StorageType, Iops, StorageThroughput }: DBInstance) {
  if (StorageType === 'io1' || StorageType === 'io2') return { Iops };
  const chosen = StorageType === 'gp3' && ((Iops ?? 0) > 3_000 || (StorageThroughput ?? 0) > 125);
  return chosen ? { Iops, StorageThroughput } : {};
}

export const settingsAfterwards = (old: DBInstance, key: string) => ({
  BackupRetentionPeriod: old.BackupRetentionPeriod,
  PreferredBackupWindow: old.PreferredBackupWindow,
  PreferredMaintenanceWindow: old.PreferredMaintenanceWindow,
  ...(old.MaxAllocatedStorage ? { MaxAllocatedStorage: old.MaxAllocatedStorage } : {}),
  ...(old.MonitoringInterval
    ? { MonitoringInterval: old.MonitoringInterval, MonitoringRoleArn: old.MonitoringRoleArn }
    : {}),
  ...(old.PerformanceInsightsEnabled
    ? {
        EnablePerformanceInsights: true,
        // What was under the key of the storage goes where the storage goes.
        PerformanceInsightsKMSKeyId:
          old.PerformanceInsightsKMSKeyId === old.KmsKeyId ? key : old.PerformanceInsightsKMSKeyId,
        PerformanceInsightsRetentionPeriod: old.PerformanceInsightsRetentionPeriod,
      }
    : {}),
});

async function compare(work: RecipeWork, old: DBInstance, fresh: string, before: Measure): Promise<Outcome> {
  const made = (await instanceOf(work.clients.rds(), fresh)) ?? (await instanceOf(work.clients.rds(), work.resource));
  if (!made) throw new UserError('is gone', fresh);
  if (work.countCommand === undefined)
    return { state: 'done', after: { counted: false, note: 'no --count-command: rows were not compared' } };
  const now = await rowsOf(work, old);
  if (now.countChecksum !== before.countChecksum)
    return {
      state: 'refused',
      verdict: 'no',
      why: `the old instance was written to since the snapshot (${before.countLines} lines of counts then, ${now.countLines} now): stop what writes, delete ${fresh} and plan again`,
    };
  const inNew = await rowsOf(work, made);
  if (inNew.countChecksum !== before.countChecksum)
    return { state: 'refused', verdict: 'no', why: `${fresh} does not have what the old instance had` };
  return { state: 'done', after: { counted: true, ...inNew } };
}

async function changeNames(
  { clients, resource, key }: RecipeWork,
  { fresh, old }: { readonly fresh: string; readonly old: string },
  context: StepContext,
): Promise<Outcome> {
  const rds = clients.rds();
  const rename = async (from: string, to: string): Promise<void> => {
    // A run that was killed may have asked for it: for some time the old name is there yet, and then no more.
    const asked = await eventually(`the instance ${from}`, patience(context), async () => {
      if (await instanceOf(rds, to)) return true;
      const found = await instanceOf(rds, from);
      return found && isAvailable(found, context) ? false : undefined;
    });
    if (asked) return void (await ready(rds, to, context));
    await callAws('rds:ModifyDBInstance', from, () =>
      rds.send(
        new ModifyDBInstanceCommand({
          DBInstanceIdentifier: from,
          NewDBInstanceIdentifier: to,
          ApplyImmediately: true,
        }),
      ),
    );
    await ready(rds, to, context);
  };
  if (!(await instanceOf(rds, old))) await rename(resource, old);
  if (await instanceOf(rds, fresh)) await rename(fresh, resource);
  const made = await ready(rds, resource, context);
  if (made.KmsKeyId !== key) throw new UserError(`is under ${made.KmsKeyId}, not under ${key}`, resource);
  return {
    state: 'done',
    after: { ...instanceMeasure(made), endpoint: `${made.Endpoint?.Address}:${made.Endpoint?.Port}`, old },
  };
}
