import { type Directive, directive, type Json, type Properties } from '../directive';
import {
  absent,
  all,
  given,
  holdsNoCredential,
  isCustomerKey,
  isNotPlaintext,
  isTrue,
  matches,
  noneOf,
  not,
  oneOf,
  parsed,
  when,
} from '../requirement';
import { customerKey, either, imported, keyArn, keyResource, onlyIf, service, template } from './shared';

const parameter = 'AWS::SSM::Parameter';
const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm';
const accessKey = `${'AKIA'}${'QWERTYUIOPASDFGH'}`;

export const parameterHoldsNoSecret = directive({
  id: 'ssm-parameter-no-secret',
  title: 'SSM parameters named like a secret do not hold one',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'error',
  type: parameter,
  unless: [
    not(
      matches(
        'Name',
        /([Pp]assword|PASSWORD|[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Aa]pi-?_?[Kk]ey|API_KEY|[Pp]rivate-?_?[Kk]ey)/,
      ),
    ),
    // What only points to the secret: /app/db-secret-arn.
    matches('Name', /(arn|name|id|url|uri|path|length|rotation|policy|expiry|ttl)$/i),
  ],
  requires: all(isNotPlaintext('Value'), noneOf('Type', 'String', 'StringList')),
  why: 'CloudFormation cannot make a SecureString: every parameter it makes is readable plain text, in Parameter Store and in the template.',
  remedy:
    'Use AWS::SecretsManager::Secret, or make a SecureString outside CloudFormation and refer to it by {{resolve:ssm-secure:name}}.',
  aliases: [],
  controls: [],
  source: `${reference}-parameter.html`,
  notExpressible: { live: 'The live readers never read parameter values.' },
  examples: {
    good: [
      { Name: '/app/log-level', Type: 'String', Value: 'info' },
      { Name: '/app/db-secret-arn', Type: 'String', Value: { Ref: 'Secret' } },
      { Name: '/app/TokenUrl', Type: 'String', Value: 'https://login.example.com/token' },
    ],
    bad: [
      { Name: '/app/db-password', Type: 'String', Value: 'correct-horse' },
      { Name: '/app/db-password', Type: 'String', Value: either('correct-horse', 'battery-staple') },
    ],
    unknown: [{ Name: imported, Type: 'String', Value: 'v' }],
  },
});

const noCredential = (
  type: string,
  path: string,
  said: Pick<Directive, 'id' | 'title' | 'why' | 'source'>,
  good: readonly [Properties, ...Properties[]],
  bad: readonly [Properties, ...Properties[]],
): Directive =>
  directive({
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'fatal',
    type,
    requires: holdsNoCredential(path),
    remedy: 'Keep the credential in Secrets Manager and fetch it there. Then replace it: it has been in the template.',
    aliases: [],
    controls: [],
    notExpressible: { live: 'The live readers never read what may hold a secret.' },
    ...said,
    examples: { good, bad, unknown: [] },
  });
export const parameterNoCredential = noCredential(
  parameter,
  'Value',
  {
    id: 'ssm-parameter-no-credential',
    title: 'SSM parameters hold no credential, whatever their name',
    why: 'A parameter CloudFormation makes is plain text to everybody who may call GetParameter, and stands in the template.',
    source: `${reference}-parameter.html`,
  },
  [
    { Type: 'String', Value: 'info' },
    { Type: 'String', Value: { Ref: 'Table' } },
  ],
  [
    { Type: 'String', Value: accessKey },
    { Type: 'StringList', Value: { 'Fn::Join': [',', ['eu-west-1', accessKey]] } },
  ],
);
const step = (command: Json): Properties => ({
  DocumentType: 'Command',
  Content: {
    schemaVersion: '2.2',
    mainSteps: [{ action: 'aws:runShellScript', name: 'run', inputs: { runCommand: [command] } }],
  },
});
export const documentNoCredential = noCredential(
  'AWS::SSM::Document',
  'Content',
  {
    id: 'ssm-document-no-credential',
    title: 'SSM documents hold no credential',
    why: 'Whoever may run a document may read it, and a document can be shared with other accounts or with everybody.',
    source: `${reference}-document.html`,
  },
  [step('yum update -y'), step({ 'Fn::Sub': 'aws s3 ls s3://${Bucket}' })],
  [
    step(`aws configure set aws_access_key_id ${accessKey}`),
    { DocumentType: 'Command', DocumentFormat: 'YAML', Content: `schemaVersion: '2.2'\n# ${accessKey}\n` },
  ],
);

// Session Manager preferences as YAML text are not read.
const notPreferences = [not(oneOf('DocumentType', 'Session')), oneOf('DocumentFormat', 'YAML')];
const preferences = (inputs: Properties): Properties => ({
  DocumentType: 'Session',
  Content: { schemaVersion: '1.0', sessionType: 'Standard_Stream', inputs },
});
export const sessionLogsEncrypted = directive({
  id: 'ssm-session-logs-encrypted',
  title: 'Session Manager writes session logs only where they are encrypted',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::SSM::Document',
  unless: notPreferences,
  requires: parsed(
    'Content',
    all(
      when(given('inputs.s3BucketName'), isTrue('inputs.s3EncryptionEnabled')),
      when(given('inputs.cloudWatchLogGroupName'), isTrue('inputs.cloudWatchEncryptionEnabled')),
    ),
  ),
  why: 'A session log has everything that was typed and shown. With the check off, Session Manager writes it into a bucket or log group that is not encrypted.',
  remedy: 'Set s3EncryptionEnabled and cloudWatchEncryptionEnabled to true, and encrypt the bucket and the log group.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html',
  examples: {
    good: [
      preferences({ s3BucketName: '', cloudWatchLogGroupName: '' }),
      preferences({ s3BucketName: 'logs', s3EncryptionEnabled: true }),
      preferences({ cloudWatchLogGroupName: 'logs', cloudWatchEncryptionEnabled: true }),
      step('yum update -y'),
    ],
    bad: [
      preferences({ s3BucketName: 'logs', s3EncryptionEnabled: false }),
      preferences({ s3BucketName: 'logs', s3EncryptionEnabled: either(true, false) }),
      preferences({ cloudWatchLogGroupName: 'logs', cloudWatchEncryptionEnabled: false }),
      {
        DocumentType: 'Session',
        Content: '{"schemaVersion":"1.0","inputs":{"s3BucketName":"logs","s3EncryptionEnabled":false}}',
      },
    ],
    unknown: [preferences({ s3BucketName: 'logs', s3EncryptionEnabled: imported })],
  },
});
export const sessionCustomerKey = directive({
  id: 'ssm-session-customer-key',
  title: 'Session Manager encrypts sessions under a customer managed key',
  concern: 'in-transit',
  tier: 'customer-key',
  severity: 'error',
  type: 'AWS::SSM::Document',
  unless: notPreferences,
  requires: parsed('Content', isCustomerKey('inputs.kmsKeyId')),
  why: 'Over TLS 1.2 alone the session is in the clear inside the service; under your key only the two ends can read it.',
  remedy:
    'Set inputs.kmsKeyId to your key. The instance role needs kms:Decrypt, whoever starts the session kms:GenerateDataKey.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-preferences-enable-encryption.html',
  examples: {
    good: [
      template('AWS::SSM::Document', preferences({ kmsKeyId: keyArn }), keyResource),
      template('AWS::SSM::Document', preferences({ kmsKeyId: { Ref: 'Key' } }), keyResource),
      step('yum update -y'),
    ],
    bad: [
      preferences({}),
      preferences({ kmsKeyId: '' }),
      template('AWS::SSM::Document', preferences({ kmsKeyId: onlyIf(keyArn) }), keyResource),
    ],
    unknown: [preferences({ kmsKeyId: imported })],
  },
});

const dataSync = 'AWS::SSM::ResourceDataSync';
export const dataSyncCustomerKey = customerKey({
  id: 'ssm-resource-data-sync-customer-key',
  type: dataSync,
  title: 'SSM resource data syncs write under a customer managed key',
  path: 'S3Destination.KMSKeyArn',
  beside: { SyncName: 's', S3Destination: { BucketName: 'b', BucketRegion: 'eu-west-1', SyncFormat: 'JsonSerDe' } },
  unless: [absent('S3Destination')],
  why: 'The inventory lists the software, patches and addresses of every instance: a map for whoever gets hold of it.',
  remedy: 'Set KMSKeyArn to your key in the Region of the bucket.',
  source: `${reference}-resourcedatasync.html`,
  alsoGood: [{ SyncName: 's', SyncType: 'SyncFromSource' }],
});
export const dataSyncLegacyCustomerKey = customerKey({
  id: 'ssm-resource-data-sync-bucket-customer-key',
  type: dataSync,
  title: 'SSM resource data syncs that name a bucket directly write under a customer managed key',
  path: 'KMSKeyArn',
  beside: { SyncName: 's', BucketName: 'b', BucketRegion: 'eu-west-1', SyncFormat: 'JsonSerDe' },
  unless: [not(given('BucketName'))],
  why: 'The older form of the destination carries the same inventory of every instance.',
  remedy: 'Set KMSKeyArn to your key in the Region of the bucket, or move to S3Destination.',
  source: `${reference}-resourcedatasync.html`,
  alsoGood: [{ SyncName: 's', SyncType: 'SyncFromSource' }],
});

export const ssm = service([
  parameterHoldsNoSecret,
  parameterNoCredential,
  documentNoCredential,
  sessionLogsEncrypted,
  sessionCustomerKey,
  dataSyncCustomerKey,
  dataSyncLegacyCustomerKey,
]);
