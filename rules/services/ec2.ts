import { atRest } from '../controls';
import { type Directive, directive, type Json, type Properties } from '../directive';
import {
  absent,
  all,
  deniesInsecureTransport,
  each,
  given,
  holdsNoCredential,
  isCustomerKey,
  isTrue,
  matches,
  noneOf,
  not,
  oneOf,
  present,
  type Requirement,
  when,
  within,
} from '../requirement';
import {
  allowOne,
  at,
  customerKey,
  denyInsecure,
  either,
  imported,
  keyArn,
  keyResource,
  neverPlaintext,
  oneOfThese,
  onlyIf,
  service,
  switchedOn,
  template,
} from './shared';

const guide = 'https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html';

export const volumeEncrypted = switchedOn({
  id: 'ec2-volume-encrypted',
  type: 'AWS::EC2::Volume',
  title: 'EBS volumes are encrypted',
  path: 'Encrypted',
  unless: [given('SnapshotId')],
  why: 'A volume is plaintext unless it asks; the account-wide default is a setting that any administrator can take back.',
  remedy: 'Changing it replaces the volume: restore an encrypted copy of a snapshot.',
  config: ['ENCRYPTED_VOLUMES'],
  aliases: ['cfn_nag:F1', 'checkov:CKV_AWS_3', 'fsbp:EC2.3', 'cdk-nag:AwsSolutions-EC26'],
  controls: atRest('EC2.3'),
  source: guide,
  alsoGood: [{ SnapshotId: 'snap-1' }],
});

export const restoredVolumeEncrypted = directive({
  id: 'ec2-volume-from-snapshot-encrypted',
  title: 'EBS volumes made from a snapshot ask for encryption',
  concern: 'at-rest',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::EC2::Volume',
  unless: [not(given('SnapshotId'))],
  requires: isTrue('Encrypted'),
  why: 'A volume has the encryption of its snapshot, and of an unencrypted snapshot none; only asking makes it sure.',
  fix: { Encrypted: true },
  remedy: 'Changing it replaces the volume.',
  aliases: [],
  controls: [],
  source: guide,
  examples: {
    good: [{ SnapshotId: 's', Encrypted: true }, { Size: 1 }],
    bad: [{ SnapshotId: 's' }, { SnapshotId: 's', Encrypted: 'false' }, { SnapshotId: 's', Encrypted: onlyIf(true) }],
    unknown: [{ SnapshotId: 's', Encrypted: imported }],
  },
});

export const volumeCustomerKey = customerKey({
  id: 'ec2-volume-customer-key',
  type: 'AWS::EC2::Volume',
  title: 'EBS volumes encrypt under a customer managed key',
  path: 'KmsKeyId',
  beside: { Encrypted: true },
  why: 'Without a key of its own a volume takes the Region default, usually aws/ebs, whose snapshots cannot be shared.',
  aliases: ['cfn_nag:W37', 'checkov:CKV_AWS_189'],
  source: guide,
});

/** The block devices in `list` (`[]` after a list on the way to it). Those without an `Ebs` block are instance stores or left out. */
const devices = (list: string, id: string, type: string, what: string, source: string): readonly Directive[] => {
  const having = (ebs: Properties): Properties => at(`${list}[]`, { DeviceName: '/dev/xvda', Ebs: ebs });
  const eachVolume = (demand: Requirement): Requirement => within(`${list}[]`, () => when(present('Ebs'), demand));
  return [
    directive({
      id: `${id}-volumes-encrypted`,
      title: `${what} encrypt the volumes they make`,
      concern: 'at-rest',
      tier: 'encrypted',
      severity: 'error',
      type,
      requires: eachVolume(isTrue('Ebs.Encrypted')),
      why: 'The volumes of an instance hold its swap, logs and temporary files besides your data, in plaintext unless asked.',
      remedy: 'Set Encrypted: true in the Ebs block of every device.',
      config: ['ENCRYPTED_VOLUMES'],
      aliases: ['fsbp:EC2.3'],
      controls: atRest('EC2.3'),
      source,
      examples: {
        good: [{}, having({ Encrypted: true }), having({ Encrypted: 'true' })],
        bad: [
          having({ VolumeSize: 8 }),
          having({ Encrypted: 'false' }),
          having({ Encrypted: onlyIf(true) }),
          having({ Encrypted: either(true, false) }),
        ],
        unknown: [having({ Encrypted: imported })],
      },
    }),
    directive({
      id: `${id}-volumes-customer-key`,
      title: `${what} encrypt volumes under a customer managed key`,
      concern: 'at-rest',
      tier: 'customer-key',
      severity: 'error',
      type,
      requires: eachVolume(isCustomerKey('Ebs.KmsKeyId')),
      why: 'Without a key of its own a device takes the Region default, usually aws/ebs, which your team cannot govern.',
      remedy:
        'Set KmsKeyId in the Ebs block of every device, and let the Auto Scaling service-linked role use the key.',
      aliases: [],
      controls: [],
      source,
      examples: {
        good: [{}, template(type, having({ Encrypted: true, KmsKeyId: keyArn }), keyResource)],
        bad: [
          having({ Encrypted: true }),
          having({ Encrypted: true, KmsKeyId: 'alias/aws/ebs' }),
          template(type, having({ Encrypted: true, KmsKeyId: onlyIf(keyArn) }), keyResource),
        ],
        unknown: [having({ Encrypted: true, KmsKeyId: imported })],
      },
    }),
  ];
};

export const launchTemplateVolumes = devices(
  'LaunchTemplateData.BlockDeviceMappings',
  'ec2-launch-template',
  'AWS::EC2::LaunchTemplate',
  'Launch templates',
  guide,
);
export const instanceVolumes = devices(
  'BlockDeviceMappings',
  'ec2-instance',
  'AWS::EC2::Instance',
  'EC2 instances',
  guide,
);

export const fleetVolumes = devices(
  'LaunchTemplateConfigs[].Overrides[].BlockDeviceMappings',
  'ec2-fleet',
  'AWS::EC2::EC2Fleet',
  'Overrides of EC2 fleets',
  guide,
);
// A launch specification of a Spot Fleet cannot name a key: only its launch template can.
const [spotFleetVolumesEncrypted] = devices(
  'SpotFleetRequestConfigData.LaunchSpecifications[].BlockDeviceMappings',
  'ec2-spot-fleet',
  'AWS::EC2::SpotFleet',
  'Launch specifications of Spot Fleets',
  guide,
);
export const spotFleetVolumes: readonly Directive[] = spotFleetVolumesEncrypted ? [spotFleetVolumesEncrypted] : [];

/** Text that every process of the instance, and whoever may describe it, reads. */
export const userDataNoCredential = (path: string, id: string, type: string, what: string, rest = {}): Directive => {
  const script = (line: Json): Properties => at(path, { 'Fn::Base64': { 'Fn::Join': ['\n', ['#!/bin/bash', line]] } });
  const accessKey = `${'AKIA'}${'QWERTYUIOPASDFGH'}`;
  return directive({
    id: `${id}-user-data-no-credential`,
    title: `${what} have no credential in their user data`,
    concern: 'secrets',
    tier: 'encrypted',
    severity: 'fatal',
    type,
    requires: within(path, holdsNoCredential),
    why: 'User data is not encrypted: every process on the instance reads it from the metadata service, and DescribeInstanceAttribute gives it to others.',
    remedy:
      'Give the instance a role, and let the script fetch the secret from Secrets Manager. Then replace the credential: it has been in the template.',
    aliases: [],
    controls: [],
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html',
    notExpressible: { live: 'The live readers never read user data: it may hold a secret.' },
    ...rest,
    examples: {
      good: [
        {},
        script('yum update -y'),
        script({ 'Fn::Sub': 'export REGION=${AWS::Region}' }),
        script('export PASSWORD={{resolve:secretsmanager:app:SecretString:password}}'),
        at(path, 'IyEvYmluL2Jhc2gKeXVtIHVwZGF0ZSAteQo='),
      ],
      bad: [
        script(`export AWS_ACCESS_KEY_ID=${accessKey}`),
        script({ 'Fn::Sub': `aws configure set aws_access_key_id ${accessKey} --region \${AWS::Region}` }),
        at(path, { 'Fn::Base64': `#!/bin/bash\nexport AWS_ACCESS_KEY_ID=${accessKey}\n` }),
        at(path, Buffer.from(`#!/bin/bash\nexport AWS_ACCESS_KEY_ID=${accessKey}\n`).toString('base64')),
        script(either('yum update -y', `export AWS_ACCESS_KEY_ID=${accessKey}`)),
      ],
      unknown: [],
    },
  });
};
export const instanceUserData = userDataNoCredential(
  'UserData',
  'ec2-instance',
  'AWS::EC2::Instance',
  'EC2 instances',
  {
    aliases: ['checkov:CKV_AWS_46'],
  },
);
export const launchTemplateUserData = userDataNoCredential(
  'LaunchTemplateData.UserData',
  'ec2-launch-template',
  'AWS::EC2::LaunchTemplate',
  'Launch templates',
);
export const spotFleetUserData = userDataNoCredential(
  'SpotFleetRequestConfigData.LaunchSpecifications[].UserData',
  'ec2-spot-fleet',
  'AWS::EC2::SpotFleet',
  'Launch specifications of Spot Fleets',
);

/** A choice of instance types by their attributes. */
const nitroOnly = (path: string, id: string, type: string, what: string): Directive => {
  const requirements = `${path}.InstanceRequirements`;
  const having = (value: Json): Properties => at(`${requirements}.RequireEncryptionInTransit`, value);
  return directive({
    id: `${id}-encryption-in-transit`,
    title: `${what} choose only instance types that encrypt between instances`,
    concern: 'in-transit',
    tier: 'encrypted',
    severity: 'warning',
    type,
    requires: within(path, (entry) => {
      const chosen = entry ? `${entry}.InstanceRequirements` : 'InstanceRequirements';
      return when(present(chosen), isTrue(`${chosen}.RequireEncryptionInTransit`));
    }),
    why: 'Traffic between instances is encrypted by their network cards, but only by those of some types; a choice by attributes takes others too.',
    remedy: 'Set RequireEncryptionInTransit to true in InstanceRequirements. Fewer instance types then fit.',
    aliases: [],
    controls: [],
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/data-protection.html',
    examples: {
      good: [{}, having(true), having('true'), at(path, { InstanceType: 'm7g.large' })],
      bad: [
        at(requirements, { VCpuCount: { Min: 2 } }),
        having(false),
        having(onlyIf(true)),
        having(either(true, false)),
      ],
      unknown: [having(imported)],
    },
  });
};
export const fleetNitroOnly = nitroOnly(
  'LaunchTemplateConfigs[].Overrides[]',
  'ec2-fleet',
  'AWS::EC2::EC2Fleet',
  'EC2 fleets',
);
export const spotFleetNitroOnly = [
  nitroOnly(
    'SpotFleetRequestConfigData.LaunchTemplateConfigs[].Overrides[]',
    'ec2-spot-fleet-override',
    'AWS::EC2::SpotFleet',
    'Overrides of Spot Fleets',
  ),
  nitroOnly(
    'SpotFleetRequestConfigData.LaunchSpecifications[]',
    'ec2-spot-fleet-specification',
    'AWS::EC2::SpotFleet',
    'Launch specifications of Spot Fleets',
  ),
];

export const vpnPreSharedKey = neverPlaintext({
  id: 'ec2-vpn-connection-key-not-plaintext',
  type: 'AWS::EC2::VPNConnection',
  title: 'Site-to-Site VPN connections have no pre-shared key in the template',
  path: 'VpnTunnelOptionsSpecifications[].PreSharedKey',
  beside: { Type: 'ipsec.1' },
  why: 'Who knows the pre-shared key can stand in for the other end of the tunnel. Left out, AWS makes one.',
  source: 'https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html',
});

const vpn = 'AWS::EC2::VPNConnection';
const tunnelOptions = 'https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html';
const values = (...of: readonly Json[]): Json => of.map((Value) => ({ Value }));
const modernTunnel: Properties = {
  IKEVersions: values('ikev2'),
  Phase1IntegrityAlgorithms: values('SHA2-384'),
  Phase2IntegrityAlgorithms: values('SHA2-384'),
  Phase1DHGroupNumbers: values(20),
  Phase2DHGroupNumbers: values(20),
};
/** A connection of two tunnels, the second of which differs. */
const tunnels = (second: Properties): Properties => ({
  Type: 'ipsec.1',
  VpnTunnelOptionsSpecifications: [modernTunnel, { ...modernTunnel, ...second }],
});
/** A connection has two tunnels; one without options takes AWS's defaults, which begin with what is oldest. */
const eachTunnel = (...demands: readonly Requirement[]): Requirement =>
  all(present('VpnTunnelOptionsSpecifications.1'), each('VpnTunnelOptionsSpecifications', all(...demands)));

export const vpnIkeVersion = directive({
  id: 'ec2-vpn-connection-ikev2',
  title: 'Site-to-Site VPN tunnels take IKEv2 alone',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: vpn,
  requires: eachTunnel(given('IKEVersions'), each('IKEVersions', oneOf('Value', 'ikev2'))),
  why: 'A tunnel takes IKEv1 too unless told otherwise: a protocol of 1998 that was retired in 2023 and gets no new algorithms.',
  remedy:
    "Give both tunnels an entry in VpnTunnelOptionsSpecifications with IKEVersions: [{ Value: ikev2 }]. Changing it replaces the tunnel's endpoint: the connection drops for minutes.",
  aliases: [],
  controls: [],
  source: tunnelOptions,
  examples: {
    good: [tunnels({})],
    bad: [
      { Type: 'ipsec.1' },
      { Type: 'ipsec.1', VpnTunnelOptionsSpecifications: [modernTunnel] },
      tunnels({ IKEVersions: values('ikev1') }),
      tunnels({ IKEVersions: values('ikev1', 'ikev2') }),
      tunnels({ IKEVersions: values(either('ikev2', 'ikev1')) }),
      tunnels({ IKEVersions: onlyIf(values('ikev2')) }),
    ],
    unknown: [tunnels({ IKEVersions: values(imported) })],
  },
});

/** Of 1024 and 1536 bits, and 22, of 1024 with a subgroup. */
const smallGroups = [2, 5, 22];
const modernList = (list: string, ...old: readonly (string | number)[]): Requirement =>
  all(given(list), each(list, all(given('Value'), noneOf('Value', ...old))));

export const vpnProposals = directive({
  id: 'ec2-vpn-connection-modern-proposals',
  title: 'Site-to-Site VPN tunnels propose neither SHA-1 nor small groups',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: vpn,
  requires: eachTunnel(
    modernList('Phase1IntegrityAlgorithms', 'SHA1'),
    modernList('Phase2IntegrityAlgorithms', 'SHA1'),
    modernList('Phase1DHGroupNumbers', ...smallGroups),
    modernList('Phase2DHGroupNumbers', ...smallGroups),
  ),
  why: 'The other end chooses among what a tunnel proposes, which by default begins at SHA-1 and 1024-bit keys that a state can break.',
  remedy:
    'Give both tunnels integrity algorithms of SHA2 and Diffie-Hellman groups of 2048 bits (14) or elliptic curves (19 to 21), in both phases.',
  aliases: [],
  controls: [],
  source: tunnelOptions,
  examples: {
    good: [tunnels({}), tunnels({ Phase1DHGroupNumbers: values('14', 21) })],
    bad: [
      { Type: 'ipsec.1' },
      { Type: 'ipsec.1', VpnTunnelOptionsSpecifications: [modernTunnel] },
      tunnels({ Phase1IntegrityAlgorithms: values('SHA1', 'SHA2-384') }),
      tunnels({ Phase2IntegrityAlgorithms: onlyIf(values('SHA2-384')) }),
      tunnels({ Phase1DHGroupNumbers: values('2') }),
      tunnels({ Phase2DHGroupNumbers: values(20, either(14, 5)) }),
    ],
    unknown: [
      tunnels({ Phase1DHGroupNumbers: values(imported) }),
      tunnels({ Phase2IntegrityAlgorithms: values(imported) }),
    ],
  },
});

const endpoint = 'AWS::EC2::VPCEndpoint';
const through = (policy?: Json, rest: Properties = {}): Properties => ({
  VpcId: 'vpc-1',
  ServiceName: 'com.amazonaws.eu-west-1.s3',
  ...(policy === undefined ? {} : { PolicyDocument: policy }),
  ...rest,
});
export const endpointTlsOnly = directive({
  id: 'ec2-vpc-endpoint-tls-only',
  title: 'VPC endpoints of AWS services deny requests without TLS',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: endpoint,
  // Endpoints of other kinds, and those of services that are not AWS's, take no policy.
  unless: [
    oneOf('VpcEndpointType', 'GatewayLoadBalancer', 'Resource', 'ServiceNetwork'),
    matches('ServiceName', /^com\.amazonaws\.vpce\./),
  ],
  requires: deniesInsecureTransport('PolicyDocument'),
  why: 'S3 and DynamoDB answer plain HTTP as well. An endpoint without a policy lets everything through, to any bucket and table.',
  remedy:
    'Give it a policy that denies every action to everybody while aws:SecureTransport is false, beside the one that allows.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html',
  examples: {
    good: [
      through(denyInsecure('*')),
      through(undefined, { VpcEndpointType: 'GatewayLoadBalancer' }),
      through(undefined, { ServiceName: 'com.amazonaws.vpce.eu-west-1.vpce-svc-1', VpcEndpointType: 'Interface' }),
    ],
    bad: [
      through(),
      through(allowOne('s3:GetObject')),
      through(either(denyInsecure('*'), allowOne('s3:GetObject'))),
      through(onlyIf(denyInsecure('*'))),
      through(undefined, { VpcEndpointType: 'Interface' }),
    ],
    unknown: [through(imported), through(undefined, { ServiceName: imported })],
  },
});

const reference = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2';
const ownKey = all(isTrue('SseSpecification.CustomerManagedKeyEnabled'), isCustomerKey('SseSpecification.KmsKeyArn'));
const verifiedAccess = (kind: string, name: string, what: string, why: string): Directive => {
  const type = `AWS::EC2::VerifiedAccess${kind}`;
  const having = (key: Json, enabled: Json = true): Properties => ({
    SseSpecification: { CustomerManagedKeyEnabled: enabled, KmsKeyArn: key },
  });
  return directive({
    id: `ec2-verified-access-${name}-customer-key`,
    title: `Verified Access ${what} encrypt under a customer managed key`,
    concern: 'at-rest',
    tier: 'customer-key',
    severity: 'error',
    type,
    requires: ownKey,
    why,
    remedy: 'Set SseSpecification to CustomerManagedKeyEnabled: true and KmsKeyArn: your key.',
    aliases: [],
    controls: [],
    source: 'https://docs.aws.amazon.com/verified-access/latest/ug/data-protection.html',
    examples: {
      good: [template(type, having(keyArn), keyResource), template(type, having(keyArn, 'true'), keyResource)],
      bad: [
        {},
        { SseSpecification: { CustomerManagedKeyEnabled: true } },
        having('alias/aws/service'),
        template(type, having(keyArn, false), keyResource),
        template(type, having(onlyIf(keyArn)), keyResource),
      ],
      unknown: [having(imported), template(type, having(keyArn, imported), keyResource)],
    },
  });
};
export const verifiedAccessKeys = [
  verifiedAccess(
    'Endpoint',
    'endpoint',
    'endpoints',
    'The access policy of an endpoint names the people and devices it lets in; it is kept under a key AWS owns unless given yours.',
  ),
  verifiedAccess(
    'Group',
    'group',
    'groups',
    'The policy of a group decides for all its endpoints who gets in; it is kept under a key AWS owns unless given yours.',
  ),
  verifiedAccess(
    'TrustProvider',
    'trust-provider',
    'trust providers',
    'A trust provider keeps the OIDC client secret and device settings, under a key AWS owns unless given yours.',
  ),
];
export const verifiedAccessSecret = neverPlaintext({
  id: 'ec2-verified-access-trust-provider-secret-not-plaintext',
  type: 'AWS::EC2::VerifiedAccessTrustProvider',
  title: 'Verified Access trust providers have no client secret in the template',
  path: ['OidcOptions.ClientSecret', 'NativeApplicationOidcOptions.ClientSecret'],
  why: 'With the client secret somebody else can pose as Verified Access towards your identity provider.',
  source: `${reference}-verifiedaccesstrustprovider.html`,
});
export const verifiedAccessHttps = directive({
  id: 'ec2-verified-access-endpoint-https',
  title: 'Verified Access endpoints do not speak plain HTTP to the application',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'error',
  type: 'AWS::EC2::VerifiedAccessEndpoint',
  requires: all(noneOf('LoadBalancerOptions.Protocol', 'http'), noneOf('NetworkInterfaceOptions.Protocol', 'http')),
  why: 'The user comes over TLS, but from the endpoint on an http target gets the identity headers and the data in the clear.',
  remedy: 'Set Protocol to https and give the load balancer or the instance a certificate.',
  aliases: [],
  controls: [],
  source: `${reference}-verifiedaccessendpoint.html`,
  examples: {
    good: [
      { EndpointType: 'cidr', CidrOptions: { Protocol: 'tcp' } },
      { EndpointType: 'load-balancer', LoadBalancerOptions: { Protocol: 'https' } },
      { EndpointType: 'network-interface', NetworkInterfaceOptions: { Protocol: 'https' } },
      { EndpointType: 'network-interface', NetworkInterfaceOptions: { Protocol: 'tcp' } },
    ],
    bad: [
      { EndpointType: 'load-balancer', LoadBalancerOptions: { Protocol: 'http' } },
      { EndpointType: 'network-interface', NetworkInterfaceOptions: { Protocol: 'http' } },
      { EndpointType: 'load-balancer', LoadBalancerOptions: { Protocol: either('https', 'http') } },
    ],
    unknown: [{ EndpointType: 'load-balancer', LoadBalancerOptions: { Protocol: imported } }],
  },
});

export const transitGatewayEncryption = oneOfThese({
  id: 'ec2-transit-gateway-encryption-support',
  type: 'AWS::EC2::TransitGateway',
  title: 'Transit gateways support encryption in transit',
  path: 'EncryptionSupport',
  allowed: ['enable'],
  wrong: ['disable'],
  concern: 'in-transit',
  severity: 'warning',
  why: 'VPCs that enforce encryption lose it between one another where the gateway that joins them does not support it.',
  remedy: 'Set it in an update of the gateway: AWS adds encryption support to an existing one.',
  source: 'https://docs.aws.amazon.com/vpc/latest/tgw/tgw-encryption-support.html',
});
export const vpcOwnEncryption = oneOfThese({
  id: 'ec2-vpc-own-encryption-enforced',
  type: 'AWS::EC2::VPC',
  title: 'VPCs that have encryption controls enforce them',
  path: 'VpcEncryptionControl.Mode',
  allowed: ['enforce'],
  wrong: ['monitor'],
  beside: { VpcEncryptionControl: { VpcId: 'vpc-1' } },
  unless: [absent('VpcEncryptionControl')],
  concern: 'in-transit',
  severity: 'warning',
  why: 'In monitor mode traffic that nothing encrypts still flows, and only a flow log tells.',
  remedy: 'Run in monitor mode until no resource is reported, then enforce.',
  source: 'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html',
  alsoGood: [{ CidrBlock: '10.0.0.0/16' }],
});

export const vpcEncryption = directive({
  id: 'ec2-vpc-encryption-enforced',
  title: 'VPC encryption controls enforce, not only monitor',
  concern: 'in-transit',
  tier: 'encrypted',
  severity: 'warning',
  type: 'AWS::EC2::VPCEncryptionControl',
  requires: oneOf('Mode', 'enforce'),
  why: 'In monitor mode traffic between instances that cannot encrypt still flows, and only a flow log tells.',
  fix: { Mode: 'enforce' },
  remedy: 'Run in monitor mode until no resource is reported, then enforce.',
  aliases: [],
  controls: [],
  source: 'https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html',
  examples: {
    good: [{ Mode: 'enforce' }],
    bad: [{}, { Mode: 'monitor' }, { Mode: either('enforce', 'monitor') }],
    unknown: [{ Mode: imported }],
  },
});

export const ec2 = service(
  [
    volumeEncrypted,
    restoredVolumeEncrypted,
    volumeCustomerKey,
    ...launchTemplateVolumes,
    ...instanceVolumes,
    ...fleetVolumes,
    ...spotFleetVolumes,
    instanceUserData,
    launchTemplateUserData,
    spotFleetUserData,
    fleetNitroOnly,
    ...spotFleetNitroOnly,
    vpnPreSharedKey,
    vpnIkeVersion,
    vpnProposals,
    endpointTlsOnly,
    ...verifiedAccessKeys,
    verifiedAccessSecret,
    verifiedAccessHttps,
    transitGatewayEncryption,
    vpcOwnEncryption,
    vpcEncryption,
  ],
  {
    'AWS::EC2::SqlHaStandbyDetectedInstance': {
      SqlServerCredentials: 'It is the ARN of a secret in Secrets Manager, not the credentials.',
    },
    'AWS::EC2::VerifiedAccessEndpoint': {
      'RdsOptions.Protocol': 'It can only be tcp; TLS is between the client and the database.',
      'CidrOptions.Protocol': 'It can only be tcp; TLS is between the client and the host it reaches.',
    },
    'AWS::EC2::VPC': {
      'VpcEncryptionControl.VpcEncryptionControlId':
        'It is the id of the control; what the control does is its mode, which is judged.',
    },
    'AWS::EC2::VPNConnection': {
      'VpnTunnelOptionsSpecifications[].Phase1EncryptionAlgorithms':
        'Every algorithm it offers is AES with 128 or 256 bits, so no choice among them is plaintext or broken.',
      'VpnTunnelOptionsSpecifications[].Phase2EncryptionAlgorithms':
        'Every algorithm it offers is AES with 128 or 256 bits, so no choice among them is plaintext or broken.',
    },
  },
);
