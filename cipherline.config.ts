import { defineConfig } from './pipeline/config';

// The one file a fork edits. A wrong value stops every command with a message that names the field.
export default defineConfig({
  // Where a push starts the pipeline. Make the connection once in the console: Developer Tools → Connections.
  source: {
    kind: 'github',
    owner: 'your-organisation',
    repo: 'your-fork',
    branch: 'main',
    connectionArn: 'arn:aws:codeconnections:us-east-1:000000000000:connection/00000000-0000-0000-0000-000000000000',
  },

  // A push that changes nothing else starts nothing: source: { …, paths: { excludes: ['docs/**'] } }.

  // The account that holds the pipeline. 000000000000 is the local account: real AWS is refused until you change it.
  pipeline: { account: '000000000000', region: 'us-east-1' },

  // Builds in your own network: pipeline: { …, vpc: { vpcId, subnetIds, securityGroupIds } }.
  // Amazon Inspector scans the source, and one critical vulnerability stops it: pipeline: { …, inspector: { critical: 0 } }.

  // In the order of promotion. `approval: true` waits for a person before anything enters that environment.
  environments: [
    {
      name: 'beta',
      account: '000000000000',
      region: 'us-east-1',
      approval: false,
      // For the block 'edge': a domain of yours, and the hosted zone in Route 53 that answers for it (hostedZoneId).
      edge: { domain: 'beta.example.com' },
    },
    { name: 'prod', account: '000000000000', region: 'us-east-1', approval: true, edge: { domain: 'example.com' } },
  ],

  // What every environment consists of: pipeline/blocks/. Leave out what nobody uses; its permissions go with it.
  blocks: [
    'network',
    'dynamodb',
    'rds',
    'aurora',
    'ebs',
    's3',
    'efs',
    'elasticache',
    'opensearch',
    'sqs',
    'sns',
    'kinesis',
    'ecr',
    'images',
    'backup',
    'secrets',
    'client-side',
    'edge',
    'cloudtrail',
  ],

  // What costs by the hour (docs/blocks/network.md):
  // network: { interfaceEndpoints: ['kms'], encryption: 'monitor', vpn: { peerAddress: '203.0.113.7' } },

  // Every environment has one key each for storage, database, logs and secrets. Name further classes of data here:
  // dataClasses: { health: 'patient records' },

  // 'adopt' where the account already records with AWS Config (one recorder per region).
  recorder: 'create',

  // Who hears of failures and waiting approvals:
  // notifications: { email: ['team@example.com'], slack: { workspaceId: 'T0123ABCD', channelId: 'C0123ABCD' } },
});
