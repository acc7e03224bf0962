import type { StageModule } from '../stage';

/** The gate before an environment: everything judged so far must have passed, and a person agreed where one must. */
export const promote: StageModule = {
  name: 'promote',
  title: 'Promote to $ENVIRONMENT',
  perEnvironment: true,
  commands: ['npx cipherline promote "$ENVIRONMENT"'],
  inputs: ['.cipherline/runs'],
  outputs: [],
  reports: [],
  permissions: [],
};
