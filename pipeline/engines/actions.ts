import { UserError } from '../user-error';

/** An action of GitHub's marketplace, pinned: a tag can be moved to other code, a commit cannot. */
export interface PinnedAction {
  /** `owner/repo`, or `owner/repo/path`. */
  readonly name: string;
  /** The release's tag. */
  readonly version: string;
  /** The commit of that tag: 40 hexadecimal digits. */
  readonly sha: string;
  /** Where the tag and the commit stand together. */
  readonly source: string;
}

/**
 * Every action the workflow may use. To move one: write the new tag and its commit here
 * (`git ls-remote https://github.com/OWNER/REPO refs/tags/TAG`; where the answer has a line that ends in `^{}`, that one),
 * then `npm run workflow`. Dependabot proposes the same change in the workflow itself.
 */
export const ACTIONS: readonly PinnedAction[] = [
  {
    name: 'actions/checkout',
    version: 'v6.0.2',
    sha: 'de0fac2e4500dabe0009e67214ff5f5447ce83dd',
    source: 'https://github.com/ruby/ruby/pull/17199',
  },
  {
    name: 'actions/setup-node',
    version: 'v6.2.0',
    sha: '6044e13b5dc448c55e2357c09f80417699197238',
    source:
      'https://github.com/saas-factory-labs/Saas-Factory/blob/5752f10b1a15573cf3b686b15aaf501f49fe803c/.github/GITHUB_ACTIONS_SHA_REFERENCE.md',
  },
  {
    name: 'actions/upload-artifact',
    version: 'v7.0.0',
    sha: 'bbbca2ddaa5d8feaa63e36b76fdaad77386f024f',
    source:
      'https://github.com/actions/upload-artifact/blob/bbbca2ddaa5d8feaa63e36b76fdaad77386f024f/package.json ("version": "7.0.0")',
  },
  {
    name: 'actions/download-artifact',
    version: 'v8.0.0',
    sha: '70fc10c6e5e1ce46ad2ea6f2b72d43f7d47b13c3',
    source: 'https://github.com/oracle/graal/pull/13160',
  },
  {
    name: 'aws-actions/configure-aws-credentials',
    version: 'v6.0.0',
    sha: '8df5847569e6427dd6c4fb1cf565c83acfa8afa7',
    source: 'the documentation of the S3 buckets of https://github.com/ROCm/TheRock, which pins it',
  },
  {
    name: 'github/codeql-action/upload-sarif',
    version: 'v4.37.0',
    sha: '99df26d4f13ea111d4ec1a7dddef6063f76b97e9',
    source: 'https://github.com/google/budoux/pull/1279',
  },
];

/**
 * The pinned form of an action.
 *
 * @param wanted its name, with the major version where somebody asks for one: `actions/checkout@v6`.
 * @throws UserError when the table does not have it, or has another major version.
 */
export function pinned(wanted: string): string {
  const [name, major] = wanted.split('@');
  const action = ACTIONS.find((one) => one.name === name);
  if (!action || (major !== undefined && action.version.split('.')[0] !== major)) {
    const there = action ? `the table has ${action.version}` : 'the table has none';
    throw new UserError(`${wanted} is not pinned: ${there}`, 'pipeline/engines/actions.ts', 'Write its commit there.');
  }
  return `${action.name}@${action.sha}`;
}

/** Writes behind every pinned action which release it is: for a reader, and for Dependabot, which keeps it current. */
export function withVersions(workflow: string): string {
  return workflow.replace(/^(\s*(?:- )?uses: )(\S+)@([0-9a-f]{40})$/gm, (line, _start, name: string, sha: string) => {
    const action = ACTIONS.find((one) => one.name === name && one.sha === sha);
    return action ? `${line} # ${action.version}` : line;
  });
}
