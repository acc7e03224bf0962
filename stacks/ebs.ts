import { Fn, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a team says about its volume and machines; the rest is decided here. */
export interface EncryptedVolumeProps {
  /** The customer managed key of the volume, the machines' disks and every snapshot of them. */
  readonly key: kms.IKey;
  /** Size of the data volume. Default 20 GiB. */
  readonly size?: Size;
  /** Default: the region's first. */
  readonly availabilityZone?: string;
}

/** An EBS data volume, and a launch template whose disks are under the same customer managed key. */
export class EncryptedVolume extends Construct {
  readonly volume: ec2.Volume;
  /** Start machines from this: encrypted root disk, instance metadata by session only (IMDSv2). */
  readonly launchTemplate: ec2.LaunchTemplate;

  constructor(scope: Construct, id: string, props: EncryptedVolumeProps) {
    super(scope, id);
    this.volume = new ec2.Volume(this, 'Volume', {
      availabilityZone: props.availabilityZone ?? Fn.select(0, Fn.getAzs()),
      size: props.size ?? Size.gibibytes(20),
      volumeType: ec2.EbsDeviceVolumeType.GP3,
      encrypted: true,
      encryptionKey: props.key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.launchTemplate = new ec2.LaunchTemplate(this, 'Machine', {
      requireImdsv2: true,
      httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
      // One hop: a container or a proxy on the machine cannot pass the machine's credentials on.
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: ec2.BlockDeviceVolume.ebs(20, {
            volumeType: ec2.EbsDeviceVolumeType.GP3,
            encrypted: true,
            kmsKey: props.key,
            deleteOnTermination: true,
          }),
        },
      ],
    });
  }
}
