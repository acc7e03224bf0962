import type { StageModule } from '../stage';

/** Judges every template by every directive before anything reaches an account. */
export const lint: StageModule = {
  name: 'lint',
  title: 'Judge the templates',
  perEnvironment: false,
  commands: ['npx cipherline lint --format junit --output .cipherline/reports/lint.junit.xml'],
  inputs: ['cdk.out'],
  outputs: ['.cipherline/reports'],
  reports: ['.cipherline/reports/lint.junit.xml'],
  permissions: [],
};
