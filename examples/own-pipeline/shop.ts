import { App, Stack, Stage, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { appProps } from '../../pipeline/app-props';
import { awsSolutions } from '../../pipeline/nag';
import { EncryptionDirectives } from '../../rules/plugin';
import { EncryptedTable } from '../../stacks/dynamodb';

/** The team's own names and place. */
export const NAME = 'shop';
export const ENVIRONMENT = 'beta';
export const env = { account: '111122223333', region: 'us-east-1' } as const;

/** What the team deploys: one environment, called as in `cipherline.config.ts`. */
export class Shop extends Stage {
  readonly data: Stack;

  constructor(scope: Construct) {
    super(scope, 'Beta', { env, stageName: ENVIRONMENT });
    this.data = new Stack(this, 'Data', { stackName: `${NAME}-${ENVIRONMENT}-data`, terminationProtection: true });
    new EncryptedTable(this.data, 'Carts', {
      key: kms.Alias.fromAliasName(this.data, 'Key', `alias/${NAME}/${ENVIRONMENT}/database`),
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    });
  }
}

/** The team's app; nothing is synthesized until `.synth()`. */
export function buildShop(outdir: string): App {
  const app = new App(appProps({ outdir }));
  new Shop(app);
  // The lint wants the word of both: an assembly that they have not seen is not admitted.
  Validations.of(app).addPlugins(awsSolutions(app), new EncryptionDirectives());
  return app;
}
