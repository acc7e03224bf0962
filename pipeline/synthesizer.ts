import { type IStackSynthesizer, StackSynthesizer } from 'aws-cdk-lib';

/**
 * A synthesizer as a stack wants it. CDK declares `lookupRole` as `string | undefined` in the class and as exactly
 * `string` in the interface, which TypeScript's exact optional properties keep apart.
 */
export function asSynthesizer(synthesizer: StackSynthesizer): IStackSynthesizer {
  if (!isSynthesizer(synthesizer)) throw new TypeError('a StackSynthesizer is no IStackSynthesizer');
  return synthesizer;
}

function isSynthesizer(value: unknown): value is IStackSynthesizer {
  return value instanceof StackSynthesizer;
}
