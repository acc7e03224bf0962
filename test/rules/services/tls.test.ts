import { SecurityPolicy } from '@aws-sdk/client-api-gateway';
import { MinimumProtocolVersion } from '@aws-sdk/client-cloudfront';
import { TLSSecurityPolicy } from '@aws-sdk/client-opensearch';
import { SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { TlsTable } from '../../../rules/requirement';
import { isTlsAtLeast, tlsPolicyNames, tlsVersionOf } from '../../../rules/tls';

test.each<[TlsTable, string, string | undefined, boolean | undefined]>([
  ['elb', 'ELBSecurityPolicy-2016-08', '1.0', false],
  ['elb', 'ELBSecurityPolicy-TLS13-1-0-PQ-2025-09', '1.0', true],
  ['elb', 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09', '1.2', true],
  ['elb', 'ELBSecurityPolicy-TLS13-1-3-2021-06', '1.3', false],
  ['elb', 'ELBSecurityPolicy-TLS13-1-3-RFC9151-FIPS-2023-07', '1.3', false],
  ['elb', 'ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07', '1.2', false],
  ['cloudfront', 'SSLv3', 'SSLv3', true],
  ['cloudfront', 'TLSv1.2_2021', '1.2', true],
  ['cloudfront', 'TLSv1.3_2025', '1.3', true],
  ['api-gateway', 'TLS_1_0', '1.0', false],
  ['api-gateway', 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09', '1.2', true],
  ['opensearch', 'Policy-Min-TLS-1-2-PFS-2023-10', '1.2', false],
  ['elb', 'ELBSecurityPolicy-TLS19-2039-01', undefined, undefined],
])('%s: %s admits %s', (table, name, minimum, postQuantum) => {
  expect(tlsVersionOf(table, name)?.minimum).toBe(minimum);
  expect(tlsVersionOf(table, name)?.postQuantum).toBe(postQuantum);
});

test.each<[TlsTable, readonly string[], readonly string[]]>([
  ['elb', Object.values(SslPolicy), []],
  ['cloudfront', Object.values(MinimumProtocolVersion), []],
  // What these admit stands on no page of AWS.
  [
    'api-gateway',
    Object.values(SecurityPolicy),
    ['SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09', 'SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09'],
  ],
  ['opensearch', Object.values(TLSSecurityPolicy), []],
])(
  '%s: every policy that its API takes is in the table, but for what nobody says anything of',
  (table, taken, unsaid) => {
    expect(taken.filter((name) => tlsVersionOf(table, name) === undefined).sort()).toEqual(unsaid);
  },
);

test('a policy whose name states a version admits that version', () => {
  for (const name of tlsPolicyNames('elb')) {
    const stated = /TLS13-1-(\d)|(?:TLS|FS)-1-(\d)/.exec(name);
    const minor = stated?.[1] ?? stated?.[2];
    if (minor) expect([name, tlsVersionOf('elb', name)?.minimum]).toEqual([name, `1.${minor}`]);
  }
});

test('versions compare in order, SSLv3 first', () => {
  expect(isTlsAtLeast('SSLv3', '1.0')).toBe(false);
  expect(isTlsAtLeast('1.1', '1.2')).toBe(false);
  expect(isTlsAtLeast('1.2', '1.2')).toBe(true);
  expect(isTlsAtLeast('1.3', '1.2')).toBe(true);
});
