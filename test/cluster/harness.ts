import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { type Assets, provideAssets } from './control-plane/assets';
import { command } from './control-plane/command';
import { type ControlPlane, startControlPlane, writeFacts } from './control-plane/control-plane';
import { type PlaneFacts, planeOf } from './control-plane/plane';
import { allSuites, endSuites, runSuites } from './suites';
import { closingLine, readTally } from './tally';

/** Suites mostly wait. Two of them at a time halve that; each needs a cluster to itself. */
const PLANES = 2;

/**
 * Builds what is missing, starts two control planes, runs all suites against them (or, with arguments, one, and what they
 * name in one jest) and stops everything. The last line is `N passed, N failed, N skipped`; the exit code is 0 only when
 * nothing failed.
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
  const count = args.length === 0 ? PLANES : 1;
  const planes = await Promise.all(Array.from({ length: count }, () => runningPlane(assets)));
  for (const { plane } of planes) say(`control plane is up at ${plane.facts.server} (${seconds()})`);
  const stop = () => Promise.all(planes.map(({ plane }) => plane.stop()));
  try {
    const [{ facts, factsPath, folder }] = planes as [RunningPlane];
    if (args.includes('--keep')) await keep(facts, factsPath);
    const results = join(folder, 'results.json');
    const named = async () => [{ results, code: await runSuites({ here, args, factsPath, results, quiet: false }) }];
    const runs = await (args.length === 0 ? shareSuites(here, planes) : named());
    const tally = readTally(runs.map((run) => run.results));
    await stop();
    say(`done (${seconds()})`);
    console.log(closingLine(tally));
    process.exit(runs.every(({ code }) => code === 0) && tally.failed === 0 ? 0 : 1);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A plane, and the file that tells the suites of it. */
interface RunningPlane {
  plane: ControlPlane;
  facts: PlaneFacts;
  factsPath: string;
  folder: string;
}

async function runningPlane(assets: Assets): Promise<RunningPlane> {
  const plane = await startControlPlane(assets);
  const { folder } = plane.facts;
  const facts = { ...plane.facts, controlUrl: await takeOrders(plane) };
  const factsPath = join(folder, 'plane.json');
  writeFacts(facts, factsPath);
  return { plane, facts, factsPath, folder };
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

/** Where a run's results are, and how it ended. */
interface FinishedRun {
  results: string;
  code: number;
}

/** Runs all suites: each plane takes the next that nobody has begun. */
async function shareSuites(here: string, planes: RunningPlane[]): Promise<FinishedRun[]> {
  const left = allSuites(here);
  const runs: FinishedRun[] = [];
  await Promise.all(
    planes.map(async ({ facts, folder, factsPath }) => {
      for (let suite = left.shift(); suite; suite = left.shift()) {
        const results = join(folder, `${basename(suite)}.json`);
        const args = ['--runTestsByPath', suite];
        runs.push({ results, code: await runSuites({ here, args, factsPath, results, quiet: true }) });
        await forgetCanaries(facts);
      }
    }),
  );
  return runs;
}

/**
 * A suite leaves its namespaces to the API server, which takes its time: a controller that the next suite installs for the
 * whole cluster would take up the Canaries in them. Without definitions, or with a finalizer that nobody serves, it fails.
 */
async function forgetCanaries(facts: PlaneFacts): Promise<void> {
  await planeOf(facts).tryKubectl(['delete', 'canaries.flagger.app', '--all', '--all-namespaces', '--timeout=20s']);
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
