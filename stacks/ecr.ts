import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What a team says about its repository; the rest is decided here. */
export interface EncryptedRepositoryProps {
  /** The customer managed key of the images. It cannot be changed later. */
  readonly key: kms.IKey;
  /** How many tagged images are kept. Default 100. */
  readonly keep?: number;
}

/** A repository of container images under a customer managed key: tags stay where they are, pushes are scanned. */
export class EncryptedRepository extends Construct {
  readonly repository: ecr.Repository;

  constructor(scope: Construct, id: string, props: EncryptedRepositoryProps) {
    super(scope, id);
    this.repository = new ecr.Repository(this, 'Repository', {
      encryption: ecr.RepositoryEncryption.KMS,
      encryptionKey: props.key,
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      lifecycleRules: [
        {
          rulePriority: 1,
          description: 'What lost its tag, or never had one, goes after two weeks',
          tagStatus: ecr.TagStatus.UNTAGGED,
          maxImageAge: Duration.days(14),
        },
        {
          rulePriority: 2,
          description: 'The newest images stay',
          tagStatus: ecr.TagStatus.ANY,
          maxImageCount: props.keep ?? 100,
        },
      ],
      emptyOnDelete: false,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
