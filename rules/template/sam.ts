import { fromOrigin, isObject, type JsonObject, survey } from './parse';
import type { Json } from './values';

/** What the transform AWS::Serverless-2016-10-31 makes of a type, as far as its properties keep their names. */
const becomes: Readonly<Record<string, { readonly type: string; readonly globals: string }>> = {
  'AWS::Serverless::Function': { type: 'AWS::Lambda::Function', globals: 'Function' },
  'AWS::Serverless::SimpleTable': { type: 'AWS::DynamoDB::Table', globals: 'SimpleTable' },
  'AWS::Serverless::Api': { type: 'AWS::ApiGateway::Stage', globals: 'Api' },
  'AWS::Serverless::HttpApi': { type: 'AWS::ApiGatewayV2::Stage', globals: 'HttpApi' },
  'AWS::Serverless::StateMachine': { type: 'AWS::StepFunctions::StateMachine', globals: 'StateMachine' },
};

/**
 * Rewrites SAM resources as what they are deployed as, with the template's Globals, so that the directives for the
 * deployed types judge them: with the transform or, in a template that forgot it, without.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
 */
export function expandSam(document: JsonObject): JsonObject {
  if (!isObject(document.Resources) || !hasSam(document.Resources)) return document;
  const globals = isObject(document.Globals) ? document.Globals : {};
  const Resources = Object.fromEntries(
    Object.entries(document.Resources).flatMap(([logicalId, resource]): [string, Json][] => {
      const target = isObject(resource) ? becomes[String(resource.Type)] : undefined;
      if (!target || !isObject(resource)) return [[logicalId, resource]];
      const Properties = merge(globals[target.globals], resource.Properties);
      return [
        [logicalId, { ...resource, Type: target.type, Properties }],
        ...restApiOf(logicalId, resource, Properties),
        ...domainOf(logicalId, resource, Properties),
      ];
    }),
  );
  return { ...document, Resources };
}

/** The REST API that SAM makes of an API beside its stage; what both have the stage is judged for. */
function restApiOf(logicalId: string, resource: JsonObject, properties: Json): [string, Json][] {
  if (resource.Type !== 'AWS::Serverless::Api' || !isObject(properties)) return [];
  const condition = resource.Condition === undefined ? {} : { Condition: resource.Condition };
  const { EndpointConfiguration: endpoint, SecurityPolicy: policy } = properties;
  const type = isObject(endpoint) && endpoint.Type !== undefined ? endpoint.Type : endpoint;
  const made = {
    Type: 'AWS::ApiGateway::RestApi',
    Properties: {
      ...(type === undefined ? {} : { EndpointConfiguration: { Types: [type] } }),
      ...(policy === undefined ? {} : { SecurityPolicy: policy }),
    },
  };
  return [[`${logicalId}RestApi`, fromOrigin({ ...made, ...condition }, [logicalId, 'Properties'])]];
}

/** The domain name that SAM makes beside an API: `ApiGatewayDomainName…`, here named after the API. */
function domainOf(logicalId: string, resource: JsonObject, properties: Json): [string, Json][] {
  const domain = isObject(properties) ? properties.Domain : undefined;
  if (!isObject(domain)) return [];
  const condition = resource.Condition === undefined ? {} : { Condition: resource.Condition };
  const { DomainName = null, CertificateArn = null, ...rest } = domain;
  const made =
    resource.Type === 'AWS::Serverless::Api'
      ? {
          Type: 'AWS::ApiGateway::DomainName',
          Properties: { ...rest, DomainName, RegionalCertificateArn: CertificateArn },
        }
      : {
          Type: 'AWS::ApiGatewayV2::DomainName',
          Properties: { DomainName, DomainNameConfigurations: [{ ...rest, CertificateArn }] },
        };
  return [[`${logicalId}Domain`, fromOrigin({ ...made, ...condition }, [logicalId, 'Properties', 'Domain'])]];
}

function hasSam(resources: JsonObject): boolean {
  for (const type of survey(resources).types) if (type.startsWith('AWS::Serverless::')) return true;
  return false;
}

/** Maps are merged, lists are joined, and what the resource says wins over the Globals. */
function merge(general: Json | undefined, own: Json | undefined): Json {
  if (own === undefined) return general ?? {};
  if (Array.isArray(general) && Array.isArray(own)) return [...general, ...own];
  if (!isObject(general) || !isObject(own)) return own;
  const keys = new Set([...Object.keys(general), ...Object.keys(own)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(general[key], own[key])]));
}
