import { recordedTypes } from '../../bootstrap/conformance';
import { detectionOf } from '../../bootstrap/controls';
import { lookForExisting } from '../../bootstrap/existing';
import { type CipherlineConfig, validateConfig } from '../../pipeline/config';
import fork from '../core-fork';
import { type Answer, type AwsServer, awsServer, denied } from './aws-server';

const place = { account: '000000000000', region: 'us-east-1' };
const field = "recorderIn: { '000000000000/us-east-1'";

let server: AwsServer | undefined;
afterEach(() => server?.stop());

/** An account with nothing in it. */
const empty: Record<string, Answer> = {
  DescribeConfigurationRecorders: { ConfigurationRecorders: [] },
  DescribeConfigurationRecorderStatus: { ConfigurationRecordersStatus: [] },
  DescribeDeliveryChannels: { DeliveryChannels: [] },
  DescribeTrails: { trailList: [] },
  ListOpenIDConnectProviders: '<OpenIDConnectProviderList/>',
};
const recorder = (changes: object = {}, recording = true): Record<string, Answer> => ({
  DescribeConfigurationRecorders: {
    ConfigurationRecorders: [{ name: 'default', recordingGroup: { allSupported: true }, ...changes }],
  },
  DescribeConfigurationRecorderStatus: { ConfigurationRecordersStatus: [{ name: 'default', recording }] },
  DescribeDeliveryChannels: { DeliveryChannels: [{ name: 'default' }] },
});
const trail = (changes: object) => ({ DescribeTrails: { trailList: [{ Name: 'audit', ...changes }] } });
const PROVIDER = 'arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com';
const provider = {
  ListOpenIDConnectProviders: `<OpenIDConnectProviderList><member><Arn>${PROVIDER}</Arn></member></OpenIDConnectProviderList>`,
};

const look = async (
  answers: Record<string, Answer>,
  changes: Partial<CipherlineConfig> = {},
  { own = [] as string[], makesProvider = false } = {},
) => {
  server = await awsServer({ ...empty, ...answers });
  const found = await lookForExisting(
    { region: 'us-east-1', endpoint: server.url, credentials: { accessKeyId: '1', secretAccessKey: '2' } },
    place,
    validateConfig({ ...fork, ...changes }),
    { own: new Set(own), makesProvider },
  );
  // What is there is looked at, and never changed.
  expect(server.asked.every(({ action }) => /^(Describe|List)/.test(action))).toBe(true);
  return found.map(({ kind, level, says, next = '' }) => `${level} ${kind}: ${says} | ${next}`);
};

const types = recordedTypes(detectionOf(validateConfig(fork), 'us-east-1')).filter(
  (type) => type !== 'AWS::S3::Bucket',
);

test.each<[string, Parameters<typeof look>, readonly RegExp[]]>([
  ['nothing is there', [{}], []],
  [
    'a recorder, and one would be created',
    [recorder()],
    [new RegExp(`^collides recorder: 'default' .*${field}: 'adopt'`.replace('{', '\\{'))],
  ],
  ['the recorder of this bootstrap', [recorder(), {}, { own: ['default'] }], []],
  [
    'a recorder of a service of AWS beside none',
    [recorder({ servicePrincipal: 'securityhub.amazonaws.com' }), {}, { own: ['default'] }],
    [],
  ],
  [
    'a channel without a recorder',
    [{ DescribeDeliveryChannels: { DeliveryChannels: [{ name: 'old' }] } }],
    [/^collides delivery channel: 'old' .*delete-delivery-channel/],
  ],
  ['one to adopt', [recorder(), { recorder: 'adopt' }], [/^note recorder: 'default' is adopted: it is not changed/]],
  [
    'one to adopt, here only',
    [recorder(), { recorderIn: { '000000000000': 'adopt' } }],
    [/^note recorder: 'default' is adopted/],
  ],
  ['none to adopt', [{}, { recorder: 'adopt' }], [/^collides recorder: there is none to adopt.*: 'create'/]],
  [
    'our own to adopt',
    [recorder(), { recorder: 'adopt' }, { own: ['default'] }],
    [/^collides recorder: .*would delete it.*: 'create'/],
  ],
  [
    'one to adopt that stands still',
    [recorder({}, false), { recorder: 'adopt' }],
    [/adopted/, /^note recorder: 'default' does not record: no rule/],
  ],
  [
    'one to adopt that records too little',
    [recorder({ recordingGroup: { allSupported: false, resourceTypes: types } }), { recorder: 'adopt' }],
    [/adopted/, /does not record AWS::S3::Bucket: their rules see nothing/],
  ],
  [
    'one to adopt that leaves out',
    [
      recorder({
        recordingGroup: { allSupported: false, exclusionByResourceTypes: { resourceTypes: ['AWS::KMS::Key'] } },
      }),
      { recorder: 'adopt' },
    ],
    [/adopted/, /does not record AWS::KMS::Key:/],
  ],
  [
    'a recorder that may not be read',
    [{ DescribeConfigurationRecorders: denied('config:DescribeConfigurationRecorders') }],
    [/^unknown recorder: .*config:DescribeConfigurationRecorders/],
  ],
  [
    'an organization trail',
    [trail({ IsOrganizationTrail: true })],
    [/^note trail: 'audit' records the whole organization.*trail: 'adopt'/],
  ],
  ['a multi-region trail', [trail({ IsMultiRegionTrail: true })], [/^note trail: 'audit' records all regions/]],
  ["an environment's own trail", [trail({ Name: 'cipherline-beta-cloudtrail-Audit-1', IsMultiRegionTrail: true })], []],
  [
    'a trail to adopt',
    [trail({ IsOrganizationTrail: true }), { trail: 'adopt' }],
    [/^note trail: 'audit' adopted: not changed/],
  ],
  [
    'no trail to adopt',
    [trail({}), { trail: 'adopt' }],
    [/^collides trail: there is no organization or multi-region trail.*'create'/],
  ],
  [
    'too many trails',
    [{ DescribeTrails: { trailList: [1, 2, 3, 4].map((n) => ({ Name: `t${n}` })) } }],
    [/^collides trail: 4 trails .* 2 more: a region takes 5/],
  ],
  ["GitHub's provider, and nobody makes one", [provider], [/^note OIDC provider: .*it is not touched/]],
  [
    "GitHub's provider, and one would be made",
    [provider, {}, { makesProvider: true }],
    [/^collides OIDC provider: .*one per issuer.*oidcProvider: 'adopt'/],
  ],
  [
    'the provider of this bootstrap, no longer wanted',
    [provider, {}, { own: [PROVIDER] }],
    [/^note OIDC provider: .* would be removed/],
  ],
  ['the provider of this bootstrap', [provider, {}, { makesProvider: true, own: [PROVIDER] }], []],
])('%s', async (_, args, expected) => {
  const found = await look(...args);
  expect(found).toHaveLength(expected.length);
  for (const [index, pattern] of expected.entries()) expect(found[index]).toMatch(pattern);
});
