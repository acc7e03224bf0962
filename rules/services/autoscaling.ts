import { directive } from '../directive';
import { each, isTrue, present, when } from '../requirement';
import { userDataNoCredential } from './ec2';
import { either, imported, onlyIf, service } from './shared';

const launchConfiguration = 'AWS::AutoScaling::LaunchConfiguration';
const device = (ebs: Parameters<typeof onlyIf>[0]) => ({
  BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: ebs }],
});

// A launch configuration cannot name a key; a launch template can.
export const launchConfigurationVolumes = directive({
  id: 'autoscaling-launch-configuration-volumes-encrypted',
  title: 'Launch configurations encrypt the volumes they make',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: launchConfiguration,
  requires: each('BlockDeviceMappings', when(present('Ebs'), isTrue('Ebs.Encrypted'))),
  why: 'Every instance of the group gets these volumes, in plaintext unless asked.',
  remedy: 'Move to a launch template; until then set Encrypted: true on every device.',
  aliases: ['checkov:CKV_AWS_8'],
  controls: [],
  source: 'https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html',
  examples: {
    good: [
      {},
      device({ Encrypted: true }),
      { BlockDeviceMappings: [{ DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' }] },
    ],
    bad: [
      device({ VolumeSize: 8 }),
      device({ Encrypted: 'false' }),
      device({ Encrypted: onlyIf(true) }),
      device({ Encrypted: either(true, false) }),
    ],
    unknown: [device({ Encrypted: imported })],
  },
});
export const launchConfigurationUserData = userDataNoCredential(
  'UserData',
  'autoscaling-launch-configuration',
  launchConfiguration,
  'Launch configurations',
);

export const autoscaling = service([launchConfigurationVolumes, launchConfigurationUserData]);
