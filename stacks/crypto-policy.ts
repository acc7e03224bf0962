/**
 * The named TLS policies and VPN proposals of the blocks, each from a date on. A fork moves by a date in its configuration
 * (`edge: { cryptoPolicy: '2026-11-24' }`), one environment after the other, or by an entry of its own here. The date is
 * written down, not the day of the synthesis: what was verified in one environment is what enters the next.
 *
 * Names and what they admit, as of 2026-11-29:
 * - https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 * - https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
 * - https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
 * - https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html
 */
export interface CryptoPolicy {
  /** The first day of the entry (ISO date). */
  readonly from: string;
  /** `SslPolicy` of an HTTPS listener of an Application Load Balancer. */
  readonly loadBalancer: string;
  /** `MinimumProtocolVersion` of a CloudFront distribution. */
  readonly cdn: string;
  /** What CloudFront offers an origin of one's own; TLS 1.2 is the newest that can be named, and TLS 1.3 comes with it. */
  readonly origin: 'TLSv1.2';
  /** `SecurityPolicy` of a REST API and its Regional domain name. */
  readonly api: string;
  /** Key of the certificates. CloudFront takes no larger elliptic curve. */
  readonly certificateKey: 'EC_prime256v1' | 'RSA_2048';
  /** What the tunnels of a site-to-site VPN propose. */
  readonly vpn: VpnProposals;
}

/** The proposals of both phases of IKE. */
export interface VpnProposals {
  readonly ikeVersions: readonly string[];
  readonly encryption: readonly string[];
  readonly integrity: readonly string[];
  /** Diffie-Hellman groups: 19, 20 and 21 are elliptic curves of 256, 384 and 521 bits. */
  readonly groups: readonly number[];
}

const ikev2: VpnProposals = {
  ikeVersions: ['ikev2'],
  encryption: ['AES256-GCM-16'],
  integrity: ['SHA2-384', 'SHA2-512'],
  groups: [19, 20, 21],
};

/** Oldest first. */
export const cryptoPolicies: readonly CryptoPolicy[] = [
  // TLS 1.2 with forward secrecy and authenticated encryption, TLS 1.3, hybrid post-quantum key exchange.
  {
    from: '2025-11-24',
    loadBalancer: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
    cdn: 'TLSv1.2_2025',
    origin: 'TLSv1.2',
    api: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
    certificateKey: 'EC_prime256v1',
    vpn: ikev2,
  },
  // TLS 1.3 alone. Not for API Gateway: its policies of TLS 1.3 alone have no post-quantum key exchange.
  {
    from: '2026-11-24',
    loadBalancer: 'ELBSecurityPolicy-TLS13-1-3-PQ-2025-09',
    cdn: 'TLSv1.3_2025',
    origin: 'TLSv1.2',
    api: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
    certificateKey: 'EC_prime256v1',
    vpn: ikev2,
  },
];

/** The date by which the blocks choose unless told another. */
export const cryptoPolicyDate = '2026-11-24';

/**
 * What is in force on a day.
 *
 * @param on ISO date, `YYYY-MM-DD`.
 * @throws RangeError where it is no such date, or is before the first entry.
 */
export function cryptoPolicy(on: string = cryptoPolicyDate): CryptoPolicy {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(on) || Number.isNaN(Date.parse(on)))
    throw new RangeError(`${JSON.stringify(on)} is no date: write it as 2026-11-24`);
  const found = cryptoPolicies.findLast(({ from }) => from <= on);
  if (!found)
    throw new RangeError(`no crypto policy is in force on ${on}: the first begins on ${cryptoPolicies[0]?.from}`);
  return found;
}
