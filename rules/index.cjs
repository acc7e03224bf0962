// What `require('cipherline')` gives: the CDK validation plugin, bundled with all it needs on first use.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { fingerprint, home, place } = require('../scripts/bundle.cjs');

const file = path.join(home, 'dist', `plugin-${fingerprint(['rules', 'package-lock.json'])}.cjs`);
if (!fs.existsSync(file)) {
  const scratch = path.join(home, 'dist', `.plugin-${process.pid}.cjs`);
  require('esbuild').buildSync({
    absWorkingDir: home,
    entryPoints: ['rules/plugin.ts'],
    outfile: scratch,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    external: ['aws-cdk-lib', 'constructs'],
    logLevel: 'error',
  });
  place(scratch, file);
}
module.exports = require(file);
