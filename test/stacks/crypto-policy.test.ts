import { isTlsAtLeast, tlsVersionOf } from '../../rules/tls';
import { cryptoPolicies, cryptoPolicy, cryptoPolicyDate } from '../../stacks/crypto-policy';

test.each(cryptoPolicies.map((policy) => [policy.from, policy] as const))(
  'the directives know every TLS policy of %s, and that it is post-quantum',
  (_, { loadBalancer, cdn, api, origin }) => {
    for (const known of [
      tlsVersionOf('elb', loadBalancer),
      tlsVersionOf('cloudfront', cdn),
      tlsVersionOf('api-gateway', api),
    ]) {
      expect(known).toMatchObject({ postQuantum: true });
      expect(isTlsAtLeast(known?.minimum ?? 'SSLv3', '1.2')).toBe(true);
    }
    expect(tlsVersionOf('generic', origin)).toMatchObject({ minimum: '1.2' });
  },
);

test('the newest entry takes TLS 1.3 alone where that is post-quantum', () => {
  const { loadBalancer, cdn } = cryptoPolicy(cryptoPolicyDate);
  expect(tlsVersionOf('elb', loadBalancer)?.minimum).toBe('1.3');
  expect(tlsVersionOf('cloudfront', cdn)?.minimum).toBe('1.3');
});

test('entries stand in the order of their days, and a day has the last that has begun', () => {
  const days = cryptoPolicies.map(({ from }) => from);
  expect(days).toEqual([...days].sort());
  for (const [index, policy] of cryptoPolicies.entries()) {
    expect(cryptoPolicy(policy.from)).toBe(policy);
    const eve = new Date(Date.parse(policy.from) - 86_400_000).toISOString().slice(0, 10);
    if (index > 0) expect(cryptoPolicy(eve)).toBe(cryptoPolicies[index - 1]);
  }
  expect(cryptoPolicy('2999-01-01')).toBe(cryptoPolicies.at(-1));
});

test.each(['2020-01-01', 'tomorrow', '2026-13-01', '24.11.2026', ''])('there is no crypto policy on %j', (day) => {
  expect(() => cryptoPolicy(day)).toThrow(RangeError);
});

test('no tunnel proposes what is old', () => {
  for (const { vpn } of cryptoPolicies) {
    expect(vpn.ikeVersions).toEqual(['ikev2']);
    expect(vpn.encryption).toEqual(['AES256-GCM-16']);
    expect(vpn.integrity.every((one) => one.startsWith('SHA2-'))).toBe(true);
    expect(vpn.groups.every((group) => group >= 19)).toBe(true);
  }
});
