import type { Execution } from './execution';
import { functionStatements } from './functions';

export const clientSide: Execution = { keysThrough: [], statements: functionStatements, functions: true };
