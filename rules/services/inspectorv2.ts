import { neverPlaintext, service } from './shared';

export const integrationToken = neverPlaintext({
  id: 'inspectorv2-code-security-integration-no-plaintext-token',
  type: 'AWS::InspectorV2::CodeSecurityIntegration',
  title: 'Inspector code security integrations have no plaintext access token',
  path: [
    'CreateIntegrationDetails.gitlabSelfManaged.accessToken',
    'UpdateIntegrationDetails.gitlabSelfManaged.authCode',
    'UpdateIntegrationDetails.github.code',
  ],
  why: 'The token lets its holder read every repository that Inspector scans on your GitLab.',
  source:
    'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-inspectorv2-codesecurityintegration.html',
});

export const inspectorv2 = service([integrationToken]);
