import { type AwsConfig, ask, CallError, clientConfig } from '../../rules/live/aws';

/** The stack that owns a resource. */
export interface Owner {
  readonly stack: string;
  readonly physicalId: string;
  readonly type: string;
}

/**
 * Finds the stack a resource belongs to, by what CloudFormation or AWS Config calls it; nothing where none does. AWS
 * Config knows many resources by their ARN where CloudFormation knows them by their name.
 */
export async function ownerOf(aws: AwsConfig, id: string): Promise<Owner | undefined> {
  const sdk = await import('@aws-sdk/client-cloudformation');
  const client = new sdk.CloudFormationClient(clientConfig(aws));
  try {
    for (const PhysicalResourceId of namesOf(id)) {
      try {
        const { StackResources = [] } = await ask('cloudformation:DescribeStackResources', () =>
          client.send(new sdk.DescribeStackResourcesCommand({ PhysicalResourceId })),
        );
        const found = StackResources.find((one) => one.PhysicalResourceId === PhysicalResourceId);
        if (found?.StackName && found.ResourceType)
          return { stack: found.StackName, physicalId: PhysicalResourceId, type: found.ResourceType };
      } catch (error) {
        // CloudFormation says ValidationError for what no stack has.
        if (!(error instanceof CallError) || error.errorName !== 'ValidationError') throw error;
      }
    }
    return undefined;
  } finally {
    client.destroy();
  }
}

/** An id, and where it is an ARN, what stands in it for the name. */
export function namesOf(id: string): readonly string[] {
  if (!id.startsWith('arn:')) return [id];
  const rest = id.split(':').slice(5).join(':');
  const names = [
    rest,
    rest.split('/').slice(1).join('/'),
    rest.split(':').slice(1).join(':'),
    rest.split('/').at(-1),
    rest.split(':').at(-1),
  ];
  return [...new Set([id, ...names])].filter((name): name is string => Boolean(name));
}
