import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { buildBootstrapApp } from '../../bootstrap/app';
import { memberApp } from '../../bootstrap/organization';
import { text } from '../../bootstrap/permissions';
import { validateConfig } from '../../pipeline/config';
import type { RolePolicies } from '../simulate';

const several = <T extends z.ZodType>(one: T) =>
  z.union([one, z.array(one)]).transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]));
const words = several(z.unknown())
  .transform((values) => values.map(text))
  .optional();

const statementSchema = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: words,
  NotAction: words,
  Resource: words,
  NotResource: words,
  Principal: z.union([z.string(), z.record(z.string(), several(z.unknown()))]).optional(),
  Condition: z.record(z.string(), z.record(z.string(), several(z.unknown()))).default({}),
});
/** A statement of a policy; what CloudFormation fills in stands in `<…>`. */
export type Statement = z.infer<typeof statementSchema>;
const documentSchema = z.object({ Statement: several(statementSchema) });

/** What a policy document is for. */
export type Kind = 'trust' | 'identity' | 'boundary' | 'key' | 'resource';

export interface Document {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly kind: Kind;
  /** The role's or policy's own name, without the numbers of a template. */
  readonly name: string;
  readonly statements: readonly Statement[];
}

export interface Made {
  readonly stack: string;
  readonly account: string;
  readonly region: string;
  readonly template: ReturnType<Template['toJSON']>;
}

/** The bootstrap's templates for a configuration. */
export function bootstrapOf(config: object, outdir: string): readonly Made[] {
  const app = buildBootstrapApp(validateConfig(config), { outdir });
  return app.node.children.filter(Stack.isStack).map((stack) => ({
    stack: stack.stackName,
    account: stack.account,
    region: stack.region,
    template: Template.fromStack(stack).toJSON(),
  }));
}

/** The template of a member account of an organization, as it is in an account and region. */
export function memberOf(config: object, outdir: string, account: string, region: string): Made {
  const [stack] = memberApp(validateConfig(config), { outdir }).node.children.filter(Stack.isStack);
  if (!stack) throw new Error('no stack of a member account');
  const text = JSON.stringify(Template.fromStack(stack).toJSON())
    .replaceAll('{"Ref":"AWS::AccountId"}', JSON.stringify(account))
    .replaceAll('{"Ref":"AWS::Region"}', JSON.stringify(region));
  return { stack: 'member', account, region, template: JSON.parse(text) };
}

const roleSchema = z.object({
  RoleName: z.unknown().optional(),
  AssumeRolePolicyDocument: documentSchema,
  PermissionsBoundary: z.unknown().optional(),
  ManagedPolicyArns: z.array(z.unknown()).default([]),
  Policies: z.array(z.object({ PolicyName: z.string(), PolicyDocument: documentSchema })).default([]),
});
const policySchema = z.object({ PolicyDocument: documentSchema });
const keySchema = z.object({ KeyPolicy: documentSchema });
const resourceSchema = z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() }));
/** Where no type we know has a policy, there must be none. */
const holdsPolicy = (value: unknown): boolean => JSON.stringify(value ?? {}).includes('"Statement"');

/** Every policy document of a template; a resource whose policy cannot be told apart is an error. */
export function documentsOf({ stack, template }: Made): readonly Document[] {
  const resources = resourceSchema.parse(template.Resources);
  const boundaries = new Set(
    Object.values(resources).flatMap(({ Type, Properties }) => {
      const boundary = Type === 'AWS::IAM::Role' ? roleSchema.parse(Properties).PermissionsBoundary : undefined;
      return boundary === undefined ? [] : [text(boundary)];
    }),
  );
  return Object.entries(resources).flatMap(([logicalId, { Type: type, Properties }]): Document[] => {
    const one = (kind: Kind, name: string, { Statement }: z.infer<typeof documentSchema>): Document => ({
      stack,
      logicalId,
      type,
      kind,
      name,
      statements: Statement,
    });
    switch (type) {
      case 'AWS::IAM::Role': {
        const { AssumeRolePolicyDocument, Policies } = roleSchema.parse(Properties);
        return [
          one('trust', 'trust', AssumeRolePolicyDocument),
          ...Policies.map(({ PolicyName, PolicyDocument }) => one('identity', PolicyName, PolicyDocument)),
        ];
      }
      case 'AWS::IAM::ManagedPolicy': {
        const boundary = boundaries.has(`<${logicalId}>`);
        return [
          one(
            boundary ? 'boundary' : 'identity',
            boundary ? 'boundary' : 'managed',
            policySchema.parse(Properties).PolicyDocument,
          ),
        ];
      }
      case 'AWS::IAM::RolePolicy':
        return [one('identity', 'attached', policySchema.parse(Properties).PolicyDocument)];
      case 'AWS::KMS::Key':
        return [one('key', 'key policy', keySchema.parse(Properties).KeyPolicy)];
      case 'AWS::S3::BucketPolicy':
      case 'AWS::SNS::TopicPolicy':
      case 'AWS::SQS::QueuePolicy':
        return [one('resource', type, policySchema.parse(Properties).PolicyDocument)];
      case 'AWS::Organizations::Policy':
        return [one('resource', type, z.object({ Content: documentSchema }).parse(Properties).Content)];
      default:
        if (holdsPolicy(Properties)) throw new Error(`${stack} ${logicalId}: a policy in ${type} that nobody looks at`);
        return [];
    }
  });
}

/** A value of a template with what is known of the place filled in; what CloudFormation makes up stays in `<…>`. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (typeof value !== 'object' || value === null) return value;
  const [first] = Object.keys(value);
  if (first === 'Ref' || first?.startsWith('Fn::')) return text(value).replaceAll('<AWS::Partition>', 'aws');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
}

/** A named role of a bootstrap, with its own policies and its boundary, as IAM would hold them. */
export function roleOf(made: readonly Made[], roleName: string): RolePolicies {
  for (const { template, account } of made) {
    const resources = resourceSchema.parse(template.Resources);
    for (const [logicalId, { Type, Properties }] of Object.entries(resources)) {
      if (Type !== 'AWS::IAM::Role') continue;
      const raw = z
        .object({
          RoleName: z.unknown().optional(),
          PermissionsBoundary: z.unknown().optional(),
          Policies: z.array(z.object({ PolicyDocument: z.unknown() })).default([]),
        })
        .parse(Properties);
      if (text(raw.RoleName ?? '') !== roleName) continue;
      const boundary = raw.PermissionsBoundary === undefined ? undefined : documentIn(made, raw.PermissionsBoundary);
      return {
        arn: `arn:aws:iam::${account}:role/${roleName}`,
        policies: [...raw.Policies, ...attachedTo(resources, [`<${logicalId}>`, roleName])].map(({ PolicyDocument }) =>
          filled(PolicyDocument),
        ),
        ...(boundary === undefined ? {} : { boundary }),
      };
    }
  }
  throw new Error(`no role ${roleName}`);
}

/** Who may take a named role: its trust policy. */
export function trustOf({ template }: Made, roleName: string): unknown {
  const raw = z.object({ RoleName: z.unknown().optional(), AssumeRolePolicyDocument: z.unknown() });
  for (const { Type, Properties } of Object.values(resourceSchema.parse(template.Resources))) {
    if (Type !== 'AWS::IAM::Role') continue;
    const role = raw.parse(Properties);
    if (text(role.RoleName ?? '') === roleName) return filled(role.AssumeRolePolicyDocument);
  }
  throw new Error(`no role ${roleName}`);
}

/** The managed policies of a template that name the role. */
function attachedTo(resources: z.infer<typeof resourceSchema>, role: readonly string[]): { PolicyDocument: unknown }[] {
  const managed = z.object({ PolicyDocument: z.unknown(), Roles: z.array(z.unknown()).default([]) });
  return Object.values(resources).flatMap(({ Type, Properties }) => {
    if (Type !== 'AWS::IAM::ManagedPolicy') return [];
    const policy = managed.parse(Properties);
    return policy.Roles.some((one) => role.includes(text(one))) ? [policy] : [];
  });
}

/** The document of a managed policy, by reference or by ARN. */
function documentIn(made: readonly Made[], reference: unknown): unknown {
  const wanted = text(reference);
  for (const { template } of made) {
    for (const [logicalId, { Type, Properties }] of Object.entries(resourceSchema.parse(template.Resources))) {
      if (Type !== 'AWS::IAM::ManagedPolicy') continue;
      const policy = z.object({ ManagedPolicyName: z.string(), PolicyDocument: z.unknown() }).parse(Properties);
      if (wanted === `<${logicalId}>` || wanted.endsWith(`:policy/${policy.ManagedPolicyName}`)) {
        return filled(policy.PolicyDocument);
      }
    }
  }
  throw new Error(`no policy ${wanted}`);
}

/** The policies of the keys, by the last part of their aliases. */
export function keyPoliciesOf({ template }: Made): readonly unknown[] {
  return Object.values(resourceSchema.parse(template.Resources)).flatMap(({ Type, Properties }) =>
    Type === 'AWS::KMS::Key' ? [filled(z.object({ KeyPolicy: z.unknown() }).parse(Properties).KeyPolicy)] : [],
  );
}
