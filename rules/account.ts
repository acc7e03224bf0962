import type { Directive, Properties } from './directive';
import { directive } from './directive';
import type { Profile } from './profile';
import { all, given, isCustomerKey, isTrue, not } from './requirement';

/**
 * What is demanded of an account in a Region, in the words of the directives: no CloudFormation type holds these
 * settings, so they stand beside the catalogue and not in it, and only a verification asks for them.
 * `rules/live/account.ts` reads them into one resource of this type.
 */
export const ACCOUNT_TYPE = 'Account';

/** The one setting that belongs to the account in all Regions; no emulator has it. */
export const S3_BLOCK = 'account-s3-public-access-block';

const settings = (changed: Properties): Properties => ({ ...right, ...changed });
const right: Properties = {
  EbsEncryptionByDefault: true,
  EbsDefaultKmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555',
  S3PublicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  ConfigRecorder: { Recording: true, Unrecorded: [] },
};

export const accountDirectives: readonly Directive[] = Object.freeze([
  directive({
    id: 'account-ebs-encrypted',
    title: 'The account encrypts new EBS volumes by default',
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    type: ACCOUNT_TYPE,
    requires: isTrue('EbsEncryptionByDefault'),
    why: 'A volume that no template made (an Auto Scaling group, a person in the console) is plaintext unless the account encrypts it.',
    remedy: 'npx cipherline bootstrap sets it; by hand: aws ec2 enable-ebs-encryption-by-default',
    config: ['EC2_EBS_ENCRYPTION_BY_DEFAULT'],
    aliases: ['fsbp:EC2.7'],
    controls: [],
    source: 'https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html',
    examples: {
      good: [right],
      bad: [settings({ EbsEncryptionByDefault: false })],
      unknown: [settings({ EbsEncryptionByDefault: { 'Fn::ImportValue': 'x' } })],
    },
  }),
  directive({
    id: 'account-ebs-customer-key',
    title: 'EBS encryption by default uses a key of the team',
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    type: ACCOUNT_TYPE,
    requires: isCustomerKey('EbsDefaultKmsKeyId'),
    why: 'Snapshots under the key of AWS cannot be shared, and nobody can withdraw it.',
    remedy: 'npx cipherline bootstrap sets it; by hand: aws ec2 modify-ebs-default-kms-key-id --kms-key-id KEY',
    aliases: [],
    controls: [],
    source: 'https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html',
    examples: {
      good: [right],
      bad: [settings({ EbsDefaultKmsKeyId: 'alias/aws/ebs' })],
      unknown: [settings({ EbsDefaultKmsKeyId: { 'Fn::ImportValue': 'x' } })],
    },
  }),
  directive({
    id: S3_BLOCK,
    title: 'The account blocks public access to every bucket',
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    type: ACCOUNT_TYPE,
    requires: all(
      ...['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'].map((name) =>
        isTrue(`S3PublicAccessBlock.${name}`),
      ),
    ),
    why: 'S3 decrypts for whoever may read: what is public is plaintext to everybody, whatever key it is under.',
    remedy:
      'npx cipherline bootstrap sets it. By hand: aws s3control put-public-access-block --account-id ACCOUNT --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true',
    aliases: ['fsbp:S3.1'],
    controls: [],
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html',
    examples: {
      good: [right],
      bad: [
        { EbsEncryptionByDefault: true },
        settings({
          S3PublicAccessBlock: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true },
        }),
      ],
      unknown: [settings({ S3PublicAccessBlock: { 'Fn::ImportValue': 'x' } })],
    },
  }),
  directive({
    id: 'account-config-recording',
    title: 'AWS Config records what its rules are about',
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    type: ACCOUNT_TYPE,
    requires: all(isTrue('ConfigRecorder.Recording'), not(given('ConfigRecorder.Unrecorded'))),
    why: 'Between two deployments AWS Config alone sees a resource weakened; what it does not record it does not see.',
    remedy:
      'npx cipherline bootstrap makes a recorder; an adopted one must record the types that are named, and be started: aws configservice start-configuration-recorder --configuration-recorder-name NAME',
    aliases: ['fsbp:Config.1'],
    controls: [],
    source: 'https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html',
    examples: {
      good: [right],
      bad: [
        { EbsEncryptionByDefault: true },
        settings({ ConfigRecorder: { Recording: false, Unrecorded: [] } }),
        settings({ ConfigRecorder: { Recording: true, Unrecorded: ['AWS::S3::Bucket'] } }),
      ],
      unknown: [settings({ ConfigRecorder: { 'Fn::ImportValue': 'x' } })],
    },
  }),
]);

/** What a profile demands of the account. */
export function selectAccountDirectives(profile: Profile): readonly Directive[] {
  return accountDirectives.filter(({ tier }) => tier === 'encrypted' || profile !== 'encrypted');
}
