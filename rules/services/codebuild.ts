import { fsbp, nist } from '../controls';
import { secretName } from '../credentials';
import { type Directive, directive, type Properties } from '../directive';
import { absent, all, each, holdsNoCredential, isNotTrue, matches, oneOf, when } from '../requirement';
import { at, customerKey, either, imported, neverPlaintext, notSwitchedOn, onlyIf, service } from './shared';

const project = 'AWS::CodeBuild::Project';
const guide = 'https://docs.aws.amazon.com/codebuild/latest/userguide';

export const projectCustomerKey = customerKey({
  id: 'codebuild-project-customer-key',
  type: project,
  title: 'CodeBuild projects encrypt under a customer managed key',
  path: 'EncryptionKey',
  why: 'Artifacts are what gets deployed: under aws/s3 every principal that may read the bucket may read them.',
  aliases: ['cfn_nag:W32', 'cdk-nag:AwsSolutions-CB4'],
  source: `${guide}/security-encryption.html`,
});

const notDisabled = (
  id: string,
  title: string,
  path: string,
  rest: Pick<Directive, 'why' | 'source'> & Partial<Directive>,
): Directive =>
  directive({
    id,
    title,
    concern: 'at-rest',
    tier: 'encrypted',
    severity: 'error',
    type: project,
    fix: { [path]: false },
    aliases: [],
    controls: [],
    ...rest,
    requires: isNotTrue(path),
    examples: {
      good: [{}, at(path, false), at(path, 'false')],
      bad: [at(path, true), at(path, 'true'), at(path, onlyIf(true)), at(path, either(true, false))],
      unknown: [at(path, imported)],
    },
  });

export const artifactsEncrypted = notDisabled(
  'codebuild-project-artifacts-encrypted',
  'CodeBuild projects do not switch artifact encryption off',
  'Artifacts.EncryptionDisabled',
  {
    why: 'CodeBuild encrypts what it builds unless told not to.',
    config: ['CODEBUILD_PROJECT_ARTIFACT_ENCRYPTION'],
    aliases: ['checkov:CKV_AWS_78'],
    source: `${guide}/security-encryption.html`,
  },
);

export const logsEncrypted = notDisabled(
  'codebuild-project-s3-logs-encrypted',
  'CodeBuild projects do not switch encryption of S3 logs off',
  'LogsConfig.S3Logs.EncryptionDisabled',
  {
    why: 'Build logs repeat variables, paths and sometimes secrets of the build.',
    config: ['CODEBUILD_PROJECT_S3_LOGS_ENCRYPTED'],
    aliases: ['fsbp:CodeBuild.3'],
    controls: [
      fsbp('CodeBuild.3'),
      nist('SC-13', 'CodeBuild.3'),
      nist('SC-28', 'CodeBuild.3'),
      nist('SC-28(1)', 'CodeBuild.3'),
    ],
    source: `${guide}/change-project.html`,
  },
);

export const sourceVerifiesTls = notDisabled(
  'codebuild-project-source-verifies-tls',
  'CodeBuild projects check the certificate of their source',
  'Source.InsecureSsl',
  {
    concern: 'in-transit',
    why: 'With the check off anybody between CodeBuild and the repository can hand it other code.',
    source: `${guide}/create-project.html`,
  },
);

const inList = (
  id: string,
  title: string,
  concern: Directive['concern'],
  list: string,
  property: string,
  why: string,
): Directive => {
  const one = (value: Properties[string]): Properties => ({ [list]: [{ Type: 'S3', [property]: value }] });
  return directive({
    id,
    title,
    concern,
    tier: 'encrypted',
    severity: 'error',
    type: project,
    requires: each(list, isNotTrue(property)),
    why,
    remedy: `Remove ${property} from every entry of ${list}.`,
    aliases: [],
    controls: [],
    source: `${guide}/security-encryption.html`,
    examples: {
      good: [{}, { [list]: [{ Type: 'S3' }] }, one('false')],
      bad: [one(true), one('true'), one(onlyIf(true))],
      unknown: [one(imported)],
    },
  });
};

export const secondaryArtifactsEncrypted = inList(
  'codebuild-project-secondary-artifacts-encrypted',
  'CodeBuild projects do not switch encryption of secondary artifacts off',
  'at-rest',
  'SecondaryArtifacts',
  'EncryptionDisabled',
  'A secondary artifact is deployed or published like the first one.',
);
export const secondarySourcesVerifyTls = inList(
  'codebuild-project-secondary-sources-verify-tls',
  'CodeBuild projects check the certificate of their secondary sources',
  'in-transit',
  'SecondarySources',
  'InsecureSsl',
  'One source taken over an unchecked connection is enough to change the build.',
);

const variable = (entry: Properties): Properties => ({ Environment: { EnvironmentVariables: [entry] } });

export const noPlaintextSecrets = directive({
  id: 'codebuild-project-no-plaintext-secrets',
  title: 'CodeBuild variables that are secrets are not plaintext',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: project,
  requires: all(
    each(
      'Environment.EnvironmentVariables',
      when(matches('Name', secretName), oneOf('Type', 'SECRETS_MANAGER', 'PARAMETER_STORE')),
    ),
    holdsNoCredential('Environment.EnvironmentVariables'),
  ),
  why: 'Plaintext variables stand in the template, in the console and in the build record for everybody who may look.',
  remedy: 'Set Type to SECRETS_MANAGER and Value to the name of the secret. Then change the secret.',
  config: ['CODEBUILD_PROJECT_ENVVAR_AWSCRED_CHECK'],
  aliases: ['fsbp:CodeBuild.2'],
  controls: [fsbp('CodeBuild.2'), nist('IA-5(7)', 'CodeBuild.2')],
  source: `${guide}/change-project.html`,
  examples: {
    good: [
      {},
      variable({ Name: 'STAGE', Value: 'test' }),
      variable({ Name: 'DB_PASSWORD', Type: 'SECRETS_MANAGER', Value: 'app/db' }),
      variable({ Name: 'DB_SECRET_ARN', Value: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-a1b2c3' }),
    ],
    bad: [
      variable({ Name: 'DB_PASSWORD', Value: 'x' }),
      variable({ Name: 'AWS_SECRET_ACCESS_KEY', Type: 'PLAINTEXT', Value: 'x' }),
      variable({ Name: 'SETTINGS', Value: `-----BEGIN ${'PRIVATE'} KEY-----` }),
      variable({ Name: 'API_TOKEN', Type: onlyIf('SECRETS_MANAGER'), Value: 'x' }),
    ],
    unknown: [variable({ Name: 'DB_PASSWORD', Type: imported, Value: 'x' }), variable({ Name: imported, Value: 'x' })],
  },
});

const reportGroup = 'AWS::CodeBuild::ReportGroup';
const exported = { Type: 'TEST', ExportConfig: { ExportConfigType: 'S3', S3Destination: { Bucket: 'b' } } };

export const reportsEncrypted = notSwitchedOn({
  id: 'codebuild-report-group-encrypted',
  type: reportGroup,
  title: 'CodeBuild report groups do not switch encryption of exported results off',
  path: 'ExportConfig.S3Destination.EncryptionDisabled',
  beside: exported,
  why: 'Raw test results quote inputs, outputs and stack traces of what was tested.',
  config: ['CODEBUILD_REPORT_GROUP_ENCRYPTED_AT_REST'],
  aliases: ['fsbp:CodeBuild.7'],
  controls: [fsbp('CodeBuild.7')],
  source: `${guide}/report-group-export-settings.html`,
});
export const reportsCustomerKey = customerKey({
  id: 'codebuild-report-group-customer-key',
  type: reportGroup,
  title: 'CodeBuild report groups encrypt exported results under a customer managed key',
  path: 'ExportConfig.S3Destination.EncryptionKey',
  beside: exported,
  unless: [absent('ExportConfig.S3Destination')],
  why: 'Without a key the results in the bucket are under the key AWS keeps for S3, open to whoever may read the bucket.',
  alsoGood: [{ Type: 'TEST', ExportConfig: { ExportConfigType: 'NO_EXPORT' } }],
  source: `${guide}/report-group-export-settings.html`,
});

export const sourceCredentialToken = neverPlaintext({
  id: 'codebuild-source-credential-no-plaintext-token',
  type: 'AWS::CodeBuild::SourceCredential',
  title: 'CodeBuild source credentials have no token in the template',
  path: 'Token',
  beside: { ServerType: 'GITHUB', AuthType: 'PERSONAL_ACCESS_TOKEN' },
  unless: [oneOf('AuthType', 'CODECONNECTIONS', 'SECRETS_MANAGER')],
  why: 'The token reads, and often writes, the repositories everything is built from.',
  alsoGood: [
    {
      ServerType: 'GITHUB',
      AuthType: 'SECRETS_MANAGER',
      Token: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:github-a1b2c3',
    },
  ],
  source: `${guide}/access-tokens.html`,
});

const located = (Location: Properties[string]): Properties => ({ Source: { Type: 'GITHUB', Location } });

export const sourceHoldsNoCredential = directive({
  id: 'codebuild-project-source-no-credential',
  title: 'CodeBuild projects have no credential in the address of a source',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: project,
  requires: all(holdsNoCredential('Source'), holdsNoCredential('SecondarySources')),
  why: 'The address stands in the template, in the console and in every build record, and with it the token or password in it.',
  remedy: 'Connect the repository through CodeConnections, or import the token as a source credential. Then revoke it.',
  config: ['CODEBUILD_PROJECT_SOURCE_REPO_URL_CHECK'],
  aliases: ['fsbp:CodeBuild.1'],
  controls: [fsbp('CodeBuild.1')],
  source: `${guide}/access-tokens.html`,
  examples: {
    good: [{}, located('https://github.com/acme/app.git'), located(imported)],
    bad: [
      located('https://user:correct-horse@github.com/acme/app.git'),
      located(either('https://github.com/acme/app.git', 'https://user:correct-horse@github.com/acme/app.git')),
      { SecondarySources: [{ Type: 'GITHUB', Location: 'https://user:correct-horse@github.com/acme/lib.git' }] },
    ],
    unknown: [],
  },
});

export const codebuild = service(
  [
    projectCustomerKey,
    artifactsEncrypted,
    secondaryArtifactsEncrypted,
    logsEncrypted,
    sourceVerifiesTls,
    secondarySourcesVerifyTls,
    noPlaintextSecrets,
    sourceHoldsNoCredential,
    reportsEncrypted,
    reportsCustomerKey,
    sourceCredentialToken,
  ],
  {
    [project]: {
      'Environment.RegistryCredential.Credential':
        'It is the name or ARN of a secret in Secrets Manager, not the secret.',
    },
  },
);
