import type { Permission } from '../stage';

/**
 * What detecting drift needs besides what a verification reads, and besides what CloudFormation reads of each block
 * (`readDocuments` of bootstrap/execution): it reads with the rights of whoever asks, and reports as not checked what it
 * may not read.
 */
export const driftPermissions: readonly Permission[] = [
  {
    actions: [
      'cloudformation:DescribeStackResourceDrifts',
      'cloudformation:DetectStackDrift',
      'cloudformation:DetectStackResourceDrift',
    ],
    resources: [`arn:\${partition}:cloudformation:\${region}:\${account}:stack/\${name}-\${environment}-*/*`],
    why: 'compares the stacks of the environment with their templates; changes nothing',
  },
  {
    // Asked by the id of a detection, which is no resource.
    actions: ['cloudformation:DescribeStackDriftDetectionStatus'],
    resources: ['*'],
    conditions: { StringEquals: { 'aws:RequestedRegion': `\${region}` } },
    why: 'asks how far the comparison is',
  },
];
