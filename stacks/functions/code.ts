import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

/** What every function of a block runs on, and what its code is compiled for. */
export const functionRuntime = lambda.Runtime.NODEJS_24_X;

/** Where the bundles lie until the CDK copies them into its assembly; `stacks/` stands in the root of a project. */
const BUNDLES = join(__dirname, '..', '..', 'dist', 'functions');

const bundled = new Map<string, string>();

export interface FunctionCodeOptions {
  /** The folder of the function's source. Default: this one. */
  readonly folder?: string;
  /** The key under which Lambda keeps its copy of the code. Default: one that AWS owns. */
  readonly key?: kms.IKeyRef;
}

/**
 * The code of a function: its TypeScript file and all that it imports as one file, `index.js`, so that the handler is
 * `index.handler`. The AWS SDK comes along too, in the version that was tested: Lambda's own changes without notice
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html). The same sources make the same bytes on every
 * machine, so that a synthesis without a change deploys nothing.
 *
 * Not `NodejsFunction`: it starts a process for every function and synthesis, and falls back to Docker.
 * @param name of the file, without `.ts`
 */
export function functionCode(name: string, { folder = __dirname, key }: FunctionCodeOptions = {}): lambda.AssetCode {
  const entry = join(folder, `${name}.ts`);
  const bundle = bundled.get(entry) ?? makeBundle(name, folder);
  bundled.set(entry, bundle);
  return lambda.Code.fromAsset(bundle, key === undefined ? {} : { sourceKMSKey: key });
}

/** @returns a folder that holds the bundle alone, named by its content */
function makeBundle(name: string, folder: string): string {
  const { outputFiles } = buildSync({
    absWorkingDir: folder,
    entryPoints: [`./${name}.ts`],
    bundle: true,
    write: false,
    // Minified also for its bytes' sake: the comments that esbuild would leave name the folders of this machine.
    minify: true,
    // Log lines name errors by their class.
    keepNames: true,
    platform: 'node',
    target: functionRuntime.name.replace('nodejs', 'node').replace('.x', ''),
    format: 'cjs',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild made nothing of ${join(folder, name)}.ts`);
  const digest = createHash('sha256').update(file.contents).digest('hex').slice(0, 16);
  const made = join(BUNDLES, `${name}-${digest}`);
  const target = join(made, 'index.js');
  if (!existsSync(target) || !readFileSync(target).equals(file.contents)) {
    mkdirSync(made, { recursive: true });
    // Beside the folder, whose content is what the asset is named by: another process may be reading it.
    const unfinished = `${made}.${process.pid}`;
    writeFileSync(unfinished, file.contents);
    renameSync(unfinished, target);
  }
  return made;
}
