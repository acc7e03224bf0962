import type { StackResourceDrift } from '@aws-sdk/client-cloudformation';
import { type AwsConfig, ask, CallError, clientConfig } from './aws';
import type { Clock } from './aws-config';

/** A resource that is no longer what its template says, or of which CloudFormation cannot tell. */
export interface Drifted {
  readonly stack: string;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: 'MODIFIED' | 'DELETED' | 'UNKNOWN';
  /** The paths that differ. Their values are left out: one of them may be a secret. */
  readonly paths: readonly string[];
}

export interface StackDrift {
  readonly stack: string;
  readonly drifted: readonly Drifted[];
  /** How many resources CloudFormation compared. */
  readonly inSync: number;
  /** How many are of types whose drift CloudFormation does not detect. */
  readonly notChecked: number;
  /** Why the detection could not be done, or not for all of it. */
  readonly failed?: string;
}

export interface DetectDriftOptions extends AwsConfig {
  readonly stack: string;
  readonly clock: Clock;
  /** How long a detection may take, in seconds; 600 unless told. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** CloudFormation works through a stack in seconds to minutes. */
const POLL_MS = 5_000;

/**
 * Has CloudFormation compare a stack with its template. Nested stacks are not looked into: each is a stack of its own.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DetectStackDrift.html
 *
 * @throws LiveReadError when the endpoint does not answer or the work is aborted.
 */
export async function detectDrift(options: DetectDriftOptions): Promise<StackDrift> {
  const { stack: StackName, clock, signal, timeout = 600 } = options;
  const sdk = await import('@aws-sdk/client-cloudformation');
  // Starting a detection in each of many stacks is what CloudFormation throttles first.
  const client = new sdk.CloudFormationClient({ ...clientConfig(options), maxAttempts: 6, retryMode: 'adaptive' });
  const within = signal ? { abortSignal: signal } : {};
  const nothing = { stack: StackName, drifted: [], inSync: 0, notChecked: 0 };
  try {
    const { StackDriftDetectionId } = await ask('cloudformation:DetectStackDrift', () =>
      client.send(new sdk.DetectStackDriftCommand({ StackName }), within),
    );
    const deadline = clock.now().getTime() + timeout * 1_000;
    let failed: string | undefined;
    for (;;) {
      const { DetectionStatus, DetectionStatusReason } = await ask(
        'cloudformation:DescribeStackDriftDetectionStatus',
        () => client.send(new sdk.DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }), within),
      );
      if (DetectionStatus === 'DETECTION_FAILED') failed = DetectionStatusReason ?? 'CloudFormation does not say why';
      if (DetectionStatus !== 'DETECTION_IN_PROGRESS') break;
      if (clock.now().getTime() >= deadline)
        return { ...nothing, failed: `the detection did not end within ${timeout} seconds` };
      await clock.sleep(POLL_MS, signal);
    }
    const found: StackResourceDrift[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ask('cloudformation:DescribeStackResourceDrifts', () =>
        client.send(
          new sdk.DescribeStackResourceDriftsCommand({ StackName, ...(NextToken ? { NextToken } : {}) }),
          within,
        ),
      );
      found.push(...(page.StackResourceDrifts ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    const having = (status: string) => found.filter((one) => one.StackResourceDriftStatus === status);
    return {
      stack: StackName,
      // A detection that failed in part still tells of the rest.
      drifted: (['MODIFIED', 'DELETED', 'UNKNOWN'] as const).flatMap((status) =>
        having(status).map((one) => drifted(StackName, status, one)),
      ),
      inSync: having('IN_SYNC').length,
      notChecked: having('NOT_CHECKED').length,
      ...(failed === undefined ? {} : { failed }),
    };
  } catch (error) {
    if (error instanceof CallError) return { ...nothing, failed: error.message };
    throw error;
  } finally {
    client.destroy();
  }
}

function drifted(stack: string, status: Drifted['status'], one: StackResourceDrift): Drifted {
  const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '', PropertyDifferences = [] } = one;
  return {
    stack,
    logicalId: LogicalResourceId,
    physicalId: PhysicalResourceId,
    type: ResourceType,
    status,
    paths: PropertyDifferences.map(({ PropertyPath = '' }) => PropertyPath).sort(),
  };
}
