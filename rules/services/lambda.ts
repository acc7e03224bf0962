import { secretName } from '../credentials';
import { directive, type Json, type Properties } from '../directive';
import {
  absent,
  eachNamed,
  given,
  holdsNoCredential,
  isCustomerKey,
  isNotPlaintextOrArn,
  not,
  when,
} from '../requirement';
import { customerKey, imported, keyArn, keyResource, neverPlaintext, onlyIf, service, template } from './shared';

const lambdaFunction = 'AWS::Lambda::Function';
const guide = 'https://docs.aws.amazon.com/lambda/latest/dg';

export const environmentCustomerKey = directive({
  id: 'lambda-function-customer-key',
  title: 'Lambda functions keep environment variables under a customer managed key',
  concern: 'at-rest',
  tier: 'customer-key',
  severity: 'error',
  type: lambdaFunction,
  requires: when(given('Environment.Variables'), isCustomerKey('KmsKeyArn')),
  why: 'Whoever may read a function sees its variables, unless their key is one that reader may not use.',
  remedy: 'Set KmsKeyArn to your key and let the execution role decrypt under it.',
  aliases: ['checkov:CKV_AWS_173'],
  controls: [],
  source: `${guide}/configuration-envvars-encryption.html`,
  examples: {
    good: [{}, template(lambdaFunction, { Environment: { Variables: { A: 'b' } }, KmsKeyArn: keyArn }, keyResource)],
    bad: [
      { Environment: { Variables: { A: 'b' } } },
      { Environment: { Variables: { A: 'b' } }, KmsKeyArn: 'alias/aws/lambda' },
      template(lambdaFunction, { Environment: { Variables: { A: 'b' } }, KmsKeyArn: onlyIf(keyArn) }, keyResource),
    ],
    unknown: [{ Environment: { Variables: { A: 'b' } }, KmsKeyArn: imported }],
  },
});

const variable = (name: string, value: Json): Properties => ({ Environment: { Variables: { [name]: value } } });

const live = { live: 'The live readers never read a secret.' };

export const noPlaintextSecrets = directive({
  id: 'lambda-function-no-plaintext-secrets',
  title: 'Environment variables of Lambda functions that are named like a secret are not plaintext',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'error',
  type: lambdaFunction,
  requires: eachNamed('Environment.Variables', secretName, isNotPlaintextOrArn('')),
  why: 'Variables stand in the template, in the console and in every GetFunction answer.',
  remedy:
    'Give the function the ARN of a secret and let it fetch the value when it starts. Then change the secret: it has been in the template and its history.',
  notExpressible: live,
  aliases: ['checkov:CKV_AWS_45'],
  controls: [],
  source: `${guide}/configuration-envvars.html`,
  examples: {
    good: [
      {},
      variable('STAGE', 'test'),
      variable('DB_SECRET_ARN', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-a1b2c3'),
      variable('DB_SECRET', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db-a1b2c3'),
      variable('TOKEN_URL', 'https://id.example.com/token'),
      variable('MAX_TOKENS', '4096'),
      variable('DB_PASSWORD', '{{resolve:secretsmanager:app/db:SecretString:password}}'),
      template(
        lambdaFunction,
        variable('API_KEY', { Ref: 'P' }),
        {},
        { Parameters: { P: { Type: 'String', NoEcho: true } } },
      ),
    ],
    bad: [
      variable('DB_PASSWORD', 'correct-horse'),
      variable('apiKey', 'correct-horse'),
      variable('PASSWORD', onlyIf('correct-horse')),
      template(lambdaFunction, variable('GITHUB_TOKEN', { Ref: 'P' }), {}, { Parameters: { P: { Type: 'String' } } }),
    ],
    unknown: [variable('DB_PASSWORD', imported)],
  },
});

export const noCredentials = directive({
  id: 'lambda-function-no-credentials',
  title: 'Lambda functions have no credential in an environment variable',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'fatal',
  type: lambdaFunction,
  requires: holdsNoCredential('Environment.Variables'),
  why: 'What looks like an access key, a private key or a token of a well-known service is one, whatever its variable is called, and has left its owner.',
  remedy: 'Revoke the credential. Then let the execution role, or a secret the function fetches, take its place.',
  notExpressible: live,
  aliases: ['checkov:CKV_AWS_45'],
  controls: [],
  source: `${guide}/configuration-envvars.html`,
  examples: {
    good: [{}, variable('STAGE', 'test'), variable('TABLE', { Ref: 'Table' })],
    bad: [
      variable('SETTINGS', `-----BEGIN ${'PRIVATE'} KEY-----`),
      variable('SETTINGS', onlyIf(`-----BEGIN ${'PRIVATE'} KEY-----`)),
    ],
    unknown: [],
  },
});

export const codeCustomerKey = customerKey({
  id: 'lambda-function-code-customer-key',
  type: lambdaFunction,
  title: 'Lambda functions keep their code package under a customer managed key',
  path: 'Code.SourceKMSKeyArn',
  beside: { Code: { S3Bucket: 'b', S3Key: 'k' } },
  severity: 'warning',
  unless: [given('Code.ImageUri'), absent('Code')],
  why: 'Lambda keeps a copy of the package outside your bucket, under a key of AWS unless given yours.',
  source: `${guide}/encrypt-zip-package.html`,
});

export const durableCustomerKey = customerKey({
  id: 'lambda-function-durable-customer-key',
  type: lambdaFunction,
  title: 'Durable Lambda functions keep their payloads under a customer managed key',
  path: 'DurableConfig.KMSKeyArn',
  beside: { DurableConfig: { ExecutionTimeout: 3600 } },
  unless: [absent('DurableConfig')],
  why: 'A durable execution keeps its input, output and errors for as long as it and its history last.',
  alsoGood: [{}],
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-durableconfig.html',
});

export const filtersCustomerKey = customerKey({
  id: 'lambda-event-source-mapping-customer-key',
  type: 'AWS::Lambda::EventSourceMapping',
  title: 'Event source mappings keep their filters under a customer managed key',
  path: 'KmsKeyArn',
  beside: { FilterCriteria: { Filters: [{ Pattern: '{"body":{"tenant":["a"]}}' }] } },
  unless: [not(given('FilterCriteria'))],
  why: 'Filter patterns repeat values of the events, such as a customer or a tenant, and are readable to whoever may list mappings.',
  alsoGood: [{ FunctionName: 'f' }],
  source: `${guide}/invocation-eventfiltering.html`,
});

export const capacityCustomerKey = customerKey({
  id: 'lambda-capacity-provider-customer-key',
  type: 'AWS::Lambda::CapacityProvider',
  title: 'Lambda capacity providers encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The disks of the instances the functions run on are under a key of AWS unless the provider names yours.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-capacityprovider.html',
});

export const permissionToken = neverPlaintext({
  id: 'lambda-permission-no-plaintext-token',
  type: 'AWS::Lambda::Permission',
  title: 'Lambda permissions have no plaintext event source token',
  path: 'EventSourceToken',
  severity: 'warning',
  why: 'Whoever invokes the function must supply the token; where it is no public skill id, the template gives it away.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html',
});

export const lambda = service([
  permissionToken,
  environmentCustomerKey,
  noPlaintextSecrets,
  noCredentials,
  codeCustomerKey,
  durableCustomerKey,
  filtersCustomerKey,
  capacityCustomerKey,
]);
