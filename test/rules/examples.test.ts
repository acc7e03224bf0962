import type { Directive, Example, Properties } from '../../rules/directive';
import { indexDirectives, judgeLive, judgeTemplate } from '../../rules/judge';
import { catalogue } from '../../rules/services';
import type { Answer } from '../../rules/verdict';

type Case = [id: string, kind: Answer, number: number, one: Directive, example: Example];
const cases: Case[] = catalogue.flatMap((one) =>
  (
    [
      ['pass', one.examples.good],
      ['fail', one.examples.bad],
      ['unknown', one.examples.unknown],
    ] as const
  ).flatMap(([kind, examples]) => examples.map((example, number): Case => [one.id, kind, number, one, example])),
);

const isTemplate = (example: Example): example is Extract<Example, { template: unknown }> =>
  'template' in example && 'target' in example;
const asTemplate = (one: Directive, example: Example): { target: string; template: Properties } =>
  isTemplate(example)
    ? { target: example.target, template: example.template }
    : { target: 'Target', template: { Resources: { Target: { Type: one.type, Properties: example } } } };

test.each(cases)('%s: %s example %i', (_id, kind, _number, one, example) => {
  const { target, template } = asTemplate(one, example);
  const verdicts = judgeTemplate(template, indexDirectives([one]), 'example').filter(
    ({ resource }) => resource.logicalId === target,
  );
  // A good example may also be one to which the directive does not apply.
  if (kind === 'pass' && verdicts.length === 0) return expect(one.unless?.length).toBeGreaterThan(0);
  return expect(verdicts.map(({ verdict, found, path }) => ({ verdict, found, path }))).toEqual([
    expect.objectContaining({ verdict: kind }),
  ]);
});

describe('the live shape of concrete examples gets the same verdict', () => {
  const concrete = cases.filter(
    ([, kind, , , example]) =>
      kind !== 'unknown' &&
      !isTemplate(example) &&
      !/"(Ref|Fn::\w+|Condition)":|\{\{resolve|alias\/|:key\//.test(JSON.stringify(example)),
  );
  test.each(concrete)('%s: %s example %i', (_id, kind, _number, one, example) => {
    if (isTemplate(example) || one.notExpressible?.live) return;
    const live = {
      stack: 's',
      keys: {},
      resources: [{ logicalId: 'Target', physicalId: 'target', type: one.type, properties: example }],
    };
    const [verdict] = judgeLive(live, indexDirectives([one]));
    const [template] = judgeTemplate(
      { Resources: { Target: { Type: one.type, Properties: example } } },
      indexDirectives([one]),
      's',
    );
    expect(verdict?.verdict).toBe(template?.verdict);
    expect(verdict === undefined || verdict.verdict === kind || kind === 'pass').toBe(true);
  });
});
