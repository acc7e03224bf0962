import { Stack, Validations } from 'aws-cdk-lib';
import * as dlm from 'aws-cdk-lib/aws-dlm';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as imagebuilder from 'aws-cdk-lib/aws-imagebuilder';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a team says about its machine images; the rest is decided here. */
export interface EncryptedImagesProps {
  /** The customer managed key of the images and their snapshots, by its ARN. */
  readonly key: kms.IKeyRef;
  readonly vpc: ec2.IVpc;
  /**
   * Where images are built: a subnet from which Systems Manager, Image Builder and S3 are reached, by a NAT gateway or
   * endpoints. Default: the first isolated one.
   */
  readonly subnet?: ec2.ISubnet;
  /** The image to build on. Default: the newest Amazon Linux 2023 for Graviton. */
  readonly parentImage?: string;
  /** What is done to it: ARNs of components. Default: its packages are updated. */
  readonly components?: readonly string[];
  /** Of the recipe: raise it with every change, for a recipe cannot be changed. Default 1.0.0. */
  readonly version?: string;
  /** When to build, as a cron expression of Image Builder. Default: by hand, `StartImagePipelineExecution`. */
  readonly schedule?: string;
}

/** An Image Builder pipeline whose build disks, snapshots and AMIs are under a customer managed key. */
export class EncryptedImages extends Construct {
  readonly pipeline: imagebuilder.CfnImagePipeline;

  constructor(scope: Construct, id: string, props: EncryptedImagesProps) {
    super(scope, id);
    const { partition, region, stackName } = Stack.of(this);
    const name = `${stackName}-${id}`;
    const kmsKeyId = props.key.keyRef.keyArn;
    const subnet = props.subnet ?? props.vpc.isolatedSubnets[0];
    if (!subnet) throw new TypeError('The network has no isolated subnet: say in `subnet` where images are built');
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: props.vpc,
      description: 'Machines that build images: HTTPS out, and nothing in',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'Systems Manager, Image Builder, packages');
    const role = new iam.Role(this, 'Builder', {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
    });
    for (const policy of ['EC2InstanceProfileForImageBuilder', 'AmazonSSMManagedInstanceCore']) {
      withManagedPolicy(role, policy, 'AWS keeps it in step with what Image Builder asks of a machine that builds.');
    }
    const recipe = new imagebuilder.CfnImageRecipe(this, 'Recipe', {
      name,
      version: props.version ?? '1.0.0',
      parentImage: props.parentImage ?? 'ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64',
      components: (
        props.components ?? [`arn:${partition}:imagebuilder:${region}:aws:component/update-linux/x.x.x`]
      ).map((componentArn) => ({ componentArn })),
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: { encrypted: true, kmsKeyId, volumeType: 'gp3', volumeSize: 8, deleteOnTermination: true },
        },
      ],
    });
    const infrastructure = new imagebuilder.CfnInfrastructureConfiguration(this, 'Infrastructure', {
      name,
      instanceProfileName: new iam.InstanceProfile(this, 'Profile', { role }).instanceProfileName,
      instanceTypes: ['t4g.small'],
      instanceMetadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      subnetId: subnet.subnetId,
      securityGroupIds: [securityGroup.securityGroupId],
      terminateInstanceOnFailure: true,
    });
    const distribution = new imagebuilder.CfnDistributionConfiguration(this, 'Distribution', {
      name,
      distributions: [
        {
          region,
          // A key that images are distributed under: without it the copy takes the default key of EBS.
          amiDistributionConfiguration: { Name: `${name}-{{ imagebuilder:buildDate }}`, KmsKeyId: kmsKeyId },
        },
      ],
    });
    this.pipeline = new imagebuilder.CfnImagePipeline(this, 'Pipeline', {
      name,
      imageRecipeArn: recipe.attrArn,
      infrastructureConfigurationArn: infrastructure.attrArn,
      distributionConfigurationArn: distribution.attrArn,
      ...(props.schedule ? { schedule: { scheduleExpression: props.schedule } } : {}),
    });
  }
}

/** What a team says about the snapshots of its volumes; the rest is decided here. */
export interface EncryptedSnapshotsProps {
  /** Volumes with this tag are copied once a day. Default `snapshots`: `daily`. */
  readonly tag?: { readonly key: string; readonly value: string };
  /** How many snapshots of a volume are kept. Default 14. */
  readonly keep?: number;
  /** Another Region to copy each snapshot to. */
  readonly copyTo?: {
    readonly region: string;
    /** ARN of a customer managed key there: the copies are under it. Its policy must let EC2 be used by this account. */
    readonly keyArn: string;
    /** ARNs of the keys of the volumes: a copy is read under them. */
    readonly volumeKeyArns: readonly string[];
  };
}

/** Daily snapshots of volumes: under the key of the volume here, under a key of its own in another Region. */
export class EncryptedSnapshots extends Construct {
  readonly policy: dlm.CfnLifecyclePolicy;

  constructor(scope: Construct, id: string, props: EncryptedSnapshotsProps = {}) {
    super(scope, id);
    const { account } = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('dlm.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
      ...(props.copyTo ? { inlinePolicies: { keys: keysOfCopies(props.copyTo, Stack.of(this).region) } } : {}),
    });
    withManagedPolicy(
      role,
      'service-role/AWSDataLifecycleManagerServiceRole',
      'The policy that AWS documents for this service: it makes, copies and deletes snapshots.',
    );
    const keep = props.keep ?? 14;
    this.policy = new dlm.CfnLifecyclePolicy(this, 'Policy', {
      description: 'Daily snapshots of tagged volumes',
      state: 'ENABLED',
      executionRoleArn: role.roleArn,
      policyDetails: {
        policyType: 'EBS_SNAPSHOT_MANAGEMENT',
        resourceTypes: ['VOLUME'],
        targetTags: [props.tag ?? { key: 'snapshots', value: 'daily' }],
        schedules: [
          {
            name: 'Daily',
            createRule: { interval: 24, intervalUnit: 'HOURS', times: ['03:00'] },
            retainRule: { count: keep },
            copyTags: true,
            ...(props.copyTo
              ? {
                  crossRegionCopyRules: [
                    {
                      target: props.copyTo.region,
                      encrypted: true,
                      cmkArn: props.copyTo.keyArn,
                      copyTags: true,
                      retainRule: { interval: keep, intervalUnit: 'DAYS' },
                    },
                  ],
                }
              : {}),
          },
        ],
      },
    });
  }
}

/**
 * What EBS asks of who copies from one key to another, which AWS's own policy for Data Lifecycle Manager leaves out.
 * https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html#ebs-encryption-permissions,
 * https://docs.aws.amazon.com/ebs/latest/userguide/dlm-access-cmk.html
 */
function keysOfCopies(
  { region, keyArn, volumeKeyArns }: NonNullable<EncryptedSnapshotsProps['copyTo']>,
  here: string,
): iam.PolicyDocument {
  const resources = [...volumeKeyArns, keyArn];
  const through = { 'kms:ViaService': [here, region].map((one) => `ec2.${one}.amazonaws.com`) };
  return new iam.PolicyDocument({
    statements: [
      new iam.PolicyStatement({
        actions: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:GenerateDataKeyWithoutPlaintext',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        resources,
        conditions: { StringEquals: through },
      }),
      new iam.PolicyStatement({
        actions: ['kms:CreateGrant'],
        resources,
        conditions: { StringEquals: through, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      }),
    ],
  });
}

function withManagedPolicy(role: iam.Role, name: string, reason: string): void {
  role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName(name));
  Validations.of(role).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`,
    reason,
  });
}
