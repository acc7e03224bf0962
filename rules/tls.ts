/**
 * What the named TLS policies of AWS services admit: the lowest protocol version a client can agree on, and whether
 * a hybrid post-quantum key exchange (ML-KEM) is offered. A policy's name is no guide ("PQ" stands in names that admit
 * TLS 1.0), hence the table. A name it does not hold is unknown, not right.
 *
 * As of 2026-11-29, from:
 * - https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
 * - https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
 * - https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
 * - https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainEndpointOptions.html
 *
 * Not here, because no page of AWS says what they admit: `SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09` and its FIPS sibling,
 * which API Gateway's API takes, and the `CNSA2` policies of load balancers that AWS's TLS library names.
 */
import type { TlsTable, TlsVersion } from './requirement';

/** What one named policy admits. */
export interface TlsPolicy {
  /** The lowest version it admits; `SSLv3` is below every TLS version. */
  readonly minimum: TlsVersion | 'SSLv3';
  /** It offers a hybrid post-quantum key exchange. */
  readonly postQuantum: boolean;
}

/** The day the table was compared with the pages above (ISO date). */
export const tlsTableDate = '2026-11-29';

const versions = ['SSLv3', '1.0', '1.1', '1.2', '1.3'] as const;

const classic = (minimum: TlsPolicy['minimum'], ...names: readonly string[]): [string, TlsPolicy][] =>
  names.map((name) => [name, { minimum, postQuantum: false }]);
const quantumSafe = (minimum: TlsPolicy['minimum'], ...names: readonly string[]): [string, TlsPolicy][] =>
  names.map((name) => [name, { minimum, postQuantum: true }]);
const elb = (...suffixes: readonly string[]): string[] => suffixes.map((suffix) => `ELBSecurityPolicy-${suffix}`);
const apiGateway = (...suffixes: readonly string[]): string[] => suffixes.map((suffix) => `SecurityPolicy_${suffix}`);

const tables: Readonly<Record<TlsTable, ReadonlyMap<string, TlsPolicy>>> = {
  elb: new Map([
    ...classic('1.3', ...elb('TLS13-1-3-2021-06', 'TLS13-1-3-FIPS-2023-04', 'TLS13-1-3-RFC9151-FIPS-2023-07')),
    ...quantumSafe('1.3', ...elb('TLS13-1-3-PQ-2025-09', 'TLS13-1-3-FIPS-PQ-2025-09')),
    ...classic(
      '1.2',
      ...elb(
        'TLS13-1-2-2021-06',
        'TLS13-1-2-Res-2021-06',
        'TLS13-1-2-Ext1-2021-06',
        'TLS13-1-2-Ext2-2021-06',
        'TLS13-1-2-FIPS-2023-04',
        'TLS13-1-2-Res-FIPS-2023-04',
        'TLS13-1-2-Ext0-FIPS-2023-04',
        'TLS13-1-2-Ext1-FIPS-2023-04',
        'TLS13-1-2-Ext2-FIPS-2023-04',
        // Since August 2026, for the algorithms of CNSA 1.0: https://aws.amazon.com/about-aws/whats-new/2026/08/aws-application-network/
        'TLS13-1-2-RFC9151-FIPS-2023-07',
        'TLS13-1-2-Ext0-RFC9151-FIPS-2023-07',
        'TLS13-1-2-RFC9151-INTEROP1-FIPS-2023-07',
        'TLS13-1-2-RFC9151-INTEROP2-FIPS-2023-07',
        'TLS13-1-2-RFC9151-INTEROP3-FIPS-2023-07',
        'TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07',
        'TLS-1-2-2017-01',
        'TLS-1-2-Ext-2018-06',
        'FS-1-2-2019-08',
        'FS-1-2-Res-2019-08',
        'FS-1-2-Res-2020-10',
      ),
    ),
    ...quantumSafe(
      '1.2',
      ...elb(
        'TLS13-1-2-PQ-2025-09',
        'TLS13-1-2-Res-PQ-2025-09',
        'TLS13-1-2-Ext1-PQ-2025-09',
        'TLS13-1-2-Ext2-PQ-2025-09',
        'TLS13-1-2-FIPS-PQ-2025-09',
        'TLS13-1-2-Res-FIPS-PQ-2025-09',
        'TLS13-1-2-Ext0-FIPS-PQ-2025-09',
        'TLS13-1-2-Ext1-FIPS-PQ-2025-09',
        'TLS13-1-2-Ext2-FIPS-PQ-2025-09',
      ),
    ),
    ...classic('1.1', ...elb('TLS13-1-1-2021-06', 'TLS13-1-1-FIPS-2023-04', 'TLS-1-1-2017-01', 'FS-1-1-2019-08')),
    ...classic(
      '1.0',
      ...elb('TLS13-1-0-2021-06', 'TLS13-1-0-FIPS-2023-04', '2016-08', 'FS-2018-06', 'TLS-1-0-2015-04'),
    ),
    // Of Classic Load Balancers: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-security-policy-table.html
    ...classic('1.0', ...elb('2015-05', '2015-03', '2015-02', '2014-10')),
    ...classic('SSLv3', ...elb('2014-01', '2011-08')),
    ...quantumSafe('1.0', ...elb('TLS13-1-0-PQ-2025-09', 'TLS13-1-0-FIPS-PQ-2025-09')),
  ]),
  // Every CloudFront policy offers TLS 1.3 and, since 2025-09-05, the hybrid key exchange with it.
  // https://aws.amazon.com/about-aws/whats-new/2025/09/amazon-cloudfront-tls-policy-post-quantum-support/
  cloudfront: new Map([
    ...quantumSafe('SSLv3', 'SSLv3'),
    ...quantumSafe('1.0', 'TLSv1', 'TLSv1_2016'),
    ...quantumSafe('1.1', 'TLSv1.1_2016'),
    ...quantumSafe('1.2', 'TLSv1.2_2018', 'TLSv1.2_2019', 'TLSv1.2_2021', 'TLSv1.2_2025'),
    ...quantumSafe('1.3', 'TLSv1.3_2025'),
  ]),
  'api-gateway': new Map([
    ...classic('1.0', 'TLS_1_0'),
    ...classic('1.2', 'TLS_1_2', ...apiGateway('TLS13_1_2_2021_06', 'TLS12_PFS_2025_EDGE', 'TLS12_2018_EDGE')),
    ...quantumSafe(
      '1.2',
      ...apiGateway(
        'TLS13_1_2_PQ_2025_09',
        'TLS13_1_2_PFS_PQ_2025_09',
        'TLS13_1_2_FIPS_PQ_2025_09',
        'TLS13_1_2_FIPS_PFS_PQ_2025_09',
      ),
    ),
    ...classic('1.3', ...apiGateway('TLS13_1_3_2025_09', 'TLS13_1_3_FIPS_2025_09', 'TLS13_2025_EDGE')),
  ]),
  opensearch: new Map([
    ...classic('1.0', 'Policy-Min-TLS-1-0-2019-07'),
    ...classic(
      '1.2',
      'Policy-Min-TLS-1-2-2019-07',
      'Policy-Min-TLS-1-2-PFS-2023-10',
      'Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08',
    ),
  ]),
  // Plain protocol names, as origins, brokers and proxies list them.
  generic: new Map([
    ...classic('SSLv3', 'SSLv3'),
    ...classic('1.0', 'TLSv1', 'TLSv1.0', '1.0'),
    ...classic('1.1', 'TLSv1.1', '1.1'),
    ...classic('1.2', 'TLSv1.2', '1.2'),
    ...classic('1.3', 'TLSv1.3', '1.3'),
  ]),
};

/** What the policy `name` of a service admits; `undefined` where the dated table does not hold that name. */
export function tlsVersionOf(table: TlsTable, name: string): TlsPolicy | undefined {
  return tables[table].get(name);
}

/** Whether `minimum` is `version` or newer. */
export function isTlsAtLeast(minimum: TlsPolicy['minimum'], version: TlsVersion): boolean {
  return versions.indexOf(minimum) >= versions.indexOf(version);
}

/** The names one table holds, in the table's order. */
export function tlsPolicyNames(table: TlsTable): readonly string[] {
  return [...tables[table].keys()];
}
