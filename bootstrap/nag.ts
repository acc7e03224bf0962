import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts a finding of cdk-nag's AWS Solutions pack on one construct, for a reason that stands beside it. */
export function acknowledge(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
}

/** Accepts a finding of cdk-nag's NIST 800-53 r5 pack on one construct, for a reason that stands beside it. */
export function acknowledgeNist(construct: IConstruct, rule: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `NIST.800.53.R5::NIST.800.53.R5-${rule}`, reason });
}

/** Accepts that a role's policy stands in the role. */
export function acknowledgeInline(role: IConstruct): void {
  acknowledgeNist(
    role,
    'IAMNoInlinePolicy',
    'NIST wants policies that several principals share to be managed apart. This one is for one role, and goes with it.',
  );
}

/**
 * Accepts a bucket without access logs and without a copy in another region.
 *
 * @param notReplicated why losing the bucket loses nothing that cannot be had again.
 */
export function acknowledgeBucket(bucket: IConstruct, notReplicated: string): void {
  const logs =
    'S3 cannot deliver server access logs to a bucket under a customer managed key; CloudTrail records who reads it.';
  acknowledge(bucket, 'S1', logs);
  acknowledgeNist(bucket, 'S3BucketLoggingEnabled', logs);
  acknowledgeNist(bucket, 'S3BucketReplicationEnabled', notReplicated);
}

/**
 * Accepts the `*` in the resources of a construct's policies, for a reason that stands beside it. A `*` in an action
 * stays a finding: cdk-nag names each wildcard, and only those of resources are accepted here.
 *
 * @param policies the `policies` of a role, or a policy document.
 */
export function acknowledgeResources(construct: IConstruct, policies: unknown, reason: string): void {
  const resolved: unknown = Stack.of(construct).resolve(policies);
  const documents = list(resolved).map((policy) => property(policy, 'policyDocument') ?? policy);
  const resources = documents
    .flatMap((document) => list(property(document, 'Statement')))
    .filter((statement) => property(statement, 'Effect') === 'Allow')
    .flatMap((statement) => list(property(statement, 'Resource')).map(flat))
    .filter((resource) => resource.includes('*'));
  for (const resource of new Set(resources)) acknowledge(construct, `IAM5[Resource::${resource}]`, reason);
}

/** Accepts a policy of AWS's own on a role, for a reason that stands beside it. */
export function acknowledgeManagedPolicy(construct: IConstruct, policyArn: string, reason: string): void {
  // Where a stack knows no partition the ARN is a token, which cdk-nag names by its reference.
  acknowledge(construct, `IAM4[Policy::${flat(Stack.of(construct).resolve(policyArn))}]`, reason);
}

/** A resource as cdk-nag writes it: `<LogicalId.Arn>/*`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const attribute = property(value, 'Fn::GetAtt');
  if (attribute !== undefined) return `<${list(attribute).join('.')}>`;
  const [separator, parts] = list(property(value, 'Fn::Join'));
  if (typeof separator === 'string') return list(parts).map(flat).join(separator);
  return `<${String(property(value, 'Ref'))}>`;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
