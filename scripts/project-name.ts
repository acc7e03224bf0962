import { isAbsolute, relative, sep } from 'node:path';

/** A stack's name, or a template's file from the working folder on, so that it is the same on every machine. */
export function stackName(stack: string): string {
  if (!isAbsolute(stack)) return stack.replace(/^\.\//, '').split(sep).join('/');
  const inside = relative(process.cwd(), stack);
  return (inside.startsWith('..') ? stack : inside).split(sep).join('/');
}
