import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { provideAssets } from './control-plane/assets';
import { command } from './control-plane/command';
import { type ControlPlane, startControlPlane, writeFacts } from './control-plane/control-plane';
import { mortal } from './control-plane/daemon';
import type { PlaneFacts } from './control-plane/plane';
import { closingLine, readTally } from './tally';

/**
 * Builds what is missing, starts the control plane once, runs the suites against it and stops everything.
 * The last line is `N passed, N failed, N skipped`; the exit code is 0 only when nothing failed.
 * @param here Absolute path of test/cluster.
 * @param args `--keep` holds the plane without running suites; anything else goes to jest.
 */
export async function main(here: string, args: string[]): Promise<void> {
  const say = (line: string) => console.error(`test:cluster: ${line}`);
  endAtSignals();
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const assets = await provideAssets(join(here, 'control-plane'), say);
  await command(process.execPath, [join(here, '../../scripts/build.mjs'), '--if-stale']);
  say(`parts are ready (${seconds()})`);
  const plane = await startControlPlane(assets);
  say(`control plane is up at ${plane.facts.server} (${seconds()})`);
  try {
    const facts = { ...plane.facts, controlUrl: await takeOrders(plane) };
    const factsPath = join(facts.folder, 'plane.json');
    writeFacts(facts, factsPath);
    if (args.includes('--keep')) await keep(facts, factsPath);
    const results = join(facts.folder, 'results.json');
    const code = await runSuites(here, args, factsPath, results);
    const tally = readTally(results);
    await plane.stop();
    say(`done (${seconds()})`);
    console.log(closingLine(tally));
    process.exit(code === 0 && tally.failed === 0 ? 0 : 1);
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

/** At a signal or an error that nobody caught, everything ends: the exit hooks of daemon.ts and folder.ts clean up. */
function endAtSignals(): void {
  const end = (code: number) => {
    endSuites();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(130));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      console.error(error);
      end(1);
    });
  }
}

/** Lets the suites, which run in another process, restart the API server that this process owns. */
function takeOrders(plane: ControlPlane): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (url.pathname !== '/restart-api-server') {
      response.writeHead(404).end();
      return;
    }
    plane.restartApiServer(Number(url.searchParams.get('downMs') ?? 0)).then(
      () => response.writeHead(204).end(),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  server.unref();
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

/** The running jest: leader of a process group of its own, so that what its suites started can be ended with it. */
let suites: ChildProcess | undefined;

function endSuites(): void {
  if (suites?.pid === undefined) return;
  try {
    process.kill(-suites.pid, 'SIGKILL');
  } catch {
    // The group is empty: all of it has ended already.
  }
}

function runSuites(here: string, args: string[], factsPath: string, results: string): Promise<number> {
  const root = resolve(here, '../..');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const [first, ...rest] = mortal(process.execPath, [
    ...['--experimental-vm-modules', '--no-warnings', jest],
    ...['--config', join(here, 'jest.config.cjs'), '--runInBand', '--json', `--outputFile=${results}`],
    ...args,
  ]);
  suites = spawn(first, rest, {
    cwd: root,
    env: { ...process.env, SERIN_TEST_PLANE: factsPath },
    // Standard output has only jest's JSON, which goes to the file too.
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  return new Promise((done) => {
    suites?.on('error', () => done(1));
    suites?.on('exit', (code) => {
      endSuites();
      done(code ?? 1);
    });
  });
}

/** For work by hand: says how to use the plane and never ends by itself. */
function keep(facts: PlaneFacts, factsPath: string): Promise<number> {
  console.log(`export KUBECONFIG=${facts.kubeconfigPath}`);
  console.log(`export SERIN_TEST_PLANE=${factsPath}`);
  console.log(`alias kubectl=${facts.assets.kubectl}`);
  console.log(
    'one suite on it: node --experimental-vm-modules node_modules/.bin/jest -c test/cluster/jest.config.cjs -i smoke',
  );
  console.log('Ctrl-C stops it.');
  setInterval(() => {}, 60_000);
  return new Promise(() => {});
}
