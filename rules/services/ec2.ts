import { atRest } from '../controls';
import { type Directive, directive, type Json, type Properties } from '../directive';
import { each, given, isCustomerKey, isTrue, not, oneOf, when } from '../requirement';
import { customerKey, either, imported, keyArn, keyResource, onlyIf, service, switchedOn, template } from './shared';

const guide = 'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html';

export const volumeEncrypted = switchedOn({
  id: 'ec2-volume-encrypted',
  type: 'AWS::EC2::Volume',
  title: 'EBS volumes are encrypted',
  path: 'Encrypted',
  unless: [given('SnapshotId')],
  why: 'A volume is plaintext unless it asks; the account-wide default is a setting that any administrator can take back.',
  remedy: 'Changing it replaces the volume: restore an encrypted copy of a snapshot.',
  config: ['ENCRYPTED_VOLUMES'],
  aliases: ['cfn_nag:F1', 'checkov:CKV_AWS_3', 'fsbp:EC2.3', 'cdk-nag:AwsSolutions-EC26'],
  controls: atRest('EC2.3'),
  source: guide,
  alsoGood: [{ SnapshotId: 'snap-1' }],
});

export const restoredVolumeEncrypted = directive({
  id: 'ec2-volume-from-snapshot-encrypted',
  title: 'EBS volumes made from a snapshot do not ask for plaintext',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::EC2::Volume',
  unless: [not(given('SnapshotId'))],
  requires: isTrue('Encrypted'),
  why: 'A volume has the encryption of its snapshot, and of an unencrypted snapshot none; only asking makes it sure.',
  fix: { Encrypted: true },
  remedy: 'Changing it replaces the volume.',
  aliases: [],
  controls: [],
  source: guide,
  examples: {
    good: [{ SnapshotId: 's', Encrypted: true }, { Size: 1 }],
    bad: [{ SnapshotId: 's' }, { SnapshotId: 's', Encrypted: 'false' }, { SnapshotId: 's', Encrypted: onlyIf(true) }],
    unknown: [{ SnapshotId: 's', Encrypted: imported }],
  },
});

export const volumeCustomerKey = customerKey({
  id: 'ec2-volume-customer-key',
  type: 'AWS::EC2::Volume',
  title: 'EBS volumes encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { Encrypted: true },
  why: 'Without a key of its own a volume takes the Region default, usually aws/ebs, whose snapshots cannot be shared.',
  aliases: ['cfn_nag:W37', 'checkov:CKV_AWS_189'],
  source: guide,
});

/** Volumes without an `Ebs` block are instance stores or left out. */
const devices = (list: string, id: string, type: string, what: string, source: string): readonly Directive[] => {
  const within = (ebs: Properties): Properties => {
    const mapping: Json = [{ DeviceName: '/dev/xvda', Ebs: ebs }];
    return list
      .split('.')
      .reverse()
      .reduce<Properties>((inner, name, index) => (index === 0 ? { [name]: mapping } : { [name]: inner }), {});
  };
  return [
    directive({
      id: `${id}-volumes-encrypted`,
      title: `${what} encrypt the volumes they make`,
      concern: 'at-rest',
      tier: 'encrypted',
      severity: 'error',
      type,
      requires: each(list, when(given('Ebs'), isTrue('Ebs.Encrypted'))),
      why: 'The volumes of an instance hold its swap, logs and temporary files besides your data, in plaintext unless asked.',
      remedy: 'Set Encrypted: true in the Ebs block of every device.',
      config: ['ENCRYPTED_VOLUMES'],
      aliases: ['fsbp:EC2.3'],
      controls: atRest('EC2.3'),
      source,
      examples: {
        good: [{}, within({ Encrypted: true }), within({ Encrypted: 'true' })],
        bad: [
          within({ VolumeSize: 8 }),
          within({ Encrypted: 'false' }),
          within({ Encrypted: onlyIf(true) }),
          within({ Encrypted: either(true, false) }),
        ],
        unknown: [within({ Encrypted: imported })],
      },
    }),
    directive({
      id: `${id}-volumes-customer-key`,
      title: `${what} encrypt volumes under a customer managed key`,
      concern: 'at-rest',
      tier: 'customer-key',
      severity: 'error',
      type,
      requires: each(list, when(given('Ebs'), isCustomerKey('Ebs.KmsKeyId'))),
      why: 'Without a key of its own a device takes the Region default, usually aws/ebs, which your team cannot govern.',
      remedy:
        'Set KmsKeyId in the Ebs block of every device, and let the Auto Scaling service-linked role use the key.',
      aliases: [],
      controls: [],
      source,
      examples: {
        good: [{}, template(type, within({ Encrypted: true, KmsKeyId: keyArn }), keyResource)],
        bad: [
          within({ Encrypted: true }),
          within({ Encrypted: true, KmsKeyId: 'alias/aws/ebs' }),
          template(type, within({ Encrypted: true, KmsKeyId: onlyIf(keyArn) }), keyResource),
        ],
        unknown: [within({ Encrypted: true, KmsKeyId: imported })],
      },
    }),
  ];
};

export const launchTemplateVolumes = devices(
  'LaunchTemplateData.BlockDeviceMappings',
  'ec2-launch-template',
  'AWS::EC2::LaunchTemplate',
  'Launch templates',
  guide,
);
export const instanceVolumes = devices(
  'BlockDeviceMappings',
  'ec2-instance',
  'AWS::EC2::Instance',
  'EC2 instances',
  guide,
);

export const launchConfigurationVolumes = directive({
  id: 'autoscaling-launch-configuration-volumes-encrypted',
  title: 'Launch configurations encrypt the volumes they make',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::AutoScaling::LaunchConfiguration',
  requires: each('BlockDeviceMappings', when(given('Ebs'), isTrue('Ebs.Encrypted'))),
  why: 'Every instance of the group gets these volumes, in plaintext unless asked.',
  remedy: 'Move to a launch template; until then set Encrypted: true on every device.',
  aliases: ['checkov:CKV_AWS_8'],
  controls: [],
  source: 'https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html',
  examples: {
    good: [{ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }] }],
    bad: [
      { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8 } }] },
      { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: 'false' } }] },
    ],
    unknown: [{ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: imported } }] }],
  },
});

export const vpcEncryption = directive({
  id: 'ec2-vpc-encryption-enforced',
  title: 'VPC encryption controls enforce, not only monitor',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: 'AWS::EC2::VPCEncryptionControl',
  requires: oneOf('Mode', 'enforce'),
  why: 'In monitor mode traffic between instances that cannot encrypt still flows, and only a flow log tells.',
  fix: { Mode: 'enforce' },
  remedy: 'Run in monitor mode until no resource is reported, then enforce.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html',
  examples: {
    good: [{ Mode: 'enforce' }],
    bad: [{}, { Mode: 'monitor' }, { Mode: either('enforce', 'monitor') }],
    unknown: [{ Mode: imported }],
  },
});

export const ec2 = service([
  volumeEncrypted,
  restoredVolumeEncrypted,
  volumeCustomerKey,
  ...launchTemplateVolumes,
  ...instanceVolumes,
  launchConfigurationVolumes,
  vpcEncryption,
]);
