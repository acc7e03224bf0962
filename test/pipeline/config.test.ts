import fork from '../../cipherline.config';
import { ConfigError, placeholderAccounts, validateConfig } from '../../pipeline/config';

const environment = { name: 'beta', account: '111122223333', region: 'us-east-1', approval: false };
const site = { domain: 'beta.orders.io', hostedZoneId: 'Z0123456789ABCDEFGHIJ' };
const right = {
  source: { kind: 'codecommit', repository: 'orders' },
  pipeline: { account: '111122223333', region: 'us-east-1' },
  environments: [environment],
};

const problemsOf = (value: unknown): readonly string[] => {
  try {
    validateConfig(value);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

test('the configuration as it comes is right, and is known to hold placeholders', () => {
  const config = validateConfig(fork);
  expect(config.environments.map(({ name }) => name)).toEqual(['beta', 'prod']);
  expect(placeholderAccounts(config)).toEqual([
    'pipeline.account',
    'environments[0].account',
    'environments[1].account',
  ]);
});

test('what is left out has its default', () => {
  const config = validateConfig(right);
  expect(config).toMatchObject({
    name: 'cipherline',
    keys: { rotationDays: 365, administrators: [], retirement: { unusedDays: 90, watchDays: 30 } },
    recorder: 'create',
    waiverFile: 'waivers.json',
    verify: { concurrency: 8 },
  });
  expect(Object.keys(config.dataClasses)).toEqual(['storage', 'database', 'logs', 'secrets']);
  expect(placeholderAccounts(config)).toEqual([]);
});

test.each<[string, unknown, RegExp]>([
  [
    'a block there is not',
    { ...right, blocks: ['s3', 'oracle'] },
    /^blocks\[1\]: 'oracle' is not one of the choices\. For example 'network', /,
  ],
  ['a block without what it needs', { ...right, blocks: ['rds'] }, /^blocks\[0\]: 'rds' needs the block 'network'/],
  ['a block twice', { ...right, blocks: ['s3', 's3'] }, /^blocks\[1\]: 's3' stands there twice/],
  [
    'an edge without a domain',
    { ...right, blocks: ['edge'] },
    /^environments\[0\]\.edge: the block 'edge' needs a domain\. For example \{ domain: .*\. Or leave 'edge' out of blocks$/,
  ],
  [
    'a domain that is nobody’s, in an account of somebody',
    { ...right, blocks: ['edge'], environments: [{ ...environment, edge: { ...site, domain: 'beta.example.com' } }] },
    /^environments\[0\]\.edge\.domain: 'beta\.example\.com' belongs to nobody/,
  ],
  [
    'a domain without its zone, in an account of somebody',
    { ...right, blocks: ['edge'], environments: [{ ...environment, edge: { domain: site.domain } }] },
    /^environments\[0\]\.edge\.hostedZoneId: is missing\. For example 'Z0123456789ABCDEFGHIJ': aws route53/,
  ],
  [
    'a site whose certificate would be where CloudFront does not look',
    { ...right, blocks: ['edge'], environments: [{ ...environment, region: 'eu-west-1', edge: site }] },
    /^environments\[0\]\.edge\.certificateArn: is missing\. CloudFront takes certificates of us-east-1 alone/,
  ],
  [
    'a certificate of another region',
    {
      ...right,
      environments: [
        { ...environment, edge: { ...site, certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/x' } },
      ],
    },
    /^environments\[0\]\.edge\.certificateArn: 'arn:aws:acm:eu-west-1:.*' is not the ARN of a certificate in us-east-1/,
  ],
  [
    'a date before any crypto policy',
    { ...right, environments: [{ ...environment, edge: { ...site, cryptoPolicy: '2019-01-01' } }] },
    /^environments\[0\]\.edge\.cryptoPolicy: '2019-01-01' is no date since 2025-11-24/,
  ],
  [
    'a load balancer without a network',
    { ...right, blocks: ['edge'], edge: { loadBalancer: true }, environments: [{ ...environment, edge: site }] },
    /^edge\.loadBalancer: needs the block 'network'/,
  ],
  [
    'authorities of no load balancer',
    {
      ...right,
      blocks: ['edge'],
      edge: { clientAuthorities: { bucketName: 'authorities', key: 'clients.pem' } },
      environments: [{ ...environment, edge: site }],
    },
    /^edge\.clientAuthorities: are those of edge\.loadBalancer, which is off/,
  ],
  [
    'exclusions where nothing is enforced',
    { ...right, network: { encryption: 'monitor', exclusions: ['lambda'] } },
    /^network\.exclusions: are of encryption: 'enforce' alone\. For example \['virtualPrivateGateway'\]/,
  ],
  [
    'a VPN through an enforcement that refuses it',
    { ...right, network: { encryption: 'enforce', vpn: { peerAddress: '203.0.113.7' } } },
    /^network\.exclusions: a VPN comes through a virtual private gateway/,
  ],
  [
    'the name of a VPN device',
    { ...right, network: { vpn: { peerAddress: 'office.example.com' } } },
    /^network\.vpn\.peerAddress: 'office\.example\.com' is not an IPv4 address\. For example '203\.0\.113\.7'/,
  ],
  [
    'a network that is none',
    { ...right, network: { vpn: { peerAddress: '203.0.113.7', staticRoutes: ['10.0.0.0'] } } },
    /^network\.vpn\.staticRoutes\[0\]: '10\.0\.0\.0' is not an IPv4 network in CIDR notation/,
  ],
  ['no block', { ...right, blocks: [] }, /^blocks: at least one block is needed/],
  [
    'GitHub Actions without a GitHub repository',
    { ...right, githubActions: {} },
    /^githubActions: the source is no GitHub repository\. For example source: \{ kind: 'github'/,
  ],
  [
    'a misspelt choice for the OIDC provider',
    { ...right, githubActions: { oidcProvider: 'import' } },
    /^githubActions\.oidcProvider: 'import' is not one of the choices\. For example 'create' or 'adopt'$/,
  ],
  [
    'a repository id that is none',
    { ...right, githubActions: { ids: { owner: 1, repository: 0 } } },
    /^githubActions\.ids\.repository: 0 is not a number GitHub gives\. For example 7654321$/,
  ],
  [
    'an unknown region',
    { ...right, environments: [{ ...environment, region: 'us-esat-1' }] },
    /^environments\[0\]\.region: 'us-esat-1' is not an AWS region\. For example 'us-east-1'$/,
  ],
  [
    'a short account',
    { ...right, environments: [{ ...environment, account: '123' }] },
    /^environments\[0\]\.account: '123' is not an AWS account number.*For example/,
  ],
  [
    'no account',
    { ...right, pipeline: { region: 'us-east-1' } },
    /^pipeline\.account: is missing\. For example '111122223333'$/,
  ],
  [
    'an account as a number',
    { ...right, pipeline: { account: 1, region: 'us-east-1' } },
    /^pipeline\.account: 1 is not a string/,
  ],
  [
    'one name twice',
    { ...right, environments: [environment, environment] },
    /^environments\[1\]\.name: 'beta' is also the name of environments\[0\]/,
  ],
  [
    'a name that begins as a reserved one',
    { ...right, environments: [{ ...environment, name: 'controls-eu' }] },
    /^environments\[0\]\.name: 'controls-eu' is a name the bootstrap stacks use themselves/,
  ],
  [
    'an environment whose roles would reach another’s',
    { ...right, environments: [environment, { ...environment, name: 'beta-2' }] },
    /^environments\[1\]\.name: what 'beta-2' makes begins as what 'beta' makes \('cipherline-beta-'; 24 characters count\)/,
  ],
  [
    'environments whose names are told apart too late',
    {
      ...right,
      name: 'a-name-of-twenty-let',
      environments: [environment, { ...environment, name: 'beta2' }].map((one) => ({
        ...one,
        name: `prod${one.name}`,
      })),
    },
    /^environments\[1\]\.name: what 'prodbeta2' makes/,
  ],
  [
    'a reserved name',
    { ...right, environments: [{ ...environment, name: 'guardrails' }] },
    /^environments\[0\]\.name: 'guardrails' is a name the bootstrap/,
  ],
  ['no environment', { ...right, environments: [] }, /^environments: at least one environment/],
  ['an unknown key', { ...right, regoin: 'x' }, /^regoin: there is no such field; the fields here are name, source/],
  [
    'an unknown key inside',
    { ...right, environments: [{ ...environment, aproval: true }] },
    /^environments\[0\]\.aproval: there is no such field; the fields here are name, account/,
  ],
  [
    'rotation too often',
    { ...right, keys: { rotationDays: 89 } },
    /^keys\.rotationDays: 89 is outside what KMS allows/,
  ],
  [
    'a key that is not watched',
    { ...right, keys: { retirement: { watchDays: 0 } } },
    /^keys\.retirement\.watchDays: 0 is not between 1 and 60 days/,
  ],
  ['rotation too seldom', { ...right, keys: { rotationDays: 2561 } }, /^keys\.rotationDays: 2561 is outside/],
  [
    'an administrator that is no role',
    { ...right, keys: { administrators: ['arn:aws:iam::1:user/x'] } },
    /^keys\.administrators\[0\]: .*is not the name or the ARN of an IAM role/,
  ],
  [
    'a recorder choice',
    { ...right, recorder: 'maybe' },
    /^recorder: 'maybe' is not one of the choices\. For example 'create' or 'adopt'$/,
  ],
  ['a source kind', { ...right, source: { kind: 'svn' } }, /^source\.kind: .*For example 'github'/],
  [
    'a connection',
    { ...right, source: { kind: 'github', owner: 'o', repo: 'r', connectionArn: 'x' } },
    /^source\.connectionArn: 'x' is not the ARN/,
  ],
  [
    'a mail address',
    { ...right, notifications: { email: ['nobody'] } },
    /^notifications\.email\[0\]: 'nobody' is not an e-mail/,
  ],
  [
    'a number of reads at once',
    { ...right, verify: { concurrency: 65 } },
    /^verify\.concurrency: 65 is not from 1 to 64/,
  ],
  [
    'a wait that no build would keep',
    { ...right, verify: { waitForConfig: '2h' } },
    /^verify\.waitForConfig: '2h' is no time to wait: .*at most 45m/,
  ],
  ['a wait without a unit', { ...right, verify: { waitForConfig: '15' } }, /^verify\.waitForConfig: '15' is no time/],
  [
    'a word for the lag of the recorder',
    { ...right, verify: { recorderLag: 'ignore' } },
    /^verify\.recorderLag: 'ignore' is not one of the choices/,
  ],
  ['a schedule', { ...right, drift: { schedule: 'daily' } }, /^drift/],
  ['a data class', { ...right, dataClasses: { 'No Way': 'x' } }, /^dataClasses.*'No Way' is not a class name/],
  ['nothing at all', undefined, /^the configuration: is missing/],
])('%s is refused', (_, value, message) => {
  expect(problemsOf(value).join('\n')).toMatch(message);
});

const organization = {
  id: 'o-a1b2c3d4e5',
  managementAccount: '111122223333',
  delegatedAdministrator: '444455556666',
  rootOrOuIds: ['ou-ab12-11111111'],
  regions: ['us-east-1', 'eu-central-1'],
  breakGlass: ['BreakGlass'],
};

test('an organization gets its defaults', () => {
  expect(validateConfig(right).organization).toBeUndefined();
  expect(validateConfig({ ...right, organization }).organization).toEqual({
    ...organization,
    canaryOuIds: [],
    breakGlass: ['arn:aws:iam::*:role/BreakGlass'],
    policies: 'everywhere',
  });
  const canary = validateConfig({ ...right, organization: { ...organization, canaryOuIds: ['ou-ab12-33333333'] } });
  expect(canary.organization?.policies).toBe('canary');
  const china = validateConfig({ ...right, organization: { ...organization, regions: ['cn-north-1'] } });
  expect(china.organization?.breakGlass).toEqual(['arn:aws-cn:iam::*:role/BreakGlass']);
});

test.each<[object, RegExp]>([
  [{ id: 'a1b2' }, /^organization\.id: 'a1b2' is not the id of an organization\. For example 'o-a1b2c3d4e5'$/],
  [{ managementAccount: undefined }, /^organization\.managementAccount: is missing\. For example/],
  [{ delegatedAdministrator: '111122223333' }, /^organization\.delegatedAdministrator: is the management account/],
  [{ rootOrOuIds: [] }, /^organization\.rootOrOuIds: at least one root.*For example \['r-ab12'\]/],
  [{ rootOrOuIds: ['ab12'] }, /^organization\.rootOrOuIds\[0\]: 'ab12' is not the id of a root.*For example 'r-ab12'/],
  [{ rootOrOuIds: ['r-ab12', 'r-ab12'] }, /^organization\.rootOrOuIds\[1\]: 'r-ab12' stands there twice/],
  [{ canaryOuIds: ['r-ab12'] }, /^organization\.canaryOuIds\[0\]: 'r-ab12' is not the id of an organizational unit/],
  [{ canaryOuIds: ['ou-ab12-11111111'] }, /^organization\.canaryOuIds\[0\]: .* is also one of rootOrOuIds/],
  [
    { rootOrOuIds: ['r-ab12'], canaryOuIds: ['ou-ab12-33333333'] },
    /^organization\.canaryOuIds\[0\]: .* is below the root: name units in rootOrOuIds/,
  ],
  [
    { regions: ['us-esat-1'] },
    /^organization\.regions\[0\]: 'us-esat-1' is not an AWS region\. For example 'us-east-1'/,
  ],
  [{ regions: ['us-east-1', 'cn-north-1'] }, /^organization\.regions\[1\]: 'cn-north-1' is not in the partition/],
  [{ breakGlass: [] }, /^organization\.breakGlass: without a role that the policies do not bind/],
  [{ breakGlass: ['*'] }, /^organization\.breakGlass\[0\]: '\*' is not the name or the ARN pattern/],
  [{ breakGlass: ['arn:aws:iam::1:role/x'] }, /^organization\.breakGlass\[0\]: .*is not the name or the ARN pattern/],
  [{ policies: 'canary' }, /^organization\.policies: is 'canary', and canaryOuIds names none/],
  [{ policies: 'some' }, /^organization\.policies: 'some' is not one of the choices\. For example 'canary' or/],
  [{ ouIds: [] }, /^organization\.ouIds: there is no such field; the fields here are id, managementAccount/],
])('an organization with %j is refused', (change, message) => {
  expect(problemsOf({ ...right, organization: { ...organization, ...change } }).join('\n')).toMatch(message);
});

test('all problems come at once', () => {
  expect(problemsOf({ ...right, name: 'X', recorder: 'x', regoin: 1 })).toHaveLength(3);
});

test.each([
  [undefined, 900],
  ['90s', 90],
  ['15m', 900],
  ['0s', 0],
  ['never', 'never'],
])('verify.waitForConfig %s is %s', (waitForConfig, seconds) => {
  const verify = waitForConfig === undefined ? {} : { waitForConfig };
  expect(validateConfig({ ...right, verify }).verify).toEqual({
    concurrency: 8,
    waitForConfig: seconds,
    recorderLag: 'stop',
  });
});

test('an environment is read back every day unless the configuration says otherwise', () => {
  expect(validateConfig(right).drift).toEqual({ schedule: 'rate(1 day)' });
  expect(validateConfig({ ...right, drift: false }).drift).toBe(false);
  const drift = { schedule: 'cron(0 6 * * ? *)' };
  expect(validateConfig({ ...right, drift }).drift).toEqual(drift);
});
