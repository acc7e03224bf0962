import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * What judging an account takes: it reads the settings of whatever there is, through Cloud Control, whose handlers work
 * with the rights of who calls, and hands its evaluations to AWS Config.
 */
export function evaluationPolicies(scope: Construct): {
  readonly managedPolicies: readonly string[];
  readonly statements: readonly iam.PolicyStatement[];
} {
  const { account, partition, region } = Stack.of(scope);
  return {
    managedPolicies: [`arn:${partition}:iam::aws:policy/SecurityAudit`],
    statements: [
      new iam.PolicyStatement({
        actions: [
          'cloudformation:GetResource',
          'cloudformation:ListResources',
          'config:BatchGetResourceConfig',
          'config:GetComplianceDetailsByConfigRule',
          'config:GetResourceConfigHistory',
          'config:PutEvaluations',
        ],
        resources: ['*'],
      }),
      new iam.PolicyStatement({
        actions: ['kms:DescribeKey'],
        resources: [`arn:${partition}:kms:${region}:${account}:key/*`],
      }),
    ],
  };
}
