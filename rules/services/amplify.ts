import { directive, type Properties } from '../directive';
import { all, each, isNotPlaintext, matches, when } from '../requirement';
import { imported, neverPlaintext, onlyIf, service } from './shared';

const guide = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const appSecrets = neverPlaintext({
  id: 'amplify-app-no-plaintext-secrets',
  type: 'AWS::Amplify::App',
  title: 'Amplify apps have no plaintext password or repository token',
  path: ['BasicAuthConfig.Password', 'AutoBranchCreationConfig.BasicAuthConfig.Password', 'OauthToken', 'AccessToken'],
  why: 'The token opens the source repository, and the password is all that keeps the public out of an unreleased site.',
  source: `${guide}/aws-resource-amplify-app.html`,
});
export const branchPassword = neverPlaintext({
  id: 'amplify-branch-no-plaintext-password',
  type: 'AWS::Amplify::Branch',
  title: 'Amplify branches have no plaintext password',
  path: 'BasicAuthConfig.Password',
  why: 'A branch that is not released yet is kept from the public by this password alone.',
  source: `${guide}/aws-resource-amplify-branch.html`,
});

const secretName = /(password|passwd|passphrase|secret|token|credentials?|(api|access|private|secret)_?key)$/i;
const notPlaintext = when(matches('Name', secretName), isNotPlaintext('Value'));
const variable = (entry: Properties): Properties => ({ EnvironmentVariables: [entry] });
const variables = (id: string, type: string, title: string, page: string, branches: boolean) =>
  directive({
    id,
    title,
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'error',
    type,
    requires: branches
      ? all(
          each('EnvironmentVariables', notPlaintext),
          each('AutoBranchCreationConfig.EnvironmentVariables', notPlaintext),
        )
      : each('EnvironmentVariables', notPlaintext),
    why: 'Amplify shows build variables to everybody who may see the app and can bake them into the pages it publishes.',
    remedy:
      'Keep the value in Parameter Store, where Amplify looks for the secrets of a build, or have a compute role fetch it.',
    aliases: [],
    controls: [],
    notExpressible: {
      live: 'Whether the value stood in the template or was resolved from a reference cannot be seen.',
    },
    source: `${guide}/${page}`,
    examples: {
      good: [
        {},
        variable({ Name: 'STAGE', Value: 'test' }),
        variable({ Name: 'TOKEN_URL', Value: 'https://example.com' }),
        variable({ Name: 'API_TOKEN', Value: '{{resolve:secretsmanager:app:SecretString:token}}' }),
      ],
      bad: [
        variable({ Name: 'API_TOKEN', Value: 'correct-horse' }),
        variable({ Name: 'dbPassword', Value: onlyIf('correct-horse') }),
        ...(branches ? [{ AutoBranchCreationConfig: variable({ Name: 'API_KEY', Value: 'correct-horse' }) }] : []),
      ],
      unknown: [variable({ Name: 'API_TOKEN', Value: imported }), variable({ Name: imported, Value: 'correct-horse' })],
    },
  });
export const appVariables = variables(
  'amplify-app-no-secret-variables',
  'AWS::Amplify::App',
  'Amplify apps have no plaintext secret in a build variable',
  'aws-resource-amplify-app.html',
  true,
);
export const branchVariables = variables(
  'amplify-branch-no-secret-variables',
  'AWS::Amplify::Branch',
  'Amplify branches have no plaintext secret in a build variable',
  'aws-resource-amplify-branch.html',
  false,
);

export const amplify = service([appSecrets, appVariables, branchPassword, branchVariables]);
