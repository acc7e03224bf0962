import type { Directive, Properties } from '../../rules/directive';
import { indexDirectives } from '../../rules/judge';
import { catalogue } from '../../rules/services';
import { put } from './mutate';
import { asTemplate, isTemplate, verdictOn } from './prove';
import { namesIn } from './rests-on';

type Case = [id: string, number: number, one: Directive, example: Properties, fix: Properties];
const cases: Case[] = catalogue.flatMap((one) =>
  one.examples.bad.flatMap((example, number): Case[] =>
    one.fix && !isTemplate(example) ? [[one.id, number, one, example, one.fix]] : [],
  ),
);

test.each(cases)('%s: its fix mends bad example %i', (_id, _number, one, example, fix) => {
  const { target, document } = asTemplate(one, example);
  const mended = Object.entries(fix).reduce(
    (made, [path, value]) => put(made, ['Resources', target, 'Properties', ...namesIn(path)], value),
    document,
  );
  expect(verdictOn(mended, indexDirectives([one]), target)).toBe('pass');
});

test('most directives that have a fix show what it mends', () => {
  const fixed = catalogue.filter(({ fix }) => fix);
  const shown = new Set(cases.map(([id]) => id));
  expect(fixed.filter(({ id }) => !shown.has(id)).map(({ id }) => id)).toEqual([]);
  expect(shown.size).toBeGreaterThan(100);
});
