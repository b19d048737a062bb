/** Is the controller flat in time? Hours of releases at a compressed interval, and what the process holds before and after. */
import { writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version } from '../../package.json';
import { type Rest, Soak, surplus } from '../../test/soak/soak';
import { SoakCluster } from '../../test/soak/soak-cluster';
import { WatchedProcess } from '../../test/soak/watched-process';

const HELP = `npm run soak [-- options]

Runs the built controller (lib/serin.js) against the sandbox's API server, a Prometheus, hooks and a chat over HTTP, in real
time with intervals of 1 s. Releases are promoted and rolled back, Canaries come and go, connections break. Afterwards the
process must hold no more series, timers, sockets, listeners and abort signals than before, and at most 5 % more memory.

  --intervals N   length; 720 intervals are 2 hours of the usual 10 s (default 720)
  --canaries N    that stay; one more comes and goes each round (default 12)
  --warm-up N     rounds before the first count (default 6)
  --out FILE      where the result goes as JSON (default bench/results/soak.json)
  --help

Exit code 1: something grew.
`;

/** Of the issue. */
const MOST_GROWTH = 1.05;

/** @returns the exit code. */
export async function main(root: string, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      intervals: { type: 'string', default: '720' },
      canaries: { type: 'string', default: '12' },
      'warm-up': { type: 'string', default: '6' },
      out: { type: 'string', default: join(root, 'bench/results/soak.json') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const plan = {
    intervals: wholeNumber('intervals', values.intervals),
    canaries: wholeNumber('canaries', values.canaries),
    warmUp: wholeNumber('warm-up', values['warm-up']),
  };
  const result = await soak(root, plan);
  writeFileSync(values.out, `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`${verdict(result)}\n${values.out}\n`);
  return result.grown.length === 0 ? 0 : 1;
}

type Plan = { intervals: number; canaries: number; warmUp: number };
type Result = Awaited<ReturnType<typeof soak>>;

async function soak(root: string, { intervals, canaries, warmUp }: Plan) {
  const cluster = await SoakCluster.start({ root, steps: 5 });
  const controller = await WatchedProcess.start({ args: cluster.flags, root });
  try {
    const run = new Soak({ cluster, controller, canaries });
    await run.begin();
    for (let round = 0; round < warmUp; round++) await run.turn();
    const before = await run.rest();
    say(before);
    const rests: Rest[] = [];
    const started = performance.now();
    while (performance.now() - started < intervals * 1000) {
      await run.turn();
      rests.push(await run.rest(before));
      say(rests.at(-1)!);
    }
    const after = rests.at(-1) ?? before;
    const grown = surplus(before, after);
    const memory = after.heapBytes / before.heapBytes;
    if (memory > MOST_GROWTH) grown.push(`memory: ${before.heapBytes} -> ${after.heapBytes} bytes`);
    return {
      of: 'npm run soak',
      at: new Date().toISOString(),
      machine: { cpu: cpus()[0]?.model, cores: cpus().length, memoryBytes: totalmem(), arch: arch(), load: loadavg() },
      versions: { serin: version, node: process.version },
      plan: { intervals, intervalSeconds: 1, canaries, warmUpRounds: warmUp },
      rounds: after.round - before.round,
      seconds: Math.round((performance.now() - started) / 1000),
      ticks: after.ticks - before.ticks,
      hooksAndAlerts: Object.fromEntries(cluster.listener.calls),
      before: figures(before),
      after: figures(after),
      memoryRatio: Number(memory.toFixed(4)),
      heapBytesByRound: rests.map(({ heapBytes }) => heapBytes),
      rssBytesByRound: rests.map(({ rssBytes }) => rssBytes),
      grown,
    };
  } finally {
    await controller.end();
    await cluster.stop();
  }
}

/** Series by their number: their names are in /metrics. */
function figures({ series, ...rest }: Rest) {
  return { ...rest, series: series.length };
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

function say({ round, ticks, heapBytes, rssBytes, resources, series }: Rest): void {
  const { Timeout: timers = 0, TCPSocketWrap: sockets = 0 } = resources;
  process.stderr.write(
    `round ${round}: ${ticks} ticks, heap ${megabytes(heapBytes)}, resident ${megabytes(rssBytes)}, ${timers} timers, ${sockets} sockets, ${series.length} series\n`,
  );
}

function verdict({ ticks, rounds, before, after, memoryRatio, grown }: Result): string {
  const memory = `${megabytes(before.heapBytes)} -> ${megabytes(after.heapBytes)} (${memoryRatio})`;
  return `${ticks} ticks in ${rounds} rounds: ${memory}; ${grown.length === 0 ? 'nothing else grew' : grown.join('; ')}`;
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} takes a whole number above 0, not "${text}"`);
  return Number(text);
}
