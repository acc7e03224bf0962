import { CloudControlClient, GetResourceCommand, ListResourcesCommand } from '@aws-sdk/client-cloudcontrol';
import {
  BatchGetResourceConfigCommand,
  ConfigServiceClient,
  type ConfigServiceClientConfig,
  GetComplianceDetailsByConfigRuleCommand,
  GetResourceConfigHistoryCommand,
  PutEvaluationsCommand,
  type ResourceType,
} from '@aws-sdk/client-config-service';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Json } from '../../rules/directive';
import type { LiveStack } from '../../rules/live/snapshot';
import { cloudControlTypes } from '../../rules/live/table';
import { unreturned } from '../../rules/live/untold';
import { isObject } from '../../rules/template/parse';
import { log } from './environment';
import { ListError, ReadError, type RuleServices } from './rule';

/** https://docs.aws.amazon.com/config/latest/APIReference/API_PutEvaluations.html: of a test, nothing is kept. */
const testToken = 'TESTMODE';

/** The SDK's standard mode: backoff with jitter, five attempts in all; adaptive slows down what is throttled. */
export const retries = { maxAttempts: 5, retryMode: 'adaptive' } as const;

/**
 * What the rule asks of AWS, by the clients that are bundled with it.
 * @param functionName of the function itself, which it invokes again
 * @param credentials of the account that is judged. Default: those of the function, for its own account.
 */
export function awsServices(
  functionName: string,
  credentials?: NonNullable<ConfigServiceClientConfig['credentials']>,
): RuleServices {
  const settings = { ...retries, ...(credentials ? { credentials } : {}) };
  const config = new ConfigServiceClient(settings);
  const cloudControl = new CloudControlClient({ ...settings, requestHandler: { requestTimeout: 20_000 } });
  const kms = new KMSClient(settings);
  const lambda = new LambdaClient(retries);
  return {
    put: async (evaluations, token) => {
      const answer = await config
        .send(
          new PutEvaluationsCommand({
            ResultToken: token,
            TestMode: token === testToken,
            Evaluations: evaluations.map(({ type, id, at, compliance }) => ({
              ComplianceResourceType: type,
              ComplianceResourceId: id,
              ComplianceType: compliance.complianceType,
              OrderingTimestamp: at,
              ...(compliance.annotation ? { Annotation: compliance.annotation } : {}),
            })),
          }),
        )
        .catch((error: unknown) => {
          if (nameOf(error) !== 'InvalidResultTokenException') throw error;
          throw new Error(
            'the token of this evaluation has expired or is not for this rule: nothing was recorded, Config asks again',
            {
              cause: error,
            },
          );
        });
      const refused = new Set(
        (answer.FailedEvaluations ?? []).map((one) => `${one.ComplianceResourceType} ${one.ComplianceResourceId}`),
      );
      return evaluations.filter(({ type, id }) => refused.has(`${type} ${id}`));
    },
    history: async (type, id, at) => {
      const resourceType = asResourceType(type);
      const { configurationItems: [item] = [] } = await config
        .send(new GetResourceConfigHistoryCommand({ resourceType, resourceId: id, laterTime: at, limit: 1 }))
        .catch((error: unknown) => {
          if (nameOf(error) === 'ResourceNotDiscoveredException') return { configurationItems: [] };
          throw error;
        });
      if (item) return item;
      const { baseConfigurationItems: [current] = [] } = await config.send(
        new BatchGetResourceConfigCommand({ resourceKeys: [{ resourceType, resourceId: id }] }),
      );
      return current;
    },
    evaluated: async function* (rule) {
      let NextToken: string | undefined;
      do {
        const page = await config.send(
          new GetComplianceDetailsByConfigRuleCommand({
            ConfigRuleName: rule,
            ComplianceTypes: ['COMPLIANT', 'NON_COMPLIANT'],
            Limit: 100,
            ...(NextToken ? { NextToken } : {}),
          }),
        );
        for (const { EvaluationResultIdentifier: identifier } of page.EvaluationResults ?? []) {
          const { ResourceType: type, ResourceId: id } = identifier?.EvaluationResultQualifier ?? {};
          if (type && id) yield { type, id };
        }
        NextToken = page.NextToken;
      } while (NextToken);
    },
    list: async (TypeName, from) => {
      const page = await cloudControl
        .send(new ListResourcesCommand({ TypeName, MaxResults: 100, ...(from ? { NextToken: from } : {}) }))
        .catch((error: unknown) => {
          throw new ListError(saying('cloudformation:ListResources', error), { cause: error });
        });
      const ids = (page.ResourceDescriptions ?? []).flatMap(({ Identifier }) => Identifier ?? []);
      return { ids, ...(page.NextToken ? { next: page.NextToken } : {}) };
    },
    read: async (TypeName, Identifier) => {
      const { ResourceDescription: found } = await cloudControl
        .send(new GetResourceCommand({ TypeName, Identifier }))
        .catch((error: unknown) => {
          throw new ReadError(saying('cloudformation:GetResource', error), { cause: error });
        });
      const properties = parsed(found?.Properties);
      if (!isObject(properties)) throw new ReadError('cloudformation:GetResource answered without properties');
      return { properties, unreadablePaths: unreturned(properties, cloudControlTypes[TypeName]?.writeOnly ?? []) };
    },
    keys: rememberKeys(async (KeyId) => {
      try {
        const { KeyMetadata: key } = await kms.send(new DescribeKeyCommand({ KeyId }));
        if (!key?.Arn || !key.KeyManager) return { unreadable: 'kms:DescribeKey does not say whose it is' };
        return { manager: key.KeyManager, state: key.KeyState ?? 'unknown', arn: key.Arn };
      } catch (error) {
        return { unreadable: saying('kms:DescribeKey', error) };
      }
    }),
    later: async (event) => {
      await lambda.send(
        new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: JSON.stringify(event) }),
      );
    },
    log,
  };
}

/** What KMS said is good for five minutes: a key is asked about once for all that names it. */
export function rememberKeys(
  ask: (name: string) => Promise<LiveStack['keys'][string]>,
  now: () => number = Date.now,
): RuleServices['keys'] {
  const known = new Map<string, { readonly answer: Promise<LiveStack['keys'][string]>; readonly until: number }>();
  return async (names) => {
    const answers = names.map(async (name): Promise<[string, LiveStack['keys'][string]]> => {
      let entry = known.get(name);
      if (!entry || entry.until < now()) {
        if (known.size > 5_000) known.clear();
        entry = { answer: ask(name), until: now() + 300_000 };
        known.set(name, entry);
      }
      return [name, await entry.answer];
    });
    return Object.fromEntries(await Promise.all(answers));
  };
}

/** Config's API takes the types it knew when the client was made; a newer one is sent all the same. */
function asResourceType(type: string): ResourceType {
  if (isResourceType(type)) return type;
  throw new Error(`${type} is no name of a resource type`);
}
const isResourceType = (type: string): type is ResourceType => /^[\w.]+(::\w+)+$/.test(type);

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

/** Why a call failed: its name, and what the role may not do where that is it. */
function saying(call: string, error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const refused = /not authori[sz]ed to perform:?\s+([\w-]+:\w+)/i.exec(message)?.[1];
  return refused ? `the role may not call ${refused} (by ${call})` : `${call} failed: ${nameOf(error)}`;
}

function parsed(text: string | undefined): Json | undefined {
  try {
    const document: Json = JSON.parse(text ?? '');
    return document;
  } catch {
    return undefined;
  }
}
