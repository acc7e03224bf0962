import { directive } from '../../rules/directive';
import { type DirectiveIndex, indexDirectives } from '../../rules/judge';
import type { Requirement } from '../../rules/requirement';

/** A type that no catalogue knows. */
export const type = 'AWS::Test::Thing';

/** An index of one directive, which asks this of it. */
export const demand = (requires: Requirement, unless: readonly Requirement[] = []): DirectiveIndex =>
  indexDirectives([
    directive({
      id: 'test-thing-demand',
      title: 't',
      concern: 'at-rest',
      tier: 'encrypted',
      severity: 'error',
      type,
      unless,
      requires,
      why: 'w',
      aliases: [],
      controls: [],
      source: 'https://docs.aws.amazon.com/',
      examples: { good: [{}], bad: [{}], unknown: [] },
    }),
  ]);
