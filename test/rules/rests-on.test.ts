import type { Properties } from '../../rules/directive';
import type { Scope, Subject } from '../../rules/evaluate';
import * as r from '../../rules/requirement';
import { isObject } from '../../rules/template/parse';
import { createWorlds } from '../../rules/template/resolve';
import type { Json } from '../../rules/template/values';
import { type } from './demand';
import { couldBe } from './oracle';
import { restsOn } from './rests-on';

/** What the pass of a thing rests on: what is weakened together in one text, each as operator and path. */
function rests(requirement: r.Requirement, properties: Properties, others: Properties = {}): string[] {
  const subject = { logicalId: 'Thing', type, properties };
  const other: Subject[] = Object.entries(others).map(([logicalId, of]) => ({
    logicalId,
    type: 'AWS::Test::Other',
    properties: isObject(of) ? of : {},
  }));
  const document = {
    Resources: Object.fromEntries(
      [subject, ...other].map((one) => [one.logicalId, { Type: one.type, Properties: one.properties }]),
    ),
  };
  const scope: Scope = {
    world: createWorlds(document),
    byId: new Map([subject, ...other].map((one) => [one.logicalId, one])),
    byType: new Map([
      [type, [subject]],
      ['AWS::Test::Other', other],
    ]),
  };
  return restsOn(requirement, subject, document, scope).map(({ supports }) =>
    supports
      .map(({ asked, holds, place }) => `${holds ? '' : 'not '}${asked.op} ${place.slice(1).join('.')}`)
      .join(' & ')
      .replaceAll('Thing.Properties.', ''),
  );
}

test.each<[string, r.Requirement, Properties, string[]]>([
  ['all of all', r.all(r.isTrue('A'), r.given('B.C')), { A: true, B: { C: 1 } }, ['isTrue A', 'given B.C']],
  ['the one of any that passes', r.any(r.isTrue('A'), r.given('B')), { A: false, B: 'x' }, ['given B']],
  ['all of any that pass', r.any(r.isTrue('A'), r.given('B')), { A: true, B: 'x' }, ['isTrue A & given B']],
  ['nothing, where any is empty anyway', r.any(r.isTrue('A'), r.each('L', r.isTrue('E'))), { A: true }, []],
  ['every entry', r.each('L', r.isTrue('')), { L: [true, 'true'] }, ['each L', 'isTrue L.0', 'isTrue L.1']],
  ['the entry that passes', r.some('L', r.isTrue('E')), { L: [{}, { E: true }] }, ['some L', 'isTrue L.1.E']],
  ['entries of a map', r.each('M', r.isTrue('E')), { M: { 'a.b': { E: true } } }, ['each M', 'isTrue M.a.b.E']],
  ['what a condition asks for', r.when(r.given('A'), r.isTrue('B')), { A: 'x', B: true }, ['isTrue B']],
  ['no condition that fails', r.when(r.given('A'), r.isTrue('B')), {}, []],
  ['what must not be', r.not(r.any(r.isTrue('A'), r.given('B'))), { A: false }, ['not isTrue A', 'not given B']],
  ['what is absent', r.absentOr('A', r.isTrue('A')), {}, ['absent A']],
  [
    'the branch of a condition, too',
    r.isTrue('A'),
    { A: { 'Fn::If': ['C', true, 'true'] } },
    ['isTrue A', 'isTrue A.Fn::If.1'],
  ],
  ['a document in a text', r.parsed('D', r.isTrue('A.B')), { D: '{"A": {"B": true}}' }, ['parsed D', 'isTrue D.A.B']],
])('a pass rests on %s', (_, requirement, properties, expected) => {
  expect(rests(requirement, properties)).toEqual(expected);
});

test('a pass rests on another resource', () => {
  const has = r.hasRelated('AWS::Test::Other', 'For', r.isTrue('Ok'));
  expect(rests(has, {}, { P: { For: { Ref: 'Thing' }, Ok: true } })).toEqual([
    'isTrue P.Properties.Ok',
    'hasRelated P',
    'hasRelated P.Properties.For',
  ]);
  const both = { For: { Ref: 'Thing' }, Ok: true };
  expect(rests(has, {}, { P: both, Q: both })).toContain('isTrue P.Properties.Ok & isTrue Q.Properties.Ok');
  const follows = r.follows('T', 'AWS::Test::Other', r.isTrue('Ok'));
  expect(rests(follows, { T: { Ref: 'P' } }, { P: { Ok: true }, Q: { Ok: true } })).toEqual([
    'follows T',
    'isTrue P.Properties.Ok',
    'follows P',
  ]);
});

test.each<[string, r.Requirement, Json, boolean, boolean]>([
  ['true', r.isTrue('A'), { A: 'True' }, true, false],
  ['an import is neither', r.isTrue('A'), { A: { 'Fn::ImportValue': 'x' } }, false, false],
  ['within an import', r.absent('A.B'), { A: { 'Fn::ImportValue': 'x' } }, false, false],
  ['either branch', r.isTrue('A'), { A: { 'Fn::If': ['C', true, false] } }, true, true],
  ['empty is given', r.given('A'), { A: {} }, true, false],
  ['absent', r.absent('A.B'), { A: {} }, true, false],
  ['a list', r.each('L', r.oneOf('', 'x')), { L: ['x', 'y'] }, false, true],
  ['a condition', r.when(r.present('A'), r.isTrue('B')), { A: {} }, false, true],
  ['a text', r.parsed('D', r.isTrue('A')), { D: '{"A":true}' }, true, false],
])('the oracle reads %s', (_, asked, value, yes, no) => {
  expect([couldBe(asked, value, true, () => undefined), couldBe(asked, value, false, () => undefined)]).toEqual([
    yes,
    no,
  ]);
});
