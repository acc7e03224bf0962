// Bundles TypeScript sources once per change, for the launcher and for whoever requires this package: Node 20 cannot run
// TypeScript. Plain JavaScript with nothing but Node in it.
'use strict';

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const home = path.resolve(__dirname, '..');
const SOURCES = [
  'rules',
  'stacks',
  'pipeline',
  'bootstrap',
  'scripts',
  'cipherline.config.ts',
  'package-lock.json',
  'tsconfig.json',
];

/** One line per source file: its name, size and time. Reading the contents would cost more than it tells. */
function* census(file) {
  let stat;
  try {
    stat = fs.statSync(file);
  } catch {
    return;
  }
  if (!stat.isDirectory()) {
    yield `${file} ${stat.size} ${stat.mtimeMs}\n`;
    return;
  }
  for (const entry of fs.readdirSync(file).sort()) {
    if (entry !== '__pycache__') yield* census(path.join(file, entry));
  }
}

/** What the sources are, in 16 digits. */
function fingerprint(sources = SOURCES) {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources) for (const line of census(path.join(home, source))) hash.update(line);
  return hash.digest('hex').slice(0, 16);
}

/** Removes builds that nobody can still be running: older than a day. */
function prune(dist, keep) {
  for (const entry of fs.readdirSync(dist)) {
    const old = path.join(dist, entry);
    try {
      if (old !== keep && Date.now() - fs.statSync(old).mtimeMs > 86_400_000) fs.rmSync(old, { recursive: true });
    } catch {
      // Another process removed it first.
    }
  }
}

/** Puts a finished build in its place; where another process was first, that one is as good. */
function place(scratch, target) {
  try {
    fs.renameSync(scratch, target);
  } catch (error) {
    fs.rmSync(scratch, { recursive: true, force: true });
    if (!fs.existsSync(target)) throw error;
  }
  prune(path.dirname(target), target);
}

module.exports = { home, fingerprint, place };
