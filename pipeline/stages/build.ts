import type { StageModule } from '../stage';

/** Installs exactly what the lock file says, running no package's own scripts, and synthesizes every environment. */
export const build: StageModule = {
  name: 'build',
  title: 'Synthesize all environments',
  perEnvironment: false,
  commands: ['npm ci --ignore-scripts', 'npx cipherline synth'],
  inputs: ['.'],
  outputs: ['cdk.out'],
  reports: [],
  permissions: [],
};
