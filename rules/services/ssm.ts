import { directive } from '../directive';
import { all, isNotPlaintext, matches, noneOf, not } from '../requirement';
import { either, imported, service } from './shared';

export const parameterHoldsNoSecret = directive({
  id: 'ssm-parameter-no-secret',
  title: 'SSM parameters named like a secret do not hold one',
  concern: 'secrets',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::SSM::Parameter',
  unless: [
    not(
      matches(
        'Name',
        /([Pp]assword|PASSWORD|[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Aa]pi-?_?[Kk]ey|API_KEY|[Pp]rivate-?_?[Kk]ey)/,
      ),
    ),
  ],
  requires: all(isNotPlaintext('Value'), noneOf('Type', 'String', 'StringList')),
  why: 'CloudFormation cannot make a SecureString: every parameter it makes is readable plain text, in Parameter Store and in the template.',
  remedy:
    'Use AWS::SecretsManager::Secret, or make a SecureString outside CloudFormation and refer to it by {{resolve:ssm-secure:name}}.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html',
  notExpressible: { live: 'The live readers never read parameter values.' },
  examples: {
    good: [{ Name: '/app/log-level', Type: 'String', Value: 'info' }],
    bad: [
      { Name: '/app/db-password', Type: 'String', Value: 'correct-horse' },
      { Name: '/app/db-password', Type: 'String', Value: either('correct-horse', 'battery-staple') },
    ],
    unknown: [{ Name: imported, Type: 'String', Value: 'v' }],
  },
});

export const ssm = service([parameterHoldsNoSecret]);
