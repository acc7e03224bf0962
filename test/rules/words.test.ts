import {
  absent,
  absentOr,
  all,
  any,
  atMost,
  deniesInsecureTransport,
  each,
  eachNamed,
  follows,
  given,
  hasRelated,
  isCustomerKey,
  isNotPlaintext,
  isTrue,
  matches,
  noneOf,
  not,
  oneOf,
  parsed,
  type Requirement,
  some,
  tlsAtLeast,
  when,
} from '../../rules/requirement';
import { catalogue } from '../../rules/services';
import { inPlainWords } from '../../rules/words';

test.each<[string, Requirement]>([
  ['`StorageEncrypted` is true', isTrue('StorageEncrypted')],
  ['`Mode` is `a`, `b` or an empty text', oneOf('Mode', 'a', 'b', '')],
  ['`Days` is absent, or is 30 or less', absentOr('Days', atMost('Days', 30))],
  ['`A` is absent or empty', not(given('A'))],
  ['`A` is there', not(absent('A'))],
  ['`A` does not match `/^x$/i`', not(matches('A', /^x$/i))],
  ['`A` is absent or empty, and `B` is absent or empty', not(any(given('A'), given('B')))],
  ['`A` is there, and `A` is anything but `x`', not(absentOr('A', oneOf('A', 'x')))],
  ['if `A` is given, then `B` names a customer managed KMS key', when(given('A'), isCustomerKey('B'))],
  ['every entry of `Versions` admits nothing below TLS 1.2', each('Versions', tlsAtLeast('', 'generic', '1.2'))],
  ['in every entry of `Rules`, `Key` is given', each('Rules', given('Key'))],
  ['no entry of `Protocols` is `FTPS`', not(some('Protocols', oneOf('', 'FTPS')))],
  ['in no entry of `Rules`, `Key` is given', not(some('Rules', given('Key')))],
  ['`Off` is not `false`', noneOf('Off', false, 'false')],
  [
    '`Password` holds no plaintext (it is absent, a dynamic reference, or a `NoEcho` parameter without a default)',
    isNotPlaintext('Password'),
  ],
  [
    'whenever all of this holds:\n- `A` is true\n- if `B` is true, then `C` is true\n- then `D` is true',
    when(all(isTrue('A'), when(isTrue('B'), isTrue('C'))), isTrue('D')),
  ],
  ['every entry of `Tags` whose name matches `/pass/i` is given', eachNamed('Tags', /pass/i, given(''))],
  ['`Body` is a JSON document in which `tls` is true', parsed('Body', isTrue('tls'))],
  [
    'in the `AWS::KMS::Key` that `Key` refers to, `EnableKeyRotation` is true',
    follows('Key', 'AWS::KMS::Key', isTrue('EnableKeyRotation')),
  ],
  [
    'an `AWS::S3::BucketPolicy` refers to this resource by `Bucket`, and there `PolicyDocument` denies everybody every action while `aws:SecureTransport` is false',
    hasRelated('AWS::S3::BucketPolicy', 'Bucket', deniesInsecureTransport('PolicyDocument')),
  ],
  [
    'one of these holds:\n- `P` is `HTTPS`\n- in at least one entry of `Actions`, all of this holds:\n  - `A` is true\n  - `B` is true\n  - `C` is true\n  - `D` is true',
    any(oneOf('P', 'HTTPS'), some('Actions', all(isTrue('A'), isTrue('B'), isTrue('C'), isTrue('D')))),
  ],
  [
    'none of these holds plaintext (each is absent, a dynamic reference, or a `NoEcho` parameter without a default):\n- `Users[].Password`\n- `Token`',
    all(each('Users', isNotPlaintext('Password')), isNotPlaintext('Token')),
  ],
])('%s', (words, requirement) => {
  expect(inPlainWords(requirement)).toBe(words);
});

test('every demand of the catalogue has words, and names each of its properties', () => {
  for (const { id, requires, unless = [] } of catalogue) {
    for (const one of [requires, ...unless]) {
      const words = inPlainWords(one);
      expect([id, words]).not.toEqual([id, expect.stringMatching(/undefined|^\s*$|\[object/)]);
      for (const line of words.split('\n')) expect([id, line]).toEqual([id, expect.stringMatching(/^( {2})*(- )?\S/)]);
    }
  }
});
