import { neverPlaintext, service } from './shared';

export const skillNoPlaintextSecret = neverPlaintext({
  id: 'alexa-skill-no-plaintext-secret',
  type: 'Alexa::ASK::Skill',
  title: 'Alexa skills take their Login with Amazon credentials from a secret',
  path: ['AuthenticationConfiguration.ClientSecret', 'AuthenticationConfiguration.RefreshToken'],
  beside: { AuthenticationConfiguration: { ClientId: 'amzn1.application-oa2-client.x' } },
  why: 'Client secret and refresh token together let anyone who reads the template manage every skill of the developer account.',
  source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ask-skill.html',
});

export const alexa = service([skillNoPlaintextSecret]);
