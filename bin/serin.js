#!/usr/bin/env node

/**
 * Starts lib/serin.js on a Node that can run it: this one, or the one that the package pins as a dev dependency when this
 * one is too old. Plain old JavaScript, because the old Node has to read it.
 */
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const OLDEST = [22, 19];
const bundle = join(__dirname, '..', 'lib', 'serin.js');

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

function fail(message) {
  console.error(`serin: ${message}`);
  process.exit(1);
}

/** The binary of the `node` package, found the way this package would require it. */
function pinnedNode() {
  try {
    const path = join(
      require.resolve('node/package.json'),
      '..',
      'bin',
      process.platform === 'win32' ? 'node.exe' : 'node',
    );
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** A killed launcher takes the real process with it: the channel between them closes. */
function endWithLauncher() {
  if (process.env['SERIN_LAUNCHED'] === undefined || process.channel === undefined) return;
  delete process.env['SERIN_LAUNCHED'];
  process.on('disconnect', () => process.exit(137));
  process.channel.unref();
}

function relaunch(node) {
  const { spawn } = require('node:child_process');
  const child = spawn(node, [...process.execArgv, __filename, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, SERIN_LAUNCHED: '1' },
  });
  // A terminal sends Ctrl-C and Ctrl-\ to both processes itself; twice would look like an impatient user.
  const inTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => inTerminal || child.kill(signal));
  child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (!existsSync(bundle)) {
  fail('lib/serin.js is not built. Run `npm install` (or `npm run build`) in the package folder first.');
} else if (isNewEnough()) {
  endWithLauncher();
  require(bundle);
} else {
  const launched = process.env['SERIN_LAUNCHED'] !== undefined; // the pinned one is too old itself
  const node = launched ? undefined : pinnedNode();
  if (node) relaunch(node);
  else fail(`needs Node ${OLDEST.join('.')} or newer, this is ${process.versions.node} (${process.execPath}).`);
}
