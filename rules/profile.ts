import type { Directive } from './directive';

/**
 * How much is demanded. `encrypted`: nothing in plaintext. `customer-key`: besides, every store under a key the team
 * controls. `default`: encrypted everywhere, and customer keys for the five core services.
 */
export type Profile = 'encrypted' | 'customer-key' | 'default';
export const profiles: readonly Profile[] = ['encrypted', 'customer-key', 'default'];

const coreServices = /^AWS::(S3|DynamoDB|RDS|CloudTrail|KMS)::|^AWS::EC2::(Volume|LaunchTemplate)$/;

/** The directives a profile demands. */
export function selectDirectives(catalogue: readonly Directive[], profile: Profile): readonly Directive[] {
  if (profile === 'customer-key') return catalogue;
  return catalogue.filter(
    ({ tier, type }) => tier === 'encrypted' || (profile === 'default' && coreServices.test(type)),
  );
}
