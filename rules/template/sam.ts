import { isObject, type JsonObject } from './parse';
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
 * deployed types judge them. A template without the transform comes back as it is.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
 */
export function expandSam(document: JsonObject): JsonObject {
  const transforms = Array.isArray(document.Transform) ? document.Transform : [document.Transform];
  if (!transforms.includes('AWS::Serverless-2016-10-31') || !isObject(document.Resources)) return document;
  const globals = isObject(document.Globals) ? document.Globals : {};
  const Resources = Object.fromEntries(
    Object.entries(document.Resources).map(([logicalId, resource]): [string, Json] => {
      const target = isObject(resource) ? becomes[String(resource.Type)] : undefined;
      if (!target || !isObject(resource)) return [logicalId, resource];
      const Properties = merge(globals[target.globals], resource.Properties);
      return [logicalId, { ...resource, Type: target.type, Properties }];
    }),
  );
  return { ...document, Resources };
}

/** Maps are merged, lists are joined, and what the resource says wins over the Globals. */
function merge(general: Json | undefined, own: Json | undefined): Json {
  if (own === undefined) return general ?? {};
  if (Array.isArray(general) && Array.isArray(own)) return [...general, ...own];
  if (!isObject(general) || !isObject(own)) return own;
  const keys = new Set([...Object.keys(general), ...Object.keys(own)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(general[key], own[key])]));
}
