import type { StageModule } from '../stage';

/** The gate before an environment: everything judged so far must have passed, and a person agreed where one must. */
export const promote: StageModule = {
  name: 'promote',
  title: 'Promote to $ENVIRONMENT',
  perEnvironment: true,
  commands: ['npx cipherline promote "$ENVIRONMENT" --summary .cipherline/promotion.txt'],
  // Nobody should have to approve what a waiver stops covering the week after.
  beforeApproval: ['npx cipherline waivers check --within 14'],
  inputs: ['.cipherline/runs'],
  outputs: [],
  reports: [],
  permissions: [],
};
