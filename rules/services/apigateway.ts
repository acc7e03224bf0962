import { atRest } from '../controls';
import { directive, type Json, type Properties } from '../directive';
import { absentOr, all, any, each, given, isTrue, matches, not, oneOf, some, tlsAtLeast, when } from '../requirement';
import { either, imported, noSecretVariables, onlyIf, parameterP, service, template } from './shared';

const guide = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';

export const domainTlsPolicy = directive({
  id: 'apigateway-domain-tls-policy',
  title: 'API Gateway domains admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::ApiGateway::DomainName',
  requires: tlsAtLeast('SecurityPolicy', 'api-gateway', '1.2'),
  why: 'The policy decides which clients may connect; naming it keeps a changed default from widening it.',
  fix: { SecurityPolicy: 'TLS_1_2' },
  aliases: ['checkov:CKV_AWS_206'],
  controls: [],
  source: `${guide}/apigateway-security-policies-list.html`,
  examples: {
    good: [{ SecurityPolicy: 'TLS_1_2' }, { SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09' }],
    bad: [
      {},
      { SecurityPolicy: 'TLS_1_0' },
      { SecurityPolicy: onlyIf('TLS_1_2') },
      { SecurityPolicy: either('TLS_1_2', 'TLS_1_0') },
    ],
    unknown: [{ SecurityPolicy: imported }, { SecurityPolicy: 'SecurityPolicy_TLS99' }],
  },
});

export const stageCacheEncrypted = directive({
  id: 'apigateway-stage-cache-encrypted',
  title: 'API Gateway stages encrypt their cache',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::ApiGateway::Stage',
  requires: all(
    each('MethodSettings', when(isTrue('CachingEnabled'), isTrue('CacheDataEncrypted'))),
    when(
      isTrue('CacheClusterEnabled'),
      some('MethodSettings', any(isTrue('CacheDataEncrypted'), oneOf('CachingEnabled', false))),
    ),
  ),
  why: 'A cached answer is a copy of the data, in plaintext unless asked. With a cache cluster, GET methods are cached without being named.',
  remedy:
    'Set CacheDataEncrypted: true in every method setting that caches; one with HttpMethod * and ResourcePath /* is for all methods.',
  aliases: ['fsbp:APIGateway.5'],
  controls: atRest('APIGateway.5'),
  source: `${guide}/api-gateway-caching.html`,
  examples: {
    good: [
      {},
      { CacheClusterEnabled: false },
      { CacheClusterEnabled: true, MethodSettings: [{ CachingEnabled: 'false' }] },
      { CacheClusterEnabled: true, MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: 'true' }] },
    ],
    bad: [
      { CacheClusterEnabled: true },
      { CacheClusterEnabled: true, MethodSettings: [{ LoggingLevel: 'INFO' }] },
      { MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: false }] },
      { CacheClusterEnabled: true, MethodSettings: [{ CachingEnabled: true }] },
      { CacheClusterEnabled: 'true', MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: 'false' }] },
    ],
    unknown: [{ CacheClusterEnabled: true, MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: imported }] }],
  },
});

export const stageNoSecretVariables = noSecretVariables({
  id: 'apigateway-stage-no-secret-variables',
  type: 'AWS::ApiGateway::Stage',
  title: 'REST API stages have no plaintext secret in a stage variable',
  paths: ['Variables{}'],
  why: 'Everybody who may read the stage sees its variables, and integrations write them into addresses and logs.',
  remedy:
    'Let the function or backend fetch the secret from Secrets Manager. Then change it: it has been in the template and its history.',
  source: `${guide}/stage-variables.html`,
});

const deployment = 'AWS::ApiGateway::Deployment';
export const deploymentCacheEncrypted = directive({
  id: 'apigateway-deployment-cache-encrypted',
  title: 'API Gateway deployments encrypt the cache of the stage they describe',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: deployment,
  requires: all(
    when(isTrue('StageDescription.CachingEnabled'), isTrue('StageDescription.CacheDataEncrypted')),
    each('StageDescription.MethodSettings', when(isTrue('CachingEnabled'), isTrue('CacheDataEncrypted'))),
  ),
  why: 'The deployment writes these settings to its stage: one that switches caching on keeps answers in plaintext unless it asks.',
  remedy:
    'Set CacheDataEncrypted: true beside every CachingEnabled: true, in StageDescription and in its MethodSettings.',
  aliases: ['cfn_nag:W87', 'fsbp:APIGateway.5'],
  controls: atRest('APIGateway.5'),
  source: `${guide}/api-gateway-caching.html`,
  examples: {
    good: [
      {},
      { StageDescription: { CachingEnabled: true, CacheDataEncrypted: 'true' } },
      { StageDescription: { MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: true }] } },
    ],
    bad: [
      { StageDescription: { CachingEnabled: 'true' } },
      { StageDescription: { CachingEnabled: true, CacheDataEncrypted: onlyIf(true) } },
      { StageDescription: { MethodSettings: [{ CachingEnabled: true, CacheDataEncrypted: false }] } },
    ],
    unknown: [{ StageDescription: { CachingEnabled: true, CacheDataEncrypted: imported } }],
  },
});

export const restApiTlsPolicy = directive({
  id: 'apigateway-rest-api-tls-policy',
  title: 'REST APIs admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: 'AWS::ApiGateway::RestApi',
  unless: [some('EndpointConfiguration.Types', oneOf('', 'PRIVATE'))],
  requires: tlsAtLeast('SecurityPolicy', 'api-gateway', '1.2'),
  why: 'A Regional or edge-optimized API admits TLS 1.0 unless it names a policy, and its own policy counts too where a custom domain leads to it.',
  remedy:
    'Name a SecurityPolicy: TLS_1_2, or one that begins with SecurityPolicy_, which wants EndpointAccessMode as well.',
  aliases: [],
  controls: [],
  source: `${guide}/apigateway-custom-domain-tls-version.html`,
  examples: {
    good: [{ SecurityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' }, { EndpointConfiguration: { Types: ['PRIVATE'] } }],
    bad: [
      {},
      { EndpointConfiguration: { Types: ['REGIONAL'] } },
      { SecurityPolicy: 'TLS_1_0' },
      { SecurityPolicy: onlyIf('TLS_1_2') },
    ],
    unknown: [{ SecurityPolicy: imported }, { SecurityPolicy: 'SecurityPolicy_TLS99' }],
  },
});

export const privateDomainTlsPolicy = directive({
  id: 'apigateway-private-domain-tls-policy',
  title: 'Private API Gateway domains name no policy below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::ApiGateway::DomainNameV2',
  requires: absentOr('SecurityPolicy', tlsAtLeast('SecurityPolicy', 'api-gateway', '1.2')),
  why: 'A private domain starts with a policy of TLS 1.2; only a policy named in the template can lower it.',
  fix: { SecurityPolicy: 'TLS_1_2' },
  aliases: [],
  controls: [],
  source: `${guide}/apigateway-security-policies.html`,
  examples: {
    good: [{}, { SecurityPolicy: 'TLS_1_2' }, { SecurityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' }],
    bad: [{ SecurityPolicy: 'TLS_1_0' }, { SecurityPolicy: either('TLS_1_2', 'TLS_1_0') }],
    unknown: [{ SecurityPolicy: imported }, { SecurityPolicy: 'SecurityPolicy_TLS99' }],
  },
});

const method = 'AWS::ApiGateway::Method';
const integration = (uri: Json, type = 'HTTP_PROXY'): Properties => ({ Integration: { Type: type, Uri: uri } });
export const methodIntegrationHttps = directive({
  id: 'apigateway-method-integration-https',
  title: 'REST API methods reach HTTP backends over HTTPS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: method,
  unless: [not(oneOf('Integration.Type', 'HTTP', 'HTTP_PROXY')), not(given('Integration.Uri'))],
  requires: not(matches('Integration.Uri', /^http:/i)),
  why: 'API Gateway ends the TLS of the client. With an http address it hands the request, headers and all, to the backend in the clear.',
  remedy: 'Write the address of the backend with https; the backend needs a certificate API Gateway trusts.',
  aliases: [],
  controls: [],
  source: `${guide}/setup-http-integrations.html`,
  examples: {
    good: [
      {},
      integration('https://backend.example.com/orders'),
      integration('arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations', 'AWS_PROXY'),
    ],
    bad: [
      integration('http://backend.example.com/orders'),
      integration('HTTP://backend.example.com', 'HTTP'),
      integration(either('https://backend.example.com', 'http://backend.example.com')),
    ],
    unknown: [integration(imported), template(method, integration({ Ref: 'P' }), {}, parameterP)],
  },
});

const httpIntegration = 'AWS::ApiGatewayV2::Integration';
export const integrationHttps = directive({
  id: 'apigatewayv2-integration-https',
  title: 'HTTP and WebSocket APIs reach HTTP backends over TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: httpIntegration,
  unless: [not(oneOf('IntegrationType', 'HTTP', 'HTTP_PROXY')), not(given('IntegrationUri'))],
  requires: all(
    not(matches('IntegrationUri', /^http:/i)),
    when(oneOf('ConnectionType', 'VPC_LINK'), given('TlsConfig')),
  ),
  why: 'A private integration speaks plain HTTP to the load balancer unless it has a TlsConfig, and a public one whatever its address says.',
  remedy:
    'Write the address with https. For a VPC link, point it at an HTTPS listener and set TlsConfig.ServerNameToVerify to the name in its certificate.',
  aliases: [],
  controls: [],
  source: `${guide}/http-api-develop-integrations-private.html`,
  examples: {
    good: [
      { IntegrationType: 'AWS_PROXY', IntegrationUri: 'arn:aws:lambda:eu-west-1:111122223333:function:f' },
      { IntegrationType: 'HTTP_PROXY', IntegrationUri: 'https://backend.example.com' },
      {
        IntegrationType: 'HTTP_PROXY',
        ConnectionType: 'VPC_LINK',
        IntegrationUri: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/a/1/2',
        TlsConfig: { ServerNameToVerify: 'orders.internal' },
      },
    ],
    bad: [
      { IntegrationType: 'HTTP_PROXY', IntegrationUri: 'http://backend.example.com' },
      {
        IntegrationType: 'HTTP_PROXY',
        ConnectionType: 'VPC_LINK',
        IntegrationUri: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/a/1/2',
      },
      {
        IntegrationType: 'HTTP_PROXY',
        ConnectionType: 'VPC_LINK',
        IntegrationUri: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/a/1/2',
        TlsConfig: onlyIf({ ServerNameToVerify: 'orders.internal' }),
      },
    ],
    unknown: [{ IntegrationType: 'HTTP_PROXY', IntegrationUri: imported }],
  },
});

const configured = (policy?: Json): Properties => ({
  DomainName: 'api.example.com',
  DomainNameConfigurations: [{ EndpointType: 'REGIONAL', ...(policy === undefined ? {} : { SecurityPolicy: policy }) }],
});
export const httpDomainTlsPolicy = directive({
  id: 'apigatewayv2-domain-tls-policy',
  title: 'Domains of HTTP and WebSocket APIs admit nothing below TLS 1.2',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::ApiGatewayV2::DomainName',
  requires: each(
    'DomainNameConfigurations',
    absentOr('SecurityPolicy', tlsAtLeast('SecurityPolicy', 'api-gateway', '1.2')),
  ),
  why: 'TLS 1.2 is what a domain of this kind gets by itself; TLS_1_0 in the template lets in clients whose encryption is broken.',
  remedy: 'Set SecurityPolicy of every entry of DomainNameConfigurations to TLS_1_2.',
  aliases: [],
  controls: [],
  source: `${guide}/http-api-custom-domain-names.html`,
  examples: {
    good: [configured(), configured('TLS_1_2')],
    bad: [configured('TLS_1_0'), configured(either('TLS_1_2', 'TLS_1_0'))],
    unknown: [configured(imported), configured('TLS_9_9')],
  },
});

const clientCertificates =
  'It asks clients for a certificate: that says who may call, while the traffic is TLS with it or without.';
const role = 'It is the ARN of an IAM role, not a secret.';

export const apigateway = service(
  [
    domainTlsPolicy,
    stageCacheEncrypted,
    stageNoSecretVariables,
    deploymentCacheEncrypted,
    restApiTlsPolicy,
    privateDomainTlsPolicy,
    methodIntegrationHttps,
    integrationHttps,
    httpDomainTlsPolicy,
  ],
  {
    'AWS::ApiGateway::Authorizer': { AuthorizerCredentials: role },
    'AWS::ApiGateway::DomainName': { MutualTlsAuthentication: clientCertificates },
    'AWS::ApiGateway::Method': { 'Integration.Credentials': role },
    'AWS::ApiGatewayV2::DomainName': { MutualTlsAuthentication: clientCertificates },
  },
);
