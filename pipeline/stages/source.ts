import type { StageModule } from '../stage';

/** The commit to be judged. It has no commands: every engine has its own way to fetch one. */
export const source: StageModule = {
  name: 'source',
  title: 'Fetch the commit',
  perEnvironment: false,
  commands: [],
  inputs: [],
  outputs: ['.'],
  reports: [],
  permissions: [],
};
