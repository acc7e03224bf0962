import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ASSUMPTIONS, PRICES } from '../../bootstrap/cost';
import { estimateEnvironments } from '../../bootstrap/environment-cost';
import { readTemplate } from '../../bootstrap/plan';
import fork from '../../cipherline.config';
import { buildApp } from '../../pipeline/app';
import { readAssembly } from '../../pipeline/cdk';
import { validateConfig } from '../../pipeline/config';
import { scratch } from '../scratch';

const temporary = scratch();
afterAll(temporary.remove);

test('what stands in the environments is counted, by the hour and by the month', async () => {
  const outdir = temporary.folder();
  const network = { interfaceEndpoints: ['kms'], encryption: 'monitor', vpn: { peerAddress: '203.0.113.7' } };
  buildApp(validateConfig({ ...fork, network }), { outdir }).synth();
  const { stages } = await readAssembly(outdir);
  const assemblies = await Promise.all(Object.values(stages).map(readAssembly));
  const templates = await Promise.all(assemblies.flatMap(({ stacks }) => stacks).map(readTemplate));
  const { lines, dollars, notCounted } = estimateEnvironments(templates, 2);
  const counted = Object.fromEntries(lines.map(({ what, quantity }) => [what, quantity]));
  expect(counted).toEqual({
    // One of the network's and one of the rotation's, in two zones, in two environments.
    'Interface endpoints, in each zone': 2 * 2 * 2 * 730,
    'VPC encryption controls': 2 * 730,
    'VPN connections': 2 * 730,
    'RDS instances, in each zone': 2 * 2 * 730,
    'RDS storage, in each zone': 2 * 2 * 20,
    // Two master passwords, one for the sessions and one of the application's user.
    Secrets: 2 * 4,
    'EBS volumes': 2 * 20,
    'Cache nodes': 2 * 2 * 730,
    'Search nodes': 2 * 2 * 730,
    'Search storage': 2 * 2 * 10,
    'Kinesis shards': 2 * 730,
    'Hosted zones': 2,
    'CloudWatch alarms': 2 * 7,
    'KMS requests': 2 * ASSUMPTIONS.kmsRequests,
  });
  expect(dollars).toBeCloseTo(lines.reduce((sum, line) => sum + line.dollars, 0));
  expect(notCounted.join('\n')).toMatch(/Aurora.*\n.*second trail/);
});

test('a machine without a price is told, and not taken for nothing', () => {
  const Properties = { DBInstanceClass: 'db.m7g.large', AllocatedStorage: '20' };
  const { notCounted } = estimateEnvironments(
    [{ Resources: { Database: { Type: 'AWS::RDS::DBInstance', Properties } }, Outputs: {} }],
    1,
  );
  expect(notCounted.join('\n')).toContain('db.m7g.large: the price is not in bootstrap/cost.ts');
});

test.each([
  ['AWS::EC2::Volume', { SnapshotId: 'snap-1' }],
  ['AWS::EC2::Volume', { Size: { Ref: 'Size' } }],
  ['AWS::RDS::DBInstance', { DBInstanceClass: { Ref: 'Class' }, AllocatedStorage: '20' }],
  ['AWS::OpenSearchService::Domain', {}],
])('%s %j, of which the template leaves open what it costs, is told and stops nothing', (Type, Properties) => {
  const { dollars, notCounted } = estimateEnvironments([{ Resources: { One: { Type, Properties } }, Outputs: {} }], 0);
  expect(notCounted).toContain(`${Type} whose size or class its template does not write out`);
  expect(dollars).toBe(0);
});

test.each<[keyof typeof PRICES, string]>([
  ['key', 'keys'],
  ['key', 'backup'],
  ['key', 'client-side'],
  ['kmsRequests', 'keys'],
  ['kmsRequests', 's3'],
  ['kmsRequests', 'client-side'],
  ['secret', 'secrets'],
  ['secret', 'rds'],
  ['secret', 'aurora'],
  ['logs', 'network'],
  ['alarm', 'edge'],
  ['alarm', 'cloudtrail'],
  ['interfaceEndpoint', 'network'],
  ['interfaceEndpoint', 'secrets'],
  ['encryptionControl', 'network'],
  ['vpn', 'network'],
  ['loadBalancer', 'edge'],
  ['hostedZone', 'edge'],
  ['shield', 'edge'],
  ['postgresMicro', 'rds'],
  ['databaseStorage', 'rds'],
  ['auroraUnit', 'aurora'],
  ['cacheMicro', 'elasticache'],
  ['searchSmall', 'opensearch'],
  ['searchStorage', 'opensearch'],
  ['shard', 'kinesis'],
  ['volume', 'ebs'],
])('the price of %s is the one on the page of %s, with AWS’s page', (price, block) => {
  const { dollars, source } = PRICES[price];
  const written = dollars.toLocaleString('en', {
    minimumFractionDigits: Number.isInteger(dollars) ? 0 : 2,
    maximumFractionDigits: 4,
  });
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'blocks', `${block}.md`), 'utf8');
  expect(page).toMatch(new RegExp(`\\$${written.replace('.', '\\.')}(?![\\d.]*\\d)`));
  expect(page).toContain(source);
});
