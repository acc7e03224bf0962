import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Step } from '../journal/carry-out';

/** The clients of one account and region; each is made when it is first asked for. */
export interface Clients {
  readonly dynamodb: () => DynamoDBClient;
  readonly ec2: () => EC2Client;
  readonly logs: () => CloudWatchLogsClient;
  readonly rds: () => RDSClient;
  readonly s3: () => S3Client;
  readonly secrets: () => SecretsManagerClient;
  readonly ssm: () => SSMClient;
}

/** The verbs a recipe serves: from plaintext or AWS's key to one's own, or from one key of one's own to another. */
export type RecipeVerb = 'migrate' | 'rotate-data';

/** What a recipe may be told. */
export type RecipeOption = 'scan' | 'countCommand' | 'largeObject';

/** What a recipe works on. */
export interface RecipeWork {
  readonly clients: Clients;
  /** What moves, by the name the recipe asks for. */
  readonly resource: string;
  /** The ARN of the key that it moves to. */
  readonly key: string;
  /** Region and account are part of some calls. */
  readonly region: string;
  /** Given to what is made beside the old: the same plan finds it again. */
  readonly mark: string;
  /** Read every row, for an exact count and a checksum. */
  readonly scan: boolean;
  /** A program that prints the counts of a database: see docs/migrate.md. */
  readonly countCommand?: string;
  /** Objects above it are copied in parts, in bytes. */
  readonly largeObject: number;
}

/** Actions, and the ARNs they are allowed on: `*` where IAM knows no narrower one. Capitals are to be filled in. */
export interface Permission {
  readonly actions: readonly string[];
  readonly on: readonly string[];
}

/** How one kind of store gets under a key. It is data, but for the steps. */
export interface Recipe {
  readonly id: string;
  readonly title: string;
  readonly verbs: readonly RecipeVerb[];
  /** What a resource is called: `a bucket's name`. */
  readonly resource: string;
  readonly options: readonly RecipeOption[];
  /** What is to be known before: what AWS moves and what it leaves, what stops meanwhile. A sentence each. */
  readonly know: readonly string[];
  /** The AWS pages these rest on. */
  readonly sources: readonly string[];
  /** What its calls need, beside the use of both keys: an IAM statement each. */
  readonly permissions: readonly Permission[];
  /** What the emulator shows of it, and what it cannot. */
  readonly proven: string;
  /** What is left to a person afterwards; nothing old is ever deleted here. */
  readonly afterwards: (work: Pick<RecipeWork, 'resource' | 'mark'>) => readonly string[];
  /** The resources under a key, by any of its names; for moving all that is under it. */
  readonly find?: (clients: Clients, keyNames: ReadonlySet<string>) => Promise<readonly string[]>;
  readonly steps: (work: RecipeWork) => readonly Step[];
}

/** The names of several recipes' steps in one plan: each sees its own alone. */
export function scoped(scope: string, steps: readonly Step[]): readonly Step[] {
  return steps.map((step) => ({
    ...step,
    id: `${scope}/${step.id}`,
    run: (context) => step.run({ ...context, stateOf: (id) => context.stateOf(`${scope}/${id}`) }),
  }));
}
