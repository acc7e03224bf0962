import type { StageModule } from '../stage';

/** Judges every template by every directive before anything reaches an account. */
export const lint: StageModule = {
  name: 'lint',
  title: 'Judge the templates',
  perEnvironment: false,
  commands: ['npx cipherline lint --junit .cipherline/reports/lint.junit.xml --sarif .cipherline/reports/lint.sarif'],
  inputs: ['cdk.out'],
  outputs: ['.cipherline/runs', '.cipherline/reports'],
  reports: ['.cipherline/reports/lint.junit.xml'],
  sarif: ['.cipherline/reports/lint.sarif'],
  permissions: [],
};
