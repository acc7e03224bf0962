/**
 * Instance families whose network cards encrypt the traffic between one another (AES-256 in hardware), in one VPC or in
 * peered VPCs of a Region. Being built on Nitro is not enough: T3, T4g, M5, C5, M6g, R6g and others are, and do not encrypt.
 * A family that is not named here counts as one that does not.
 *
 * The list is of 2026-11-29 and was not compared with AWS's own, which
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/data-protection.html#encryption-transit has. Before you rely on it, ask:
 * `aws ec2 describe-instance-types --filters Name=network-info.encryption-in-transit-supported,Values=true`.
 */
export const encryptingFamilies: readonly string[] = [
  // General purpose
  ...['m5dn', 'm5n', 'm5zn', 'm6a', 'm6i', 'm6id', 'm6idn', 'm6in', 'm7a', 'm7g', 'm7gd', 'm7i', 'm7i-flex'],
  ...['m8a', 'm8azn', 'm8g', 'm8gb', 'm8gd', 'm8gn', 'm8i', 'm8id', 'm8i-flex'],
  // Compute optimized
  ...['c5n', 'c6a', 'c6gn', 'c6i', 'c6id', 'c6in', 'c7a', 'c7g', 'c7gd', 'c7gn', 'c7i', 'c7i-flex'],
  ...['c8a', 'c8g', 'c8gb', 'c8gd', 'c8gn', 'c8i', 'c8id', 'c8i-flex'],
  // Memory optimized
  ...['r5dn', 'r5n', 'r6a', 'r6i', 'r6id', 'r6idn', 'r6in', 'r7a', 'r7g', 'r7gd', 'r7i', 'r7iz'],
  ...['r8a', 'r8g', 'r8gb', 'r8gd', 'r8gn', 'r8i', 'r8id', 'r8i-flex'],
  ...['x2idn', 'x2iedn', 'x2iezn', 'x8g', 'x8aedz', 'x8i'],
  // Storage optimized
  ...['d3', 'd3en', 'i3en', 'i4g', 'i4i', 'i7i', 'i7ie', 'i8g', 'i8ge', 'im4gn', 'is4gen'],
  // Accelerated computing
  ...['g4ad', 'g4dn', 'g5', 'g6', 'g6e', 'g6f', 'gr6', 'gr6f', 'inf1', 'inf2', 'p4d', 'p4de', 'p5', 'p5e', 'p5en'],
  ...['trn1', 'trn1n', 'trn2', 'vt1'],
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
