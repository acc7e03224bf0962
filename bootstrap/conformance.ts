import { recordedType } from '../rules/points/item-shapes';
import { managedRulesFor, ofItem, recordable } from '../rules/points/of-config';
import { selectForRule } from '../rules/points/selection';
import { type Profile, selectDirectives } from '../rules/profile';
import { catalogue } from '../rules/services';

/** Of Config, none of them adjustable. https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html */
const limits = {
  rulesPerPack: 130,
  packsPerAccount: 50,
  /** Of a template that stands in the request; one in S3 may have 300 KB. */
  templateBytes: 51_200,
  /** Resource types in the scope of one rule. https://docs.aws.amazon.com/config/latest/APIReference/API_Scope.html */
  typesPerScope: 100,
};

/**
 * The parameters of managed rules that have none by themselves; each stands on the rule's page,
 * `https://docs.aws.amazon.com/config/latest/developerguide/<rule>.html`.
 */
const parameters: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CLOUDFRONT_SSL_POLICY_CHECK: { securityPolicies: 'TLSv1.2_2021,TLSv1.2_2025,TLSv1.3_2025' },
  ECS_NO_ENVIRONMENT_SECRETS: { secretKeys: 'AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,ECS_ENGINE_AUTH_DATA' },
  ELBV2_PREDEFINED_SECURITY_POLICY_SSL_CHECK: {
    sslPolicies: [
      'ELBSecurityPolicy-TLS13-1-2-2021-06',
      'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      'ELBSecurityPolicy-TLS13-1-3-2021-06',
      'ELBSecurityPolicy-TLS13-1-2-PQ-2025-09',
      'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
      'ELBSecurityPolicy-TLS13-1-3-PQ-2025-09',
    ].join(','),
  },
  ELB_PREDEFINED_SECURITY_POLICY_SSL_CHECK: { predefinedPolicyName: 'ELBSecurityPolicy-TLS-1-2-2017-01' },
  IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS: { blockedActionsPatterns: 'kms:Decrypt,kms:ReEncryptFrom' },
  IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS: { blockedActionsPatterns: 'kms:Decrypt,kms:ReEncryptFrom' },
  REDSHIFT_CLUSTER_CONFIGURATION_CHECK: { clusterDbEncrypted: 'true', loggingEnabled: 'true' },
};

/** Rules on what exists in one region only. */
const onlyIn: Readonly<Record<string, string>> = { CLOUDFRONT: 'us-east-1' };

/** What is demanded of an account in a region. */
export interface Detection {
  readonly profile: Profile;
  readonly region: string;
  /** Identifiers of managed rules that are not to be used (a region may lack one): our rule judges in their place. */
  readonly withoutRules?: readonly string[];
}

/** Whether a managed rule is used: it is in this region, and nobody left it out. */
const isUsed = (id: string, { region, withoutRules = [] }: Detection): boolean =>
  !withoutRules.includes(id) && (onlyIn[id.split('_')[0] ?? ''] ?? region) === region;

/** The managed rules for the directives of a profile, by identifier, in order. */
export function managedRulesOf(detection: Detection): readonly string[] {
  const wanted = selectDirectives(catalogue, detection.profile).flatMap(managedRulesFor);
  return [...new Set(wanted)].filter((id) => isUsed(id, detection)).sort();
}

/**
 * What Config has to record: the types that a managed rule for a directive or our own rule looks at. Config bills each
 * item, so nothing else is recorded.
 */
export function recordedTypes(detection: Detection): readonly string[] {
  const types = selectDirectives(catalogue, detection.profile)
    .filter((one) => ofItem(one) === undefined || managedRulesFor(one).some((id) => isUsed(id, detection)))
    .map(({ type }) => recordedType(type));
  return [...new Set(types)].filter((type) => recordable.has(type)).sort();
}

/**
 * The types whose changes our rule judges, as Config calls them.
 * @throws Error where they would not fit the scope of one rule
 */
export function judgedTypes(detection: Detection): readonly string[] {
  const { byItem } = selectForRule(catalogue, detection.profile, (id) => isUsed(id, detection));
  const types = [...byItem.keys()].map(recordedType).sort();
  if (types.length > limits.typesPerScope) throw new Error(`our rule would look at ${types.length} types`);
  return types;
}

/** One conformance pack: a template of Config rules and nothing else. */
export interface ConformancePack {
  readonly name: string;
  readonly template: string;
  readonly rules: readonly string[];
}

/** The parameter of the pack that takes the ARN of our rule's function. */
export const FUNCTION_PARAMETER = 'RuleFunctionArn';

/**
 * The conformance packs of an account and region: AWS's managed rules wherever one judges what a directive of the
 * profile demands, and our rule, by change and by schedule, for the others.
 * @param name the first part of every name
 * @throws Error where the packs would not fit their quotas
 */
export function conformancePacks(name: string, detection: Detection): readonly ConformancePack[] {
  const scope = judgedTypes(detection);
  const custom = (messages: readonly object[], more: object) => ({
    Source: { Owner: 'CUSTOM_LAMBDA', SourceIdentifier: { Ref: FUNCTION_PARAMETER }, SourceDetails: messages },
    ...more,
  });
  const rules: readonly PackRule[] = [
    [
      `${name}-directives`,
      custom(
        ['ConfigurationItemChangeNotification', 'OversizedConfigurationItemChangeNotification'].map((MessageType) => ({
          EventSource: 'aws.config',
          MessageType,
        })),
        { Scope: { ComplianceResourceTypes: scope } },
      ),
    ],
    [
      `${name}-directives-read`,
      custom(
        [
          {
            EventSource: 'aws.config',
            MessageType: 'ScheduledNotification',
            MaximumExecutionFrequency: 'TwentyFour_Hours',
          },
        ],
        {},
      ),
    ],
    ...managedRulesOf(detection).map((id) => managedRule(`${name}-${ruleName(id)}`, id)),
  ];
  const packs = packsOf(rules, { [FUNCTION_PARAMETER]: { Type: 'String' } });
  if (packs.length > limits.packsPerAccount) throw new Error(`there would be ${packs.length} conformance packs`);
  return packs.map((pack, index) => ({ name: `${name}-directives-${index + 1}`, ...pack }));
}

/** A rule's name, and its other properties. */
export type PackRule = readonly [name: string, properties: object];

/** A managed rule under a name. */
export const managedRule = (name: string, id: string): PackRule => [
  name,
  { Source: { Owner: 'AWS', SourceIdentifier: id }, ...(parameters[id] ? { InputParameters: parameters[id] } : {}) },
];

/** `S3_BUCKET_SSL_REQUESTS_ONLY` → `s3-bucket-ssl-requests-only`, as AWS's pages call it. */
export const ruleName = (id: string): string => id.toLowerCase().replaceAll('_', '-');

/**
 * The templates of conformance packs: rules in their order, as many together as fit one pack.
 * @param declared the parameters that the rules refer to, as a template declares them.
 */
export function packsOf(
  rules: readonly PackRule[],
  declared: object = {},
): readonly { readonly template: string; readonly rules: readonly string[] }[] {
  const packs: PackRule[][] = [];
  let pack: PackRule[] = [];
  for (const rule of rules) {
    const larger = [...pack, rule];
    const fits =
      larger.length <= limits.rulesPerPack && Buffer.byteLength(templateOf(larger, declared)) <= limits.templateBytes;
    if (!fits && pack.length === 0) throw new Error(`the rule ${rule[0]} alone is too large for a conformance pack`);
    if (!fits) packs.push(pack);
    pack = fits ? larger : [rule];
  }
  return [...packs, ...(pack.length ? [pack] : [])].map((part) => ({
    template: templateOf(part, declared),
    rules: part.map(([name]) => name),
  }));
}

/**
 * JSON is YAML, and shorter. A rule's name is at most 128 characters, with what the pack adds to it. Its id comes from
 * its name: by number, a rule that is added would hand its neighbours' names on, and a name that is taken is refused.
 */
function templateOf(rules: readonly PackRule[], declared: object): string {
  const Resources = Object.fromEntries(
    rules.map(([ConfigRuleName, properties]) => [
      ConfigRuleName.replaceAll('-', ''),
      { Type: 'AWS::Config::ConfigRule', Properties: { ConfigRuleName, ...properties } },
    ]),
  );
  return JSON.stringify({ ...(Object.keys(declared).length ? { Parameters: declared } : {}), Resources });
}
