/**
 * Ends with 1 when `npm install` changed package-lock.json, but for optional packages of other platforms: npm drops those
 * from the lock that the registry does not serve on that day, and adds them again on another.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Versions by path, as the lock gives them. */
function versions(text) {
  const all = Object.entries(JSON.parse(text).packages).filter(([path, { optional, os }]) => path && !(optional && os));
  return new Map(all.map(([path, { version }]) => [path, version]));
}

const committed = versions(execFileSync('git', ['show', 'HEAD:package-lock.json'], { maxBuffer: 2 ** 26 }).toString());
const installed = versions(readFileSync('package-lock.json', 'utf8'));
const changed = [...new Set([...committed.keys(), ...installed.keys()])].filter(
  (path) => committed.get(path) !== installed.get(path),
);
for (const path of changed) {
  console.error(
    `${path}: ${committed.get(path) ?? 'not'} in the commit, ${installed.get(path) ?? 'not'} after npm install`,
  );
}
if (changed.length > 0) {
  console.error('package-lock.json is not up to date: run npm install, and commit it');
  process.exitCode = 1;
}
