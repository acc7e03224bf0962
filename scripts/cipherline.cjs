#!/usr/bin/env node
// The launcher. Node 20 cannot run TypeScript, so it bundles the sources once per change and starts the bundle.
// Plain JavaScript with nothing but Node in it: this file decides how fast `cipherline --help` is.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { fingerprint, home, place } = require('./bundle.cjs');

/** As package.json says, of which npm only warns. This file must be one that older versions can read. */
const OLDEST_NODE = 20;

/** An ES module has no `__dirname`: a source that asks gets the folder it stands in, not the bundle's. */
const folders = {
  name: 'folders',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      const contents = fs.readFileSync(file, 'utf8');
      if (!contents.includes('__dirname')) return undefined;
      const folder = JSON.stringify(path.relative(home, path.dirname(file)));
      const line = `import { join as joinHome } from 'node:path'; const __dirname = joinHome(process.env.CIPHERLINE_HOME, ${folder});`;
      return { contents: `${line}${contents}`, loader: 'ts' };
    });
  },
};

/**
 * Bundles into a folder of its own and renames it into place. The folder is named after what went in: two processes
 * that build at once make the same thing, and one that is still running keeps the chunks it has yet to load.
 */
async function build(folder) {
  const dist = path.dirname(folder);
  const scratch = path.join(dist, `.building-${process.pid}`);
  await require('esbuild').build({
    absWorkingDir: home,
    entryPoints: { main: 'scripts/main.ts', 'lint-worker': 'scripts/lint-worker.ts' },
    outdir: scratch,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'silent',
    plugins: [folders],
  });
  place(scratch, folder);
}

function explain(error) {
  const [first] = error.errors ?? [];
  // Without a place it is not about the sources: a folder that cannot be written, a disk that is full.
  if (first && !first.location) return `the command line cannot be built: ${first.text}`;
  if (first) {
    const { file, line, column } = first.location;
    const place = `${file}:${line}:${column + 1}: `;
    const more = error.errors.length > 1 ? ` (and ${error.errors.length - 1} more: npx tsc names them)` : '';
    return `the sources do not compile: ${place}${first.text}${more}`;
  }
  if (/^(ERR_)?MODULE_NOT_FOUND$/.test(error.code))
    return `the dependencies are not installed: run npm ci (${error.message.split('\n', 1)[0]})`;
  return `could not start: ${error.message}`;
}

async function start() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE)
    throw new Error(`this is Node ${process.versions.node}, and cipherline needs Node ${OLDEST_NODE} or later`);
  process.env.CIPHERLINE_HOME = home;
  // The SDK says at every start that Node 20 is supported until January 2027; the engines field says what we need.
  const quiet = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
  if (process.env[quiet] === undefined) process.env[quiet] = 'true';
  // A construct's place is read from a stack trace: it must name the source, not the bundle.
  if (process.argv[2] === 'synth') process.setSourceMapsEnabled(true);
  const folder = path.join(home, 'dist', fingerprint());
  process.env.CIPHERLINE_DIST = folder;
  const entry = path.join(folder, 'main.mjs');
  if (!fs.existsSync(entry)) await build(folder);
  const { main } = await import(pathToFileURL(entry).href);
  await main(process.argv.slice(2));
}

start().catch((error) => {
  process.stderr.write(`cipherline: ${explain(error)}\n`);
  process.exitCode = 2;
});
