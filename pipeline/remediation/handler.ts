import * as z from 'zod/mini';
import type { Directive } from '../../rules/directive';
import type { AwsConfig } from '../../rules/live/aws';
import type { Profile } from '../../rules/profile';
import type { WrittenWaiver } from '../../rules/waivers';
import { names } from '../names';
import type { Message } from '../reports/notification';
import { type Outcome, remediateStack, runName } from './act';
import type { Audit } from './audit';
import { remediationMessage } from './message';
import { ownerOf } from './ownership';
import { matchesAny, type RemediationConfig } from './settings';

/** What the function knows of the fork; written at bootstrap, where no push can change it. */
export interface RemediationSettings {
  /** The configuration's name: the first part of every stack. */
  readonly name: string;
  readonly environments: readonly { readonly name: string; readonly profile: Profile }[];
  readonly config: RemediationConfig;
  readonly waivers: readonly WrittenWaiver[];
  /** Config rules with a remediation configuration, by the identifier of the managed rule. */
  readonly rules: Readonly<Record<string, string>>;
}

/** How the function reaches the world. */
export interface RemediationSurroundings {
  readonly aws: AwsConfig;
  readonly settings: RemediationSettings;
  readonly audit: Audit;
  readonly publish?: (message: Message) => Promise<void>;
  readonly pageOf: (directive: Directive) => string;
  /** One line of the structured log. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
  readonly goOn?: () => boolean;
  readonly waits?: readonly number[];
}

/** The event of AWS Config; https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html */
const complianceChange = z.object({
  source: z.literal('aws.config'),
  'detail-type': z.literal('Config Rules Compliance Change'),
  id: z.string(),
  account: z.string(),
  region: z.string(),
  detail: z.object({
    resourceId: z.string(),
    resourceType: z.string(),
    configRuleName: z.string(),
    newEvaluationResult: z.object({ complianceType: z.string() }),
  }),
});

/** What the function says it did. */
export interface Handled {
  readonly resource: string;
  readonly stack?: string;
  readonly why?: string;
  readonly outcomes: readonly Outcome[];
}

/**
 * Acts on one change of compliance. The event says no more than where to look: the resource is read and judged anew.
 *
 * @throws Error for an event of another kind; LiveReadError where the resource cannot be read: Lambda tries again, and
 * then hands the event to the queue of failures.
 */
export async function onComplianceChange(event: unknown, around: RemediationSurroundings): Promise<Handled> {
  const { id, detail } = z.parse(complianceChange, event);
  const { aws, settings, log } = around;
  const { resourceId, resourceType, configRuleName, newEvaluationResult } = detail;
  const nothing = (why: string, stack?: string): Handled => {
    log({ event: id, rule: configRuleName, resourceType, resourceId, stack, why });
    return { resource: resourceId, why, outcomes: [], ...(stack === undefined ? {} : { stack }) };
  };
  if (newEvaluationResult.complianceType !== 'NON_COMPLIANT')
    return nothing(`it is ${newEvaluationResult.complianceType}`);
  const owner = await ownerOf(aws, resourceId);
  if (!owner) return nothing('no stack owns it: what is not deployed by a stack is not touched');
  const environment = environmentOf(settings, owner.stack);
  if (!environment) return nothing('its stack is no environment’s and is not named in remediation.stacks', owner.stack);
  const outcomes = await remediateStack({
    aws,
    stack: owner.stack,
    profile: environment.profile,
    config: settings.config,
    aliasOf: (dataClass) => names(settings.name).alias(environment.name, dataClass),
    waivers: settings.waivers,
    only: { physicalId: owner.physicalId },
    dryRun: false,
    audit: around.audit,
    run: runName(id),
    pageOf: around.pageOf,
    rules: settings.rules,
    configId: resourceId,
    restrictTypes: true,
    ...(around.goOn ? { goOn: around.goOn } : {}),
    ...(around.waits ? { waits: around.waits } : {}),
  });
  for (const { patch, ...outcome } of outcomes)
    log({ event: id, rule: configRuleName, patch: patch?.kind, ...outcome });
  const worthTelling = outcomes.filter(({ result }) => result !== 'left');
  if (worthTelling.length > 0) await around.publish?.(remediationMessage(settings.name, owner.stack, worthTelling));
  return { resource: resourceId, stack: owner.stack, outcomes };
}

/** The environment a stack belongs to: by its name, else the first one for a stack that is named in the settings. */
function environmentOf({ name, environments, config }: RemediationSettings, stack: string) {
  // `beta` and `beta-2` may both be environments: the longer name it is.
  const [own] = environments
    .filter((environment) => stack.startsWith(`${name}-${environment.name}-`))
    .sort((a, b) => b.name.length - a.name.length);
  if (own) return own;
  return matchesAny(stack, config.stacks) ? environments[0] : undefined;
}
