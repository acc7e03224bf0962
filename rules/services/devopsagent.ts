import { customerKey, neverPlaintext, service } from './shared';

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference';

export const agentSpaceCustomerKey = customerKey({
  id: 'devopsagent-agent-space-customer-key',
  type: 'AWS::DevOpsAgent::AgentSpace',
  title: 'DevOps Agent spaces encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'The space keeps what the agent learned of your systems in its investigations: topology, logs and findings.',
  source: `${reference}/aws-resource-devopsagent-agentspace.html`,
});
export const serviceCustomerKey = customerKey({
  id: 'devopsagent-service-customer-key',
  type: 'AWS::DevOpsAgent::Service',
  title: 'Services registered with DevOps Agent encrypt under a customer managed key',
  path: 'KmsKeyArn',
  why: 'A registered service holds the token or client secret by which the agent reaches GitLab, Splunk, PagerDuty and the like.',
  source: `${reference}/aws-resource-devopsagent-service.html`,
});
export const serviceNoPlaintextCredential = neverPlaintext({
  id: 'devopsagent-service-no-plaintext-credential',
  type: 'AWS::DevOpsAgent::Service',
  title: 'Services registered with DevOps Agent do not have their credential in the template',
  path: [
    'ServiceDetails.GitLab.TokenValue',
    'ServiceDetails.Dynatrace.AuthorizationConfig.OAuthClientCredentials.ClientSecret',
    'ServiceDetails.ServiceNow.AuthorizationConfig.OAuthClientCredentials.ClientSecret',
    'ServiceDetails.PagerDuty.AuthorizationConfig.OAuthClientCredentials.ClientSecret',
    'ServiceDetails.MCPServer.AuthorizationConfig.OAuthClientCredentials.ClientSecret',
    'ServiceDetails.MCPServer.AuthorizationConfig.ApiKey.ApiKeyValue',
    'ServiceDetails.MCPServer.AuthorizationConfig.BearerToken.TokenValue',
    'ServiceDetails.MCPServerSplunk.AuthorizationConfig.BearerToken.TokenValue',
    'ServiceDetails.MCPServerNewRelic.AuthorizationConfig.ApiKey.ApiKey',
    'ServiceDetails.MCPServerGrafana.AuthorizationConfig.BearerToken.TokenValue',
  ],
  why: 'The token opens the source code, the monitoring or the ticket system of another provider, outside the reach of IAM.',
  source: `${reference}/aws-resource-devopsagent-service.html`,
});

export const devopsagent = service([agentSpaceCustomerKey, serviceCustomerKey, serviceNoPlaintextCredential]);
