import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { awsSolutions } from '../../pipeline/nag';
import { EncryptionDirectives } from '../../rules/plugin';
import { EncryptedWriter } from '../../stacks/client-side';
import { EncryptedTable } from '../../stacks/dynamodb';
import { EncryptedBucket } from '../../stacks/s3';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000';

/** A writer beside the table and the bucket, or in a stack of its own; judged by cdk-nag and our directives. */
function synthesize(apart: boolean): Template {
  const app = new App({ outdir: temporary.folder() });
  const env = { account: '111122223333', region: 'us-east-1' };
  const stores = new Stack(app, 'Stores', { env });
  const stack = apart ? new Stack(app, 'Writer', { env }) : stores;
  const key = kms.Key.fromKeyArn(stores, 'Key', keyArn);
  const { table } = new EncryptedTable(stores, 'Items', {
    key,
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
  });
  const { bucket } = new EncryptedBucket(stores, 'Documents', { key });
  new EncryptedWriter(stack, 'Orders', { keyArn, purpose: 'orders', table, bucket, logKey: key, roleName: 'writer' });
  Validations.of(app).addPlugins(awsSolutions(app), new EncryptionDirectives());
  app.synth();
  return Template.fromStack(stack);
}

const template = synthesize(false);

test('the function may make data keys for its purpose, write, and decrypt nothing but through the table', () => {
  template.hasResourceProperties('AWS::IAM::Role', {
    RoleName: 'writer',
    Policies: [
      {
        PolicyDocument: {
          Statement: Match.arrayWith([
            {
              Effect: 'Allow',
              Action: 'kms:GenerateDataKey',
              Resource: keyArn,
              Condition: { StringEquals: { 'kms:EncryptionContext:purpose': 'orders' } },
            },
            Match.objectLike({ Action: 'dynamodb:PutItem' }),
            Match.objectLike({ Action: 's3:PutObject' }),
          ]),
        },
      },
    ],
  });
  const roles = Object.values(template.findResources('AWS::IAM::Role'));
  const [statements] = roles.map(({ Properties }) => Properties.Policies[0].PolicyDocument.Statement);
  const decrypts = statements.filter(({ Action }: { Action: unknown }) => [Action].flat().includes('kms:Decrypt'));
  expect(decrypts).toHaveLength(1);
  expect(decrypts[0].Condition.StringEquals).toMatchObject({ 'kms:ViaService': 'dynamodb.us-east-1.amazonaws.com' });
});

test('cdk-nag and our directives accept it in a stack of its own, too', () => {
  expect(() => synthesize(true)).not.toThrow();
});

test('its log is under a key, and its settings name what it writes to', () => {
  template.hasResourceProperties('AWS::Logs::LogGroup', { KmsKeyId: keyArn, RetentionInDays: 365 });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Handler: 'index.handler',
    Environment: { Variables: Match.objectLike({ KEY_ARN: keyArn, PURPOSE: 'orders' }) },
  });
});

test('the function waits for its role by naming it, and what a team grants it still reaches the role', () => {
  for (const { DependsOn } of Object.values(template.findResources('AWS::Lambda::Function')))
    expect(DependsOn).toBeUndefined();
  const stack = new Stack(new App(), 'Stack');
  const key = kms.Key.fromKeyArn(stack, 'Key', keyArn);
  const { table } = new EncryptedTable(stack, 'Items', {
    key,
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
  });
  const { bucket } = new EncryptedBucket(stack, 'Documents', { key });
  const writer = new EncryptedWriter(stack, 'Orders', { keyArn, purpose: 'orders', table, bucket, logKey: key });
  table.grantReadData(writer.function);
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', { Roles: [Match.anyValue()] });
});
