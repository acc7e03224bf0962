/**
 * Instance families whose network cards encrypt the traffic between one another (AES-256 in hardware), in one VPC or in
 * peered VPCs of a Region. Being built on Nitro is not enough: T3, T4g, M5, C5, M6g, R6g and others are, and do not encrypt.
 * A family that is not named here counts as one that does not.
 *
 * Compared on 2026-11-29 with a record of DescribeInstanceTypes (`EncryptionInTransitSupported`) of October 2026, of 189
 * families in the regions of moto 5.2.5; G4ad is not in it, and stands here by AWS's page,
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/data-protection.html#encryption-transit. Newer families AWS names
 * itself: `aws ec2 describe-instance-types --filters Name=network-info.encryption-in-transit-supported,Values=true`.
 */
export const encryptingFamilies: readonly string[] = [
  // General purpose
  ...['m5dn', 'm5n', 'm5zn', 'm6a', 'm6i', 'm6id', 'm6idn', 'm6in', 'm7a', 'm7g', 'm7gd', 'm7i', 'm7i-flex'],
  ...['m8a', 'm8azn', 'm8g', 'm8gb', 'm8gd', 'm8gn', 'm8i', 'm8ib', 'm8id', 'm8idb', 'm8idn', 'm8i-flex', 'm8in'],
  ...['m8ine', 'm9g', 'm9gd', 'mac-m4', 'mac-m4pro', 't8i'],
  // Compute optimized
  ...['c5a', 'c5ad', 'c5n', 'c6a', 'c6gn', 'c6i', 'c6id', 'c6in', 'c7a', 'c7g', 'c7gd', 'c7gn', 'c7i', 'c7i-flex'],
  ...['c8a', 'c8g', 'c8gb', 'c8gd', 'c8gn', 'c8i', 'c8ib', 'c8id', 'c8i-flex', 'c8in', 'c8ine', 'c9g', 'c9gd'],
  // Memory optimized
  ...['r5dn', 'r5n', 'r6a', 'r6i', 'r6id', 'r6idn', 'r6in', 'r7a', 'r7g', 'r7gd', 'r7i', 'r7iz'],
  ...['r8a', 'r8g', 'r8gb', 'r8gd', 'r8gn', 'r8i', 'r8ib', 'r8id', 'r8idb', 'r8idn', 'r8i-flex', 'r8in', 'r9g', 'r9gd'],
  ...['u-3tb1', 'u-6tb1', 'u7i-6tb', 'u7i-8tb', 'u7i-12tb', 'u7in-16tb', 'u7in-24tb', 'u7in-32tb'],
  ...['x2idn', 'x2iedn', 'x2iezn', 'x8g', 'x8aedz', 'x8i'],
  // Storage optimized
  ...['d3', 'd3en', 'i3en', 'i4g', 'i4i', 'i7i', 'i7ie', 'i8g', 'i8ge', 'im4gn', 'is4gen'],
  // Accelerated computing
  ...['dl2q', 'f2', 'g4ad', 'g4dn', 'g5', 'g6', 'g6e', 'g6f', 'g7', 'g7e', 'gr6', 'gr6f', 'inf1', 'inf2', 'p3dn'],
  ...['p4d', 'p4de', 'p5', 'p5e', 'p5en', 'p6-b200', 'p6-b300', 'trn1', 'trn1n', 'trn2', 'trn2u', 'vt1'],
  // High-performance computing
  ...['hpc6a', 'hpc6id', 'hpc7a', 'hpc7g', 'hpc8a'],
];

const families = new Set(encryptingFamilies);

/** Whether machines of this type, `m7g.large` or RDS's `db.m7g.large`, encrypt what they send one another. */
export function encryptsBetweenInstances(instanceType: string): boolean {
  return families.has(instanceType.replace(/^(db|cache)\./, '').split('.')[0] ?? '');
}

/**
 * What may stay in a VPC that enforces encryption though AWS does not encrypt it there; no other kind can be excluded.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html#vpc-encryption-controls-exclusions
 */
export const encryptionExclusions = [
  'internetGateway',
  'egressOnlyInternetGateway',
  'natGateway',
  'virtualPrivateGateway',
  'vpcPeering',
  'lambda',
  'vpcLattice',
  'elasticFileSystem',
] as const;
export type EncryptionExclusion = (typeof encryptionExclusions)[number];
