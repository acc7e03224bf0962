/** Readers of what stands at the edge of a network: distributions, load balancers, APIs, endpoints. */
import type { Integration, RestApi, Stage } from '@aws-sdk/client-api-gateway';
import type { CacheBehavior, DefaultCacheBehavior, DistributionConfig, Origin } from '@aws-sdk/client-cloudfront';
import type { Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Properties } from '../directive';
import { ask, CallError, type ClientConfig, policyOf, properties } from './aws';
import { batched, found, missing, type Reader, type ReadOne, type Wanted } from './reader';

const behavior = (one: DefaultCacheBehavior | CacheBehavior | undefined): Properties =>
  properties({
    ...(one && 'PathPattern' in one ? { PathPattern: one.PathPattern } : {}),
    TargetOriginId: one?.TargetOriginId,
    ViewerProtocolPolicy: one?.ViewerProtocolPolicy,
  });

/** An origin in S3 has the empty `S3OriginConfig` of a template; with an origin access control that is all there is. */
const origin = ({
  Id,
  DomainName,
  CustomOriginConfig: custom,
  S3OriginConfig,
  OriginAccessControlId,
}: Origin): Properties =>
  properties({
    Id,
    DomainName,
    OriginAccessControlId,
    CustomOriginConfig: custom
      ? properties({
          OriginProtocolPolicy: custom.OriginProtocolPolicy,
          OriginSSLProtocols: custom.OriginSslProtocols?.Items ?? [],
        })
      : undefined,
    S3OriginConfig: S3OriginConfig
      ? properties({ OriginAccessIdentity: S3OriginConfig.OriginAccessIdentity })
      : undefined,
  });

/** A distribution; what the API writes ACMCertificateArn is AcmCertificateArn in a template. */
export function distribution(config: DistributionConfig): Properties {
  const { ViewerCertificate: certificate } = config;
  return {
    DistributionConfig: properties({
      DefaultCacheBehavior: behavior(config.DefaultCacheBehavior),
      CacheBehaviors: (config.CacheBehaviors?.Items ?? []).map(behavior),
      Origins: (config.Origins?.Items ?? []).map(origin),
      ViewerCertificate: certificate
        ? properties({
            AcmCertificateArn: certificate.ACMCertificateArn,
            IamCertificateId: certificate.IAMCertificateId,
            CloudFrontDefaultCertificate: certificate.CloudFrontDefaultCertificate,
            MinimumProtocolVersion: certificate.MinimumProtocolVersion,
            SslSupportMethod: certificate.SSLSupportMethod,
          })
        : undefined,
    }),
  };
}

/** A listener. Client secrets of OIDC are never returned. */
export function listener({ LoadBalancerArn, Protocol, Port, SslPolicy, DefaultActions = [] }: Listener): Properties {
  return properties({
    LoadBalancerArn,
    Protocol,
    Port,
    SslPolicy,
    DefaultActions: DefaultActions.map(
      ({ Type, TargetGroupArn, RedirectConfig: redirect, AuthenticateOidcConfig: oidc }) =>
        properties({
          Type,
          TargetGroupArn,
          RedirectConfig: redirect
            ? properties({ Protocol: redirect.Protocol, StatusCode: redirect.StatusCode })
            : undefined,
          AuthenticateOidcConfig: oidc ? properties({ Issuer: oidc.Issuer, ClientId: oidc.ClientId }) : undefined,
        }),
    ),
  });
}

export function restApi({ name, securityPolicy, endpointConfiguration }: RestApi): Properties {
  return properties({
    Name: name,
    SecurityPolicy: securityPolicy,
    EndpointConfiguration: { Types: endpointConfiguration?.types ?? [] },
  });
}

/** Settings by method: the API has a map of `path/METHOD`, a template a list. */
const methodSettings = (one: Stage): Properties[] =>
  Object.entries(one.methodSettings ?? {}).map(([method, settings]) =>
    properties({
      HttpMethod: method.slice(method.lastIndexOf('/') + 1),
      ResourcePath: `/${method.slice(0, method.lastIndexOf('/'))}`,
      CachingEnabled: settings.cachingEnabled,
      CacheDataEncrypted: settings.cacheDataEncrypted,
    }),
  );

export const stage = (one: Stage): Properties =>
  properties({
    StageName: one.stageName,
    CacheClusterEnabled: one.cacheClusterEnabled ?? false,
    MethodSettings: methodSettings(one),
  });

/** What a deployment wrote to its stage is there. A setting of every method (`*` at every path) is the stage's own. */
export function stageDescription(one: Stage): Properties {
  const all = one.methodSettings?.['*/*'];
  return properties({
    CachingEnabled: all?.cachingEnabled,
    CacheDataEncrypted: all?.cacheDataEncrypted,
    MethodSettings: methodSettings(one),
  });
}

export const integration = (one: Integration | undefined): Properties =>
  one ? { Integration: properties({ Type: one.type, Uri: one.uri, ConnectionType: one.connectionType }) } : {};

/** The value of a property that a template must give, for the API to be asked. */
function declared(wanted: Wanted, property: string): string {
  const value = wanted.declared(property);
  if (value === undefined)
    throw new CallError('apigateway:GET', 'NotFound', `the template does not say which ${property} it has`);
  return value;
}

async function apigateway(config: ClientConfig) {
  const sdk = await import('@aws-sdk/client-api-gateway');
  const client = new sdk.APIGatewayClient(config);
  const getStage = (restApiId: string, stageName: string): Promise<Stage> =>
    ask('apigateway:GetStage', () => client.send(new sdk.GetStageCommand({ restApiId, stageName })));
  return { sdk, client, getStage, close: () => client.destroy() };
}

export const edgeReaders: Readonly<Record<string, Reader>> = {
  'AWS::CloudFront::Distribution': {
    tells: [
      'DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy',
      'DistributionConfig.CacheBehaviors.ViewerProtocolPolicy',
      'DistributionConfig.Origins.CustomOriginConfig.OriginProtocolPolicy',
      'DistributionConfig.Origins.CustomOriginConfig.OriginSSLProtocols',
      // The older way to write one: it is read back among the origins.
      'DistributionConfig.CustomOrigin',
      'DistributionConfig.ViewerCertificate',
    ],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-cloudfront');
      const client = new sdk.CloudFrontClient(config);
      const read: ReadOne = async ({ physicalId: Id }) => {
        const { DistributionConfig } = await ask('cloudfront:GetDistributionConfig', () =>
          client.send(new sdk.GetDistributionConfigCommand({ Id })),
        );
        return DistributionConfig
          ? found(distribution(DistributionConfig))
          : missing('cloudfront:GetDistributionConfig');
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::ElasticLoadBalancingV2::Listener': {
    tells: ['LoadBalancerArn', 'Protocol', 'Port', 'SslPolicy', 'DefaultActions.Type', 'DefaultActions.RedirectConfig'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-elastic-load-balancing-v2');
      const client = new sdk.ElasticLoadBalancingV2Client(config);
      const describe = batched(20, async (ids) => {
        const { Listeners = [] } = await ask('elasticloadbalancing:DescribeListeners', () =>
          client.send(new sdk.DescribeListenersCommand({ ListenerArns: [...ids] })),
        );
        return new Map(Listeners.map((one) => [one.ListenerArn ?? '', one]));
      });
      const read: ReadOne = async ({ physicalId }) => {
        const one = await describe(physicalId);
        return one ? found(listener(one)) : missing('elasticloadbalancing:DescribeListeners');
      };
      return { read, close: () => client.destroy() };
    },
  },
  'AWS::ApiGateway::RestApi': {
    tells: ['Name', 'SecurityPolicy', 'EndpointConfiguration.Types'],
    open: async (config) => {
      const { sdk, client, close } = await apigateway(config);
      const read: ReadOne = async ({ physicalId: restApiId }) =>
        found(restApi(await ask('apigateway:GetRestApi', () => client.send(new sdk.GetRestApiCommand({ restApiId })))));
      return { read, close };
    },
  },
  'AWS::ApiGateway::DomainName': {
    tells: ['DomainName', 'SecurityPolicy'],
    open: async (config) => {
      const { sdk, client, close } = await apigateway(config);
      const read: ReadOne = async ({ physicalId: domainName }) => {
        const one = await ask('apigateway:GetDomainName', () =>
          client.send(new sdk.GetDomainNameCommand({ domainName })),
        );
        return found(properties({ DomainName: one.domainName, SecurityPolicy: one.securityPolicy }));
      };
      return { read, close };
    },
  },
  'AWS::ApiGateway::Stage': {
    tells: ['StageName', 'CacheClusterEnabled', 'MethodSettings.CachingEnabled', 'MethodSettings.CacheDataEncrypted'],
    identifiedBy: ['RestApiId'],
    open: async (config) => {
      const { getStage, close } = await apigateway(config);
      const read: ReadOne = async (wanted) =>
        found(stage(await getStage(declared(wanted, 'RestApiId'), wanted.physicalId)));
      return { read, close };
    },
  },
  'AWS::ApiGateway::Deployment': {
    tells: [
      'StageName',
      'StageDescription.CachingEnabled',
      'StageDescription.CacheDataEncrypted',
      'StageDescription.MethodSettings.CachingEnabled',
      'StageDescription.MethodSettings.CacheDataEncrypted',
    ],
    identifiedBy: ['RestApiId', 'StageName'],
    open: async (config) => {
      const { sdk, client, getStage, close } = await apigateway(config);
      const read: ReadOne = async (wanted) => {
        const restApiId = declared(wanted, 'RestApiId');
        const { physicalId: deploymentId } = wanted;
        await ask('apigateway:GetDeployment', () =>
          client.send(new sdk.GetDeploymentCommand({ restApiId, deploymentId })),
        );
        // Without a name it has made no stage: that is a resource of its own.
        const StageName = wanted.declared('StageName');
        if (StageName === undefined) return found({});
        return found({ StageName, StageDescription: stageDescription(await getStage(restApiId, StageName)) });
      };
      return { read, close };
    },
  },
  'AWS::ApiGateway::Method': {
    tells: ['HttpMethod', 'Integration.Type', 'Integration.Uri'],
    identifiedBy: ['RestApiId', 'ResourceId', 'HttpMethod'],
    open: async (config) => {
      const { sdk, client, close } = await apigateway(config);
      const read: ReadOne = async (wanted) => {
        const httpMethod = declared(wanted, 'HttpMethod');
        const [restApiId, resourceId] = [declared(wanted, 'RestApiId'), declared(wanted, 'ResourceId')];
        const one = await ask('apigateway:GetMethod', () =>
          client.send(new sdk.GetMethodCommand({ restApiId, resourceId, httpMethod })),
        );
        return found({ HttpMethod: httpMethod, ...integration(one.methodIntegration) });
      };
      return { read, close };
    },
  },
  'AWS::EC2::VPCEndpoint': {
    tells: ['ServiceName', 'VpcEndpointType', 'PolicyDocument'],
    open: async (config) => {
      const sdk = await import('@aws-sdk/client-ec2');
      const client = new sdk.EC2Client(config);
      const read: ReadOne = async ({ physicalId }) => {
        const { VpcEndpoints: [one] = [] } = await ask('ec2:DescribeVpcEndpoints', () =>
          client.send(new sdk.DescribeVpcEndpointsCommand({ VpcEndpointIds: [physicalId] })),
        );
        if (!one) return missing('ec2:DescribeVpcEndpoints');
        const { ServiceName, VpcEndpointType, PolicyDocument } = one;
        return found(properties({ ServiceName, VpcEndpointType, PolicyDocument: policyOf(PolicyDocument) }));
      };
      return { read, close: () => client.destroy() };
    },
  },
};
