import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildBootstrapApp } from '../../bootstrap/app';
import fork from '../../cipherline.config';
import { buildApp } from '../../pipeline/app';
import { validateConfig } from '../../pipeline/config';
import { indexDirectives } from '../../rules/judge';
import { catalogue } from '../../rules/services';
import { isObject, type JsonObject } from '../../rules/template/parse';
import { scratch } from '../scratch';
import { asTemplate, type Proof, prove, verdictOn } from './prove';

const temporary = scratch();
afterAll(temporary.remove);

/** The proofs of one directive, example by example; one to which the directive does not apply rests on nothing. */
const examples = new Map<string, Proof[]>(
  catalogue.map((one) => [
    one.id,
    one.examples.good.flatMap((example) => {
      const { target, document } = asTemplate(one, example);
      return verdictOn(document, indexDirectives([one]), target) === 'pass' ? [prove(one, document, target)] : [];
    }),
  ]),
);

/** The templates of `stacks/` and `bootstrap/`, as they are deployed. */
const templates = new Map<string, JsonObject>(
  [buildApp, buildBootstrapApp].flatMap((build) => {
    const app = build(validateConfig(fork), { outdir: temporary.folder() });
    app.synth();
    return app.node
      .findAll()
      .filter(Stack.isStack)
      .map((stack): [string, JsonObject] => [stack.stackName, withKeys(Template.fromStack(stack).toJSON())]);
  }),
);

/** What the bootstrap exports under such a name is a key; by itself a template does not tell, and nothing would be proven. */
function withKeys(template: object): JsonObject {
  const key = '"arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"';
  return JSON.parse(JSON.stringify(template).replaceAll(/\{"Fn::ImportValue":"[^"]*-key-arn"\}/g, key));
}

const deployed = new Map<string, Proof[]>(
  [...templates].map(([name, document]) => [
    name,
    Object.entries(isObject(document.Resources) ? document.Resources : {}).flatMap(([target, resource]) =>
      catalogue
        .filter(({ type }) => isObject(resource) && resource.Type === type)
        .filter((one) => verdictOn(document, indexDirectives([one]), target) === 'pass')
        .map((one) => prove(one, document, target)),
    ),
  ]),
);

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, number) => total + number, 0);
const mutants = (proofs: readonly Proof[]) => sum(proofs.flatMap(({ judged }) => [...judged.values()]));

describe('whatever weakens a good example is seen', () => {
  test.each([...examples])('%s', (_, proofs) => {
    expect(proofs.flatMap(({ survivors }) => survivors)).toEqual([]);
    expect(proofs.flatMap(({ untouched }) => untouched)).toEqual([]);
    // None where every good example is one to which the directive does not apply.
    expect(mutants(proofs)).toBeGreaterThanOrEqual(3 * Math.min(proofs.length, 1));
  });
});

describe('whatever weakens a template is seen', () => {
  test.each([...deployed])('%s', (_, proofs) => {
    expect(proofs.flatMap(({ survivors }) => survivors)).toEqual([]);
    expect(proofs.flatMap(({ untouched }) => untouched)).toEqual([]);
  });

  test('and there is something to weaken', () => {
    const bare = [...deployed].filter(([, proofs]) => mutants(proofs) === 0).map(([name]) => name);
    expect(bare).toEqual([]);
  });
});

test('nearly every directive has a good example to which it applies', () => {
  const bare = [...examples].filter(([, proofs]) => proofs.length === 0).map(([id]) => id);
  expect(bare.length).toBeLessThan(catalogue.length / 100);
});

const all = [...examples.values(), ...deployed.values()].flat();

// So that the proof cannot become empty unnoticed: the least number of mutants of each operator, and of each below a `not`.
test.each<[string, number]>([
  ['isTrue', 3_900],
  ['isNotTrue', 500],
  ['given', 1_450],
  ['absent', 900],
  ['oneOf', 6_800],
  ['noneOf', 900],
  ['matches', 1_500],
  ['atLeast', 150],
  ['atMost', 150],
  ['isCustomerKey', 16_650],
  ['tlsAtLeast', 500],
  ['isNotPlaintext', 14_250],
  ['holdsNoCredential', 900],
  ['deniesInsecureTransport', 500],
  ['hasNoWildcardPrincipal', 200],
  ['separatesKeyDuties', 67],
  ['allowsNotEverywhere', 1_750],
  ['each', 1_100],
  ['some', 550],
  ['parsed', 200],
  ['hasRelated', 72],
  ['follows', 32],
  ['not oneOf', 9],
  ['not given', 12],
  ['not matches', 150],
])('%s is weakened', (op, least) => {
  expect(sum(all.map(({ judged }) => judged.get(op) ?? 0))).toBeGreaterThanOrEqual(least);
});

test('few mutants are set aside', () => {
  const aside = {
    inapplicable: sum(all.map(({ inapplicable }) => inapplicable)),
    rivals: sum(all.map(({ rivals }) => rivals)),
  };
  const total = mutants(all);
  expect(aside.inapplicable / total).toBeLessThan(0.01);
  expect(aside.rivals / total).toBeLessThan(0.02);
});
