/** What is done to a contestant, in order, and what is measured of it. */
import { isWrite, type Request } from './audit-record';
import { type Figures, type Spread, spreadOf } from './figures';
import { keyOf, NODES } from './fleet';
import { PodsWatch } from './pods-watch';
import { populate, shipAll } from './population';
import { CpuMeter } from './process-figures';
import { type Stage, sleep } from './stage';
import { canaryOf } from './ticks';

export interface Scenario extends Figures {
  canaries: number;
  /** Percent of them that move. */
  progressing: number;
  /** From the edit of the Deployment, milliseconds, as a watch saw it. */
  toFirstWeight?: Spread;
  /** From the edit until the pods were ready, and from then until their first weight. */
  toReadyPods?: Spread;
  readyToFirstWeight?: Spread;
  toSucceeded?: Spread;
  /** How many of those that moved ended well. */
  succeeded?: number;
  moving: number;
}

/** A controller that has nothing to do, ever: what its idle Canaries cost is what it takes above this. */
export interface Empty {
  windowSeconds: number;
  /** Of all its processes, milliseconds. */
  controllerCpuMs: number;
  residentMb: number[];
}

/** From nothing to all of them Initialized; CPU of each part of the cluster, and of the controller, in milliseconds. */
export interface Making {
  canaries: number;
  seconds: number;
  cpuMs: Record<string, number>;
}

/** Started with all of them there: until it says that it is ready, and until its first write. */
export interface Start {
  canaries: number;
  readyMs: number;
  firstWriteMs: number;
  residentMb: number[];
}

export interface Takeover {
  canaries: number;
  moving: number;
  /** From kill -9 to the first tick of anybody else, and until all that were left alone had one. */
  firstTickMs: number;
  allTicksMs: number;
  /** What the Leases of the cluster say. */
  leaseSeconds: number;
}

const isWaiting = ({ phase }: { phase: string }) => phase === 'Initialized' || phase === 'Succeeded';
/** Canaries of which only the first tick is asked have numbers of their own. */
const PROBES = 1_000_000;
const SETTLE_MS = 3_000;
/** What work leaves to be done (code to compile, memory to give back) is over then. */
const AT_REST_MS = 75_000;
/** A run may take so much longer than its steps before it counts as lost. */
const PATIENCE_MS = 240_000;

/** Starts the contestant on an empty cluster and looks at it. */
export async function startEmpty(stage: Stage): Promise<Empty> {
  await stage.start();
  await sleep(AT_REST_MS);
  const { windowSeconds, controllerCpuMs, residentMb } = await stage.look(stage.options.windowSeconds, 0);
  stage.emptyController = controllerCpuMs / windowSeconds;
  return { windowSeconds, controllerCpuMs, residentMb };
}

/** Grows the fleet to `size` and lets it be initialised. */
export async function grow(stage: Stage, size: number, say: (line: string) => void): Promise<Making> {
  const before = stage.size;
  const startMs = performance.now();
  const meter = new CpuMeter(stage.cluster.pids);
  await stage.grow(size);
  say(`${size} Canaries are there (${seconds(startMs)} s)`);
  const controllers = stage.meter();
  if (!(await stage.watch.all(stage.keys, isWaiting, 1_800_000))) {
    const ready = stage.watch.count(stage.keys, isWaiting);
    throw new Error(`${ready} of ${size} Canaries are initialised after 1800 s:\n${stage.processes[0]?.log()}`);
  }
  const cpuMs = { ...meter.read(), ...controllers.read() };
  const making = { canaries: size - before, seconds: seconds(startMs), cpuMs };
  say(`all are initialised (${making.seconds} s)`);
  await stage.quiet();
  await stage.rest(3);
  return making;
}

/** Ends the contestant and starts it again, with all Canaries there and something to do. */
export async function startAgain(stage: Stage): Promise<Start> {
  await Promise.all(stage.processes.map((one) => one.end()));
  // Something to do for the first tick: one more Canary.
  const probe = PROBES + stage.size;
  await populate(stage.cluster.api, probe, probe + 1, { ...stage.options, nodes: NODES });
  await sleep(SETTLE_MS);
  stage.audit.skip();
  const startedMs = Date.now();
  const readyMs = Math.max(...(await stage.start()));
  const firstWriteMs = await firstTick(stage, (request) => canaryOf(request) === keyOf(probe), startedMs, 90_000);
  const residentMb = stage.processes.map((one) => one.memory().resident);
  await stage.watch.all([keyOf(probe)], isWaiting, PATIENCE_MS);
  await stage.quiet();
  return { canaries: stage.size, readyMs, firstWriteMs, residentMb };
}

/** Milliseconds from `startedMs` to the first write that is one of these. */
async function firstTick(stage: Stage, isOne: (request: Request) => boolean, startedMs: number, timeoutMs: number) {
  while (Date.now() < startedMs + timeoutMs) {
    const first = stage.audit.next().find((request) => isTickWrite(request) && isOne(request));
    if (first) return Math.max(0, Math.round(first.atMs - startedMs));
    await sleep(50);
  }
  throw new Error(`no tick in ${timeoutMs} ms:\n${stage.processes.map((one) => one.log()).join('\n')}`);
}

const isTickWrite = (request: Request): boolean =>
  isWrite(request) && request.resource !== 'leases' && request.resource !== 'events';

/** Looks at a fleet of which nobody moves, or ships a version of some and looks while they make their steps. */
export async function play(stage: Stage, progressing: number): Promise<Scenario> {
  const { options, size: canaries } = stage;
  const moving = Math.round((canaries * progressing) / 100);
  const about = { canaries, progressing, moving };
  if (moving === 0) {
    await sleep(AT_REST_MS);
    return { ...about, ...(await stage.look(options.windowSeconds, canaries)) };
  }
  const pods = new PodsWatch(stage.cluster.plane);
  await pods.start();
  const { keys, shipped } = await shipTo(stage, moving);
  await stage.watch.all(keys, ({ weight, succeededMs }) => weight > 0 || succeededMs !== undefined, PATIENCE_MS);
  pods.close();
  // The cluster is done with the pods then.
  await sleep(stage.intervalMs);
  const figures = await stage.look(options.windowSeconds, moving);
  await stage.watch.all(keys, ({ succeededMs }) => succeededMs !== undefined, PATIENCE_MS);
  const times = [...shipped].map(([index, atMs]) => ({ atMs, seen: stage.watch.get(keyOf(index)) }));
  const after = (at: 'firstWeightMs' | 'succeededMs') =>
    times.flatMap(({ atMs, seen }) => (seen?.[at] === undefined ? [] : [seen[at] - atMs]));
  const [first, ended] = [after('firstWeightMs'), after('succeededMs')];
  const starts = [...shipped].flatMap(([index, atMs]) => {
    const [readyMs, weightMs] = [pods.readyMs(keyOf(index)), stage.watch.get(keyOf(index))?.firstWeightMs];
    return readyMs === undefined || weightMs === undefined ? [] : [{ took: readyMs - atMs, left: weightMs - readyMs }];
  });
  await stage.quiet();
  return {
    ...about,
    ...figures,
    ...(first.length > 0 && { toFirstWeight: spreadOf(first) }),
    ...(starts.length > 0 && {
      toReadyPods: spreadOf(starts.map(({ took }) => took)),
      readyToFirstWeight: spreadOf(starts.map(({ left }) => Math.max(0, left))),
    }),
    ...(ended.length > 0 && { toSucceeded: spreadOf(ended) }),
    succeeded: ended.length,
  };
}

async function shipTo(stage: Stage, moving: number) {
  const { size } = stage;
  // Spread over all namespaces.
  const indices = Array.from({ length: moving }, (_, number) => Math.floor((number * size) / moving));
  const keys = indices.map(keyOf);
  stage.version += 1;
  stage.watch.mark(keys);
  return { keys, shipped: await shipAll(stage.cluster.api, indices, stage.version, stage.intervalMs) };
}

/** Kills the process that works, with another one standing by (or sharing), while a tenth of the Canaries move. */
export async function killed(stage: Stage): Promise<Takeover> {
  const { processes, size } = stage;
  const moving = Math.max(1, Math.round(size / 10));
  const standby = processes.length === 1 ? await stage.process(1) : undefined;
  await standby?.start();
  const { keys } = await shipTo(stage, moving);
  stage.audit.skip();
  await stage.watch.all(keys, ({ weight }) => weight > 0, PATIENCE_MS);
  await sleep(stage.intervalMs);
  const [victim] = processes as [(typeof processes)[number]];
  const alone = new Set(
    stage.audit
      .next()
      .filter((one) => one.user === victim.user && isTickWrite(one))
      .map(canaryOf),
  );
  const left = new Set(keys.filter((key) => alone.has(key)));
  const killedMs = Date.now();
  await victim.end('SIGKILL');
  stage.processes = standby ? [standby] : processes.slice(1);
  const leaseSeconds = await longestLease(stage);
  const ticked = new Map<string, number>();
  while (ticked.size < left.size && Date.now() < killedMs + 180_000) {
    for (const request of stage.audit.next()) {
      const key = canaryOf(request);
      const isNew = isTickWrite(request) && request.user !== victim.user && left.has(key) && !ticked.has(key);
      if (isNew) ticked.set(key, request.atMs - killedMs);
    }
    await sleep(100);
  }
  if (ticked.size === 0) throw new Error(`nobody took over in 180 s:\n${stage.processes.map((one) => one.log())}`);
  await stage.watch.all(keys, ({ succeededMs }) => succeededMs !== undefined, PATIENCE_MS);
  await stage.quiet();
  const [firstTickMs, allTicksMs] = [Math.min(...ticked.values()), Math.max(...ticked.values())];
  return { canaries: size, moving: left.size, firstTickMs, allTicksMs, leaseSeconds };
}

/** Leases of nodes are not the controllers'. */
async function longestLease({ cluster }: Stage): Promise<number> {
  const { items } = await cluster.api.get('/apis/coordination.k8s.io/v1/leases');
  const others = (items as { metadata: { namespace: string }; spec: { leaseDurationSeconds?: number } }[]).filter(
    ({ metadata }) => !metadata.namespace.startsWith('kube-'),
  );
  return Math.max(0, ...others.map(({ spec }) => spec.leaseDurationSeconds ?? 0));
}

const seconds = (sinceMs: number): number => Math.round((performance.now() - sinceMs) / 100) / 10;
