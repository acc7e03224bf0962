import { type Directive, directive, type Json, type Properties } from '../directive';
import { each, isCustomerKey, isTrue, present, type Requirement, when } from '../requirement';
import { at, customerKey, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';
const pageOf = (type: string) => `${reference}/aws-resource-imagebuilder-${type.split('::')[2]?.toLowerCase()}.html`;
const imageRecipe = 'AWS::ImageBuilder::ImageRecipe';
const containerRecipe = 'AWS::ImageBuilder::ContainerRecipe';
const distribution = 'AWS::ImageBuilder::DistributionConfiguration';

/** A demand on the volumes of a recipe; a device without Ebs is an instance store or takes a device away. */
const volumes = (
  type: string,
  list: string,
  demand: Requirement,
  said: Pick<Directive, 'id' | 'title' | 'tier' | 'why' | 'remedy'>,
  examples: (device: (ebs: Json) => Properties) => Directive['examples'],
) =>
  directive({
    concern: 'at-rest',
    severity: 'error',
    type,
    requires: each(list, when(present('Ebs'), demand)),
    aliases: [],
    controls: [],
    source: pageOf(type),
    ...said,
    examples: examples((ebs) => at(`${list}[]`, { DeviceName: '/dev/xvda', Ebs: ebs })),
  });

const encrypted = (type: string, list: string, prefix: string, what: string, why: string) =>
  volumes(
    type,
    list,
    isTrue('Ebs.Encrypted'),
    {
      id: `${prefix}-volumes-encrypted`,
      title: `${what} encrypt their volumes`,
      tier: 'encrypted',
      why,
      remedy: 'Set Encrypted: true on every device that has Ebs, in a new version of the recipe.',
    },
    (device) => ({
      good: [{}, at(`${list}[]`, { DeviceName: '/dev/sdb', NoDevice: '' }), device({ Encrypted: true })],
      bad: [
        device({ VolumeSize: 8 }),
        device({ Encrypted: 'false' }),
        device({ VolumeSize: 8, Encrypted: onlyIf(true) }),
      ],
      unknown: [device({ Encrypted: imported })],
    }),
  );
const underKey = (type: string, list: string, prefix: string, what: string, why: string) =>
  volumes(
    type,
    list,
    isCustomerKey('Ebs.KmsKeyId'),
    {
      id: `${prefix}-volumes-customer-key`,
      title: `${what} encrypt their volumes under a customer managed key`,
      tier: 'customer-key',
      why,
      remedy: 'Set KmsKeyId on every device that has Ebs to a key your team controls, in a new version of the recipe.',
    },
    (device) => ({
      good: [{}, template(type, device({ Encrypted: true, KmsKeyId: keyArn }), keyResource)],
      bad: [
        device({ Encrypted: true }),
        device({ Encrypted: true, KmsKeyId: 'alias/aws/ebs' }),
        template(type, device({ Encrypted: true, KmsKeyId: onlyIf(keyArn) }), keyResource),
      ],
      unknown: [device({ Encrypted: true, KmsKeyId: imported })],
    }),
  );

const containerDevices = 'InstanceConfiguration.BlockDeviceMappings';
export const imageVolumesEncrypted = encrypted(
  imageRecipe,
  'BlockDeviceMappings',
  'imagebuilder-image-recipe',
  'Image recipes',
  'The volumes become the snapshots of the AMI: what is plaintext here is plaintext in every image and every instance made of it.',
);
export const imageVolumesCustomerKey = underKey(
  imageRecipe,
  'BlockDeviceMappings',
  'imagebuilder-image-recipe',
  'Image recipes',
  'Snapshots under aws/ebs cannot be shared with another account, and your team cannot stop their use.',
);
export const containerVolumesEncrypted = encrypted(
  containerRecipe,
  containerDevices,
  'imagebuilder-container-recipe',
  'Container recipes',
  'The instance that builds the container keeps the sources and layers on these volumes.',
);
export const containerVolumesCustomerKey = underKey(
  containerRecipe,
  containerDevices,
  'imagebuilder-container-recipe',
  'Container recipes',
  'The volumes of the build instance are under aws/ebs unless they name a key of yours.',
);

const documents = (
  [
    [
      'Component',
      'component',
      'Components',
      'A component is the script that builds your images, often with the addresses of internal systems in it',
    ],
    [
      'ContainerRecipe',
      'container-recipe',
      'Container recipes',
      'The recipe holds the Dockerfile your containers are built of',
    ],
    [
      'Workflow',
      'workflow',
      'Workflows',
      'A workflow says what is run to build, test and distribute images, with its parameters',
    ],
  ] as const
).map(([type, name, what, why]) =>
  customerKey({
    id: `imagebuilder-${name}-customer-key`,
    type: `AWS::ImageBuilder::${type}`,
    title: `${what} of Image Builder encrypt under a customer managed key`,
    path: 'KmsKeyId',
    why: `${why}; without KmsKeyId it lies under a key of the service.`,
    remedy: 'Versions do not change: set KmsKeyId in a new version.',
    source: pageOf(`AWS::ImageBuilder::${type}`),
  }),
);

const distributed = (key: Json) => at('Distributions[].AmiDistributionConfiguration', { Name: 'base', KmsKeyId: key });
export const distributionCustomerKey = directive({
  id: 'imagebuilder-distribution-customer-key',
  title: 'Distribution configurations encrypt AMIs under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: distribution,
  // Distributions of containers, launch templates and licenses copy no AMI.
  requires: each(
    'Distributions',
    when(present('AmiDistributionConfiguration'), isCustomerKey('AmiDistributionConfiguration.KmsKeyId')),
  ),
  why: 'A KMS key belongs to one Region: the copy of an AMI in another does not keep yours but falls back to aws/ebs there, if it is encrypted at all.',
  remedy: 'Set KmsKeyId in AmiDistributionConfiguration of every distribution, each a key of that Region.',
  aliases: [],
  controls: [],
  source: pageOf(distribution),
  examples: {
    good: [
      { Distributions: [{ Region: 'eu-west-1' }] },
      template(distribution, distributed(keyArn), keyResource),
      at('Distributions[].ContainerDistributionConfiguration.Description', 'x'),
    ],
    bad: [
      at('Distributions[].AmiDistributionConfiguration.Name', 'base'),
      distributed('alias/aws/ebs'),
      template(distribution, distributed(onlyIf(keyArn)), keyResource),
    ],
    unknown: [distributed(imported)],
  },
});

export const imagebuilder = service([
  imageVolumesEncrypted,
  imageVolumesCustomerKey,
  containerVolumesEncrypted,
  containerVolumesCustomerKey,
  ...documents,
  distributionCustomerKey,
]);
