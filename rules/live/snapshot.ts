import type { Properties } from '../directive';

/** A deployed resource read back through its service's API, in the shape of its CloudFormation properties. */
export interface LiveResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly arn?: string;
  /** When CloudFormation last did something to it. */
  readonly changedAt?: Date;
  /** Absent where it could not be read: then `unreadable` says why, and its verdicts are unknown. */
  readonly properties?: Properties;
  readonly unreadable?: string;
  /** Property paths the API did not tell, with the reason: what rests on them is unknown. */
  readonly unreadablePaths?: Readonly<Record<string, string>>;
}

/** What KMS says of a key that some resource names. */
export interface LiveKey {
  readonly manager: 'CUSTOMER' | 'AWS';
  readonly state: string;
  readonly arn: string;
}

/** All resources of one deployed stack, and the keys they name (by the very id, ARN or alias they name them with). */
export interface LiveStack {
  readonly stack: string;
  /** When CloudFormation ended its last work on the stack. */
  readonly changedAt?: Date;
  readonly resources: readonly LiveResource[];
  readonly keys: Readonly<Record<string, LiveKey | { readonly unreadable: string }>>;
}
