import { directive, type Json } from '../directive';
import { all, oneOf, present, when, within } from '../requirement';
import { at, either, imported, noSecretVariables, onlyIf, service } from './shared';

const jobDefinition = 'AWS::Batch::JobDefinition';
/** Where a job definition lists volumes: by the kind of job. */
const volumes = [
  'ContainerProperties.Volumes[]',
  'EcsProperties.TaskProperties[].Volumes[]',
  'NodeProperties.NodeRangeProperties[].Container.Volumes[]',
  'NodeProperties.NodeRangeProperties[].EcsProperties.TaskProperties[].Volumes[]',
] as const;

const mount = (list: (typeof volumes)[number], transitEncryption?: Json) =>
  at(`${list}.EfsVolumeConfiguration`, {
    FileSystemId: 'fs-0123456789abcdef0',
    ...(transitEncryption === undefined ? {} : { TransitEncryption: transitEncryption }),
  });

export const jobDefinitionEfsTransitEncryption = directive({
  id: 'batch-job-definition-efs-transit-encryption',
  title: 'Batch jobs mount EFS file systems over TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: jobDefinition,
  requires: all(
    ...volumes.map((list) =>
      within(`${list}.EfsVolumeConfiguration`, (efs) =>
        when(present(efs), oneOf(`${efs}.TransitEncryption`, 'ENABLED')),
      ),
    ),
  ),
  why: 'A job mounts EFS with plain NFS unless TransitEncryption says ENABLED: every file it reads or writes crosses the network in the clear.',
  remedy: 'Set EfsVolumeConfiguration.TransitEncryption to ENABLED on each volume.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/batch/latest/userguide/efs-volumes.html',
  examples: {
    good: [
      {},
      at('ContainerProperties.Volumes[]', { Name: 'scratch', Host: { SourcePath: '/tmp' } }),
      ...volumes.map((list) => mount(list, 'ENABLED')),
    ],
    bad: [
      mount(volumes[0], onlyIf('ENABLED')),
      ...volumes.flatMap((list) => [mount(list), mount(list, 'DISABLED')]),
      mount(volumes[0], either('ENABLED', 'DISABLED')),
    ],
    unknown: volumes.map((list) => mount(list, imported)),
  },
});

export const jobDefinitionNoSecretVariables = noSecretVariables({
  id: 'batch-job-definition-no-secret-variables',
  type: jobDefinition,
  title: 'Batch jobs have no plaintext secret in an environment variable',
  paths: [
    'ContainerProperties.Environment[]',
    'EcsProperties.TaskProperties[].Containers[].Environment[]',
    'EksProperties.PodProperties.Containers[].Env[]',
    'EksProperties.PodProperties.InitContainers[].Env[]',
    'NodeProperties.NodeRangeProperties[].Container.Environment[]',
    'NodeProperties.NodeRangeProperties[].EcsProperties.TaskProperties[].Containers[].Environment[]',
    'NodeProperties.NodeRangeProperties[].EksProperties.PodProperties.Containers[].Env[]',
    'NodeProperties.NodeRangeProperties[].EksProperties.PodProperties.InitContainers[].Env[]',
  ],
  why: 'Everybody who may describe the job definition sees its variables, in every revision.',
  remedy:
    'Move the variable from Environment to Secrets, with the ARN of a secret or parameter in ValueFrom. Then change the secret.',
  source: 'https://docs.aws.amazon.com/batch/latest/userguide/specifying-sensitive-data.html',
});

const efsPort = 'It says which port the encrypted traffic takes; TransitEncryption says whether it is encrypted.';
const s3FilesPort = 'It says which port the encrypted traffic takes; no property turns the encryption off.';

export const batch = service([jobDefinitionEfsTransitEncryption, jobDefinitionNoSecretVariables], {
  [jobDefinition]: Object.fromEntries(
    volumes.flatMap((list) => [
      [`${list}.EfsVolumeConfiguration.TransitEncryptionPort`, efsPort],
      [`${list}.S3FilesVolumeConfiguration.TransitEncryptionPort`, s3FilesPort],
    ]),
  ),
});
