import { z } from 'zod';
import type { AssemblyStack } from '../pipeline/cdk';
import { STAGES } from '../pipeline/stages';
import type { Template } from './plan';

/** One statement of a role, in words. */
export interface StatementSummary {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** With `<LogicalId>` for what CloudFormation fills in. */
  readonly resources: readonly string[];
  readonly conditions?: unknown;
  /** Why, as the stage that needs it says, else the statement's id, else what its role is for. */
  readonly why: string;
}

/** A role that the bootstrap makes. */
export interface RoleSummary {
  readonly stack: string;
  readonly account: string;
  readonly name: string;
  readonly description: string;
  /** Who may take it, each with the conditions of its statement. */
  readonly takenBy: readonly { readonly who: string; readonly conditions?: unknown }[];
  /** What it can never do, whatever its policies say. */
  readonly boundary?: string;
  /** Policies of AWS's own. */
  readonly managed: readonly string[];
  readonly statements: readonly StatementSummary[];
}

const several = <T extends z.ZodType>(one: T) =>
  z.union([one, z.array(one)]).transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]));
const documentSchema = z.object({
  Statement: several(
    z.object({
      Sid: z.string().optional(),
      Effect: z.enum(['Allow', 'Deny']),
      Action: several(z.string()).default([]),
      NotAction: several(z.string()).default([]),
      Resource: several(z.unknown()).default([]),
      Principal: z.union([z.string(), z.record(z.string(), several(z.unknown()))]).optional(),
      Condition: z.unknown().optional(),
    }),
  ),
});
const policySchema = z.object({ PolicyName: z.unknown(), PolicyDocument: documentSchema });
const roleSchema = z.object({
  RoleName: z.unknown().optional(),
  Description: z.string().default(''),
  AssumeRolePolicyDocument: documentSchema,
  PermissionsBoundary: z.unknown().optional(),
  ManagedPolicyArns: z.array(z.unknown()).default([]),
  Policies: z.array(policySchema).default([]),
});
const attachedSchema = policySchema.extend({ RoleName: z.unknown() });
const sharedSchema = policySchema.partial({ PolicyName: true }).extend({ Roles: z.array(z.unknown()).default([]) });

/** The roles of a template, who may take them, and what they may do. */
export function rolesOf({ name: stack, account }: AssemblyStack, { Resources }: Template): readonly RoleSummary[] {
  const attached = Object.values(Resources).flatMap(({ Type, Properties }) => {
    if (Type === 'AWS::IAM::RolePolicy') {
      const { RoleName, ...policy } = attachedSchema.parse(Properties);
      return [{ role: text(RoleName), ...policy }];
    }
    if (Type !== 'AWS::IAM::Policy' && Type !== 'AWS::IAM::ManagedPolicy') return [];
    const { Roles, PolicyName = 'policy', PolicyDocument } = sharedSchema.parse(Properties);
    return Roles.map((role) => ({ role: text(role), PolicyName, PolicyDocument }));
  });
  return Object.entries(Resources).flatMap(([logicalId, { Type, Properties }]) => {
    if (Type !== 'AWS::IAM::Role') return [];
    const role = roleSchema.parse(Properties);
    const boundary = role.PermissionsBoundary === undefined ? undefined : text(role.PermissionsBoundary);
    const named = role.RoleName === undefined ? `<${logicalId}>` : text(role.RoleName);
    const policies = [
      ...role.Policies,
      ...attached.filter((policy) => policy.role === `<${logicalId}>` || policy.role === named),
    ];
    return [
      {
        stack,
        account,
        name: named,
        description: role.Description,
        takenBy: role.AssumeRolePolicyDocument.Statement.flatMap(({ Principal, Condition }) =>
          principals(Principal).map((who) => ({ who, ...(Condition === undefined ? {} : { conditions: Condition }) })),
        ),
        ...(boundary === undefined ? {} : { boundary }),
        managed: role.ManagedPolicyArns.map(text),
        statements: policies.flatMap(({ PolicyName, PolicyDocument }) =>
          PolicyDocument.Statement.map(({ Sid, Effect, Action, NotAction, Resource, Condition }) => ({
            effect: Effect,
            actions: [...Action, ...NotAction.map((action) => `not ${action}`)],
            resources: Resource.map(text),
            ...(Condition === undefined ? {} : { conditions: Condition }),
            why:
              declared(text(PolicyName), Action) ??
              (Sid === undefined ? role.Description || text(PolicyName) : words(Sid)),
          })),
        ),
      },
    ];
  });
}

/**
 * What the stage that a policy is named after says of a statement. The CDK puts statements together that differ in
 * their actions only, and so one may come from several declarations.
 */
function declared(policy: string, actions: readonly string[]): string | undefined {
  const permissions = STAGES.find(({ name }) => name === policy)?.permissions ?? [];
  const all = permissions.find((permission) => actions.every((action) => permission.actions.includes(action)));
  const some = permissions.filter((permission) => actions.some((action) => permission.actions.includes(action)));
  const whys = (all ? [all] : some).map(({ why }) => why);
  return actions.length > 0 && whys.length > 0 ? whys.join('; ') : undefined;
}

const principals = (principal: z.infer<typeof documentSchema>['Statement'][number]['Principal']): string[] =>
  principal === undefined || typeof principal === 'string'
    ? [principal ?? 'nobody']
    : Object.values(principal).flatMap((list) => list.map(text));

/** `KeysThroughServices` → `keys through services`. */
const words = (id: string): string =>
  id.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b}`).toLowerCase();

/** A value of a template as one line; what CloudFormation fills in stands in `<…>`. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  const [[kind, inner] = ['', undefined]] = Object.entries(value);
  switch (kind) {
    case 'Ref':
      return `<${String(inner)}>`;
    case 'Fn::GetAtt':
      return `<${[inner].flat().map(String).join('.')}>`;
    case 'Fn::ImportValue':
      return `<${text(inner)}>`;
    case 'Fn::Join':
      return Array.isArray(inner) && Array.isArray(inner[1]) ? inner[1].map(text).join(String(inner[0])) : '<…>';
    case 'Fn::Sub':
      return typeof inner === 'string' ? inner : '<…>';
    default:
      return JSON.stringify(value);
  }
}
