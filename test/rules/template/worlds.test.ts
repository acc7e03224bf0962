import fc from 'fast-check';
import { explore } from '../../../rules/template/worlds';

test('a calculation without a choice runs once', () => {
  expect(explore(() => 'x', 10)).toEqual({ results: ['x'], complete: true });
});

test('every combination of choices is tried exactly once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 5 }), (counts) => {
      const { results, complete } = explore((choose) => counts.map(choose).join(), 1_000);
      expect(complete).toBe(true);
      expect(new Set(results).size).toBe(counts.reduce((product, count) => product * count, 1));
      expect(results).toHaveLength(new Set(results).size);
    }),
  );
});

test('choices may depend on earlier ones', () => {
  const { results } = explore((choose) => (choose(2) === 0 ? 'a' : `b${choose(2)}`), 10);
  expect(results).toEqual(['a', 'b0', 'b1']);
});

test('stops at the limit and says so', () => {
  const { results, complete } = explore((choose) => choose(100), 7);
  expect([results.length, complete]).toEqual([7, false]);
});
