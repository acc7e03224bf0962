import {
  CopySnapshotCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  type Instance,
  type Snapshot,
  type Tag,
  type Volume,
  type VolumeAttachment,
} from '@aws-sdk/client-ec2';
import { callAws, eventually, RefusedCall } from '../aws-call';
import type { Outcome, Step, StepContext } from '../journal/carry-out';
import type { Measure } from '../journal/journal';
import { UserError } from '../user-error';
import type { Recipe, RecipeWork } from './recipe';

/** What is made here carries the plan that made it: a plan that was killed finds it again. */
export const PLAN_TAG = 'cipherline:plan';
/** What a copy is a copy of. */
export const SOURCE_TAG = 'cipherline:copy-of';

const copies = 'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copy-snapshot.html';
const encryption = 'https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html';

export const ebsSnapshot: Recipe = {
  id: 'ebs-snapshot',
  title: 'an EBS snapshot: a copy under the key',
  verbs: ['migrate', 'rotate-data'],
  resource: "a snapshot's id",
  options: [],
  know: [
    'A snapshot keeps its key for good: what is under the new key is a copy, whole and not incremental, with an id of its own.',
    'The tags and the description are copied; who it is shared with is not, and images that use it go on using the old one.',
    'The old snapshot is named at the end and not deleted.',
  ],
  sources: [copies, encryption],
  permissions: [
    { on: ['arn:aws:ec2:REGION::snapshot/*'], actions: ['ec2:CopySnapshot', 'ec2:CreateTags'] },
    { on: ['*'], actions: ['ec2:DescribeSnapshots'] },
  ],
  proven:
    'In the emulator: the calls, the tags, the key of the copy, the resume. Not: data, which its snapshots have none of.',
  afterwards: ({ resource }) => [
    `Look at the copy, share it as ${resource} was shared, point what names the old one to it; then delete ${resource}.`,
  ],
  find: async (clients, keyNames) => {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const page = await callAws('ec2:DescribeSnapshots', undefined, () =>
        clients.ec2().send(new DescribeSnapshotsCommand({ OwnerIds: ['self'], NextToken: token })),
      );
      for (const { SnapshotId, KmsKeyId } of page.Snapshots ?? [])
        if (SnapshotId !== undefined && KmsKeyId !== undefined && keyNames.has(KmsKeyId)) found.push(SnapshotId);
      token = page.NextToken;
    } while (token !== undefined);
    return found;
  },
  steps: (work) => [copyStep(work, async () => work.resource)],
};

export const ebsVolume: Recipe = {
  id: 'ebs-volume',
  title: 'an EBS volume: a new volume under the key, made of its snapshot',
  verbs: ['migrate', 'rotate-data'],
  resource: "a volume's id",
  options: [],
  know: [
    'A volume keeps its key for good, or has none for good: what is under the key is a new volume in the same zone.',
    'A snapshot holds what was written when it was begun: stop what writes, or the instance, before you run it. The plan refuses a volume that is attached to a running instance, or to one that was started since.',
    'Type, size, IOPS, throughput, Multi-Attach and tags are taken over. The swap is yours: it is told at the end, command by command.',
    'Neither the old volume nor a snapshot is deleted.',
  ],
  sources: [copies, encryption, 'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-creating-volume.html'],
  permissions: [
    {
      on: ['arn:aws:ec2:REGION::snapshot/*', 'arn:aws:ec2:REGION:ACCOUNT:volume/*'],
      actions: ['ec2:CopySnapshot', 'ec2:CreateSnapshot', 'ec2:CreateTags', 'ec2:CreateVolume'],
    },
    { on: ['*'], actions: ['ec2:DescribeInstances', 'ec2:DescribeSnapshots', 'ec2:DescribeVolumes'] },
  ],
  proven:
    'In the emulator: the calls, the settings, the key of every copy, the resume. Not: data, which its volumes have none of.',
  afterwards: ({ resource, mark }) => [
    `The new volume is the one with the tag ${PLAN_TAG} ${mark} (aws ec2 describe-volumes --filters Name=tag:${PLAN_TAG},Values=${mark}).`,
    `Stop the instance, then: aws ec2 detach-volume --volume-id ${resource}, and attach the new one under the same device name (aws ec2 attach-volume --volume-id NEW --instance-id INSTANCE --device DEVICE). Start it and look at the data.`,
    `To go back: detach the new one and attach ${resource} again. Once nobody wants to: delete ${resource} and the two snapshots of this plan.`,
    'Where CloudFormation made the volume, import the new one or replace it there (SnapshotId with Encrypted and KmsKeyId).',
  ],
  steps: (work) => {
    const made = async () => (await snapshotFor(work, work.resource))?.SnapshotId ?? '';
    return [
      {
        id: 'snapshot',
        title: `take a snapshot of ${work.resource}`,
        before: async () => {
          const volume = await volumeOf(work.clients.ec2(), work.resource);
          refuseMoved(work, volume);
          return volumeMeasure(volume);
        },
        run: async (context) => takeSnapshot(work, context),
      },
      copyStep(work, made),
      {
        id: 'volume',
        title: 'make a volume of that copy, in the same zone and of the same kind',
        before: async () => volumeMeasure(await volumeOf(work.clients.ec2(), work.resource)),
        run: async (context) => makeVolume(work, await made(), context),
      },
    ];
  },
};

const patience = ({ clock, signal }: Pick<StepContext, 'clock' | 'signal'>) => ({
  clock,
  signal,
  waits: [1, 2, 5, 15],
  atMost: 4 * 3_600,
});

async function volumeOf(ec2: EC2Client, id: string): Promise<Volume> {
  const { Volumes = [] } = await callAws('ec2:DescribeVolumes', id, () =>
    ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] })),
  );
  const [found] = Volumes;
  if (!found) throw new UserError('there is no such volume', id);
  return found;
}

const volumeMeasure = ({ Size, VolumeType, Iops, Throughput, Encrypted, KmsKeyId, Tags = [] }: Volume): Measure => ({
  gigabytes: Size ?? 0,
  type: VolumeType ?? 'unknown',
  ...(Iops === undefined ? {} : { iops: Iops }),
  ...(Throughput === undefined ? {} : { throughput: Throughput }),
  encrypted: Encrypted ?? false,
  key: KmsKeyId ?? 'none',
  tags: ownTags(Tags).length,
});

/** Tags that may be set: those of AWS itself may not, and ours are of the plan. */
const ownTags = (tags: readonly Tag[]): readonly Tag[] =>
  tags.filter(({ Key = '' }) => !Key.startsWith('aws:') && Key !== PLAN_TAG && Key !== SOURCE_TAG);

const marked = (tags: readonly Tag[], { mark }: Pick<RecipeWork, 'mark'>, source: string): Tag[] => [
  ...ownTags(tags),
  { Key: PLAN_TAG, Value: mark },
  { Key: SOURCE_TAG, Value: source },
];

/** The snapshot that this plan made of a volume or of another snapshot, if it did. */
async function snapshotFor({ clients, mark }: RecipeWork, source: string): Promise<Snapshot | undefined> {
  const { Snapshots = [] } = await callAws('ec2:DescribeSnapshots', source, () =>
    clients.ec2().send(
      new DescribeSnapshotsCommand({
        OwnerIds: ['self'],
        Filters: [
          { Name: `tag:${PLAN_TAG}`, Values: [mark] },
          { Name: `tag:${SOURCE_TAG}`, Values: [source] },
        ],
      }),
    ),
  );
  // Two where a kill fell between a call and its tag being seen: either is whole.
  return Snapshots.toSorted((a, b) => Number(a.StartTime ?? 0) - Number(b.StartTime ?? 0))[0];
}

const completed = (work: RecipeWork, source: string, context: StepContext): Promise<Snapshot> =>
  eventually(`the snapshot of ${source}`, patience(context), async () => {
    const found = await snapshotFor(work, source);
    if (found?.State === 'error') throw new UserError(`failed: ${found.StateMessage}`, found.SnapshotId);
    if (found && found.State !== 'completed') context.log(`${found.SnapshotId}: ${found.Progress ?? 'pending'}`);
    return found?.State === 'completed' ? found : undefined;
  });

const snapshotMeasure = ({ SnapshotId, VolumeSize, Encrypted, KmsKeyId, Tags = [] }: Snapshot): Measure => ({
  snapshot: SnapshotId ?? 'unknown',
  gigabytes: VolumeSize ?? 0,
  encrypted: Encrypted ?? false,
  key: KmsKeyId ?? 'none',
  tags: ownTags(Tags).length,
});

async function takeSnapshot(work: RecipeWork, context: StepContext): Promise<Outcome> {
  const ec2 = work.clients.ec2();
  const volume = await volumeOf(ec2, work.resource);
  if (!(await snapshotFor(work, work.resource))) {
    const writers = await writersOf(ec2, volume);
    if (writers.length > 0)
      return {
        state: 'refused',
        verdict: 'no',
        why: `it is attached to ${writers.join(', ')}, which is running: stop it, so that nothing is written after the snapshot`,
      };
    await callAws('ec2:CreateSnapshot', work.resource, () =>
      ec2.send(
        new CreateSnapshotCommand({
          VolumeId: work.resource,
          Description: `cipherline ${work.mark}`,
          TagSpecifications: [{ ResourceType: 'snapshot', Tags: marked(volume.Tags ?? [], work, work.resource) }],
        }),
      ),
    );
  }
  return { state: 'done', after: snapshotMeasure(await completed(work, work.resource, context)) };
}

/** What may write to a volume now, or has been able to since. */
async function writersOf(ec2: EC2Client, { Attachments = [] }: Volume, since?: Date): Promise<readonly string[]> {
  const InstanceIds = Attachments.flatMap(({ InstanceId }) => InstanceId ?? []);
  if (InstanceIds.length === 0) return writers(Attachments, [], since);
  const { Reservations = [] } = await callAws('ec2:DescribeInstances', InstanceIds.join(', '), () =>
    ec2.send(new DescribeInstancesCommand({ InstanceIds })),
  );
  const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
  return writers(Attachments, instances, since);
}

/**
 * Of what a volume is attached to, all but instances that are stopped, and have not been started since. What AWS manages
 * (a task of Fargate) has no instance that would tell.
 */
export function writers(
  attachments: readonly VolumeAttachment[],
  instances: readonly Instance[],
  since?: Date,
): readonly string[] {
  return attachments.flatMap(({ InstanceId, AssociatedResource }) => {
    const found = instances.find((one) => one.InstanceId === InstanceId);
    const started = since !== undefined && found?.LaunchTime !== undefined && found.LaunchTime > since;
    return found?.State?.Name === 'stopped' && !started ? [] : [InstanceId ?? AssociatedResource ?? 'something'];
  });
}

/** Copies a snapshot under the key. */
function copyStep(work: RecipeWork, source: () => Promise<string>): Step {
  return {
    id: 'copy',
    title: 'copy the snapshot under the key',
    before: async () => {
      const found = await snapshotOf(work.clients.ec2(), await source());
      refuseMoved(work, found);
      return snapshotMeasure(found);
    },
    run: async (context) => copySnapshot(work, await source(), context),
  };
}

/** A plan that is made again would make everything again. */
function refuseMoved({ key, resource }: RecipeWork, { KmsKeyId }: Pick<Volume, 'KmsKeyId'>): void {
  if (KmsKeyId === key) throw new UserError(`is under ${key} already`, resource, 'Nothing is to be done.');
}

async function snapshotOf(ec2: EC2Client, id: string): Promise<Snapshot> {
  try {
    const { Snapshots = [] } = await callAws('ec2:DescribeSnapshots', id, () =>
      ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] })),
    );
    const [found] = Snapshots;
    if (found) return found;
  } catch (error) {
    if (!(error instanceof RefusedCall) || !/NotFound|Malformed/.test(error.code)) throw error;
  }
  throw new UserError('there is no such snapshot', id);
}

async function copySnapshot(work: RecipeWork, id: string, context: StepContext): Promise<Outcome> {
  const { clients, key, region } = work;
  const ec2 = clients.ec2();
  const source = await snapshotOf(ec2, id);
  if (!(await snapshotFor(work, id)))
    await callAws('ec2:CopySnapshot', id, () =>
      ec2.send(
        new CopySnapshotCommand({
          SourceSnapshotId: id,
          SourceRegion: region,
          Encrypted: true,
          KmsKeyId: key,
          Description: source.Description,
          TagSpecifications: [{ ResourceType: 'snapshot', Tags: marked(source.Tags ?? [], work, id) }],
        }),
      ),
    );
  const copy = await completed(work, id, context);
  const before = snapshotMeasure(source);
  const after = snapshotMeasure(copy);
  const differ = (['gigabytes', 'tags'] as const).filter((name) => before[name] !== after[name]);
  if (copy.Encrypted !== true || copy.KmsKeyId !== key || differ.length > 0)
    throw new UserError(
      `the copy ${copy.SnapshotId} is not what was asked for: ${JSON.stringify(after)}, and the source ${JSON.stringify(before)}`,
      id,
    );
  return { state: 'done', after };
}

async function makeVolume(work: RecipeWork, snapshot: string, context: StepContext): Promise<Outcome> {
  const { clients, key, mark, resource } = work;
  const ec2 = clients.ec2();
  const old = await volumeOf(ec2, resource);
  const copy = (await snapshotFor(work, snapshot))?.SnapshotId;
  if (copy === undefined) throw new UserError('its copy is gone', snapshot);
  const look = async () => {
    const { Volumes = [] } = await callAws('ec2:DescribeVolumes', resource, () =>
      ec2.send(
        new DescribeVolumesCommand({
          Filters: [
            { Name: `tag:${PLAN_TAG}`, Values: [mark] },
            { Name: `tag:${SOURCE_TAG}`, Values: [resource] },
          ],
        }),
      ),
    );
    return Volumes[0];
  };
  if (!(await look())) {
    const taken = (await snapshotOf(ec2, snapshot)).StartTime;
    const wrote = await writersOf(ec2, old, taken);
    if (wrote.length > 0)
      return {
        state: 'refused',
        verdict: 'no',
        why: `${wrote.join(', ')} was started after the snapshot: what it has written to ${resource} is not in it. Stop it, abandon this plan and make another`,
      };
    // The rate of the other kinds follows from their size.
    const rated = ['gp3', 'io1', 'io2'].includes(old.VolumeType ?? '');
    await callAws('ec2:CreateVolume', resource, () =>
      ec2.send(
        new CreateVolumeCommand({
          AvailabilityZone: old.AvailabilityZone,
          SnapshotId: copy,
          Encrypted: true,
          KmsKeyId: key,
          Size: old.Size,
          VolumeType: old.VolumeType,
          ...(rated ? { Iops: old.Iops } : {}),
          ...(old.VolumeType === 'gp3' ? { Throughput: old.Throughput } : {}),
          ...(old.MultiAttachEnabled ? { MultiAttachEnabled: true } : {}),
          TagSpecifications: [{ ResourceType: 'volume', Tags: marked(old.Tags ?? [], work, resource) }],
          // Asked twice with one token it makes one volume.
          ClientToken: `${mark}-${resource}`.slice(0, 64),
        }),
      ),
    );
  }
  const made = await eventually(`the volume of ${copy}`, patience(context), async () => {
    const found = await look();
    if (found?.State === 'error')
      throw new UserError('could not be made', found.VolumeId, 'Delete it, and run it again.');
    return found?.State === 'available' || found?.State === 'in-use' ? found : undefined;
  });
  const before = volumeMeasure(old);
  const after = volumeMeasure(made);
  const differ = (['gigabytes', 'type', 'iops', 'throughput', 'tags'] as const).filter(
    (name) => before[name] !== after[name],
  );
  if (made.Encrypted !== true || made.KmsKeyId !== key || made.SnapshotId !== copy || differ.length > 0)
    throw new UserError(
      `the volume ${made.VolumeId} is not what was asked for: ${JSON.stringify(after)}, and the old one ${JSON.stringify(before)}`,
      resource,
    );
  return { state: 'done', after: { volume: made.VolumeId ?? 'unknown', ...after } };
}
