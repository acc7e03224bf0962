import { directive } from '../directive';
import { given, isCustomerKey, not, when } from '../requirement';
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

export const eventSourcePassword = neverPlaintext({
  id: 'lambda-function-no-password-variable',
  type: lambdaFunction,
  title: 'Lambda functions have no password in an environment variable',
  path: 'Environment.Variables.PASSWORD',
  severity: 'error',
  why: 'Variables stand in the template, in the console and in every GetFunction answer.',
  remedy: 'Give the function the ARN of a secret and let it fetch the value when it starts.',
  source: `${guide}/configuration-envvars.html`,
});

export const codeCustomerKey = customerKey({
  id: 'lambda-function-code-customer-key',
  type: lambdaFunction,
  title: 'Lambda functions keep their code package under a customer managed key',
  path: 'Code.SourceKMSKeyArn',
  beside: { Code: { S3Bucket: 'b', S3Key: 'k' } },
  severity: 'warning',
  unless: [given('Code.ImageUri'), not(given('Code'))],
  why: 'Lambda keeps a copy of the package outside your bucket, under a key of AWS unless given yours.',
  source: `${guide}/encrypt-zip-package.html`,
});

export const lambda = service([environmentCustomerKey, eventSourcePassword, codeCustomerKey]);
