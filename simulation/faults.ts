/** What each fault does. */
import { shardOf } from '../controller/kube/shard-plan';
import { RESOURCES } from '../model/kube';
import type { Chance } from './chance';
import type { FAULTS } from './mishap';
import { GATE_TYPES, NAME, NAMESPACE } from './objects';
import type { Process } from './process';
import { type Ambush, failure, type Troubles } from './troubles';
import type { WatchTap } from './watch-tap';
import { answer, type Trouble } from './wire';
import type { World } from './world';

export interface Stage {
  world: World;
  troubles: Troubles;
  chance: Chance;
  /** Whether trouble still goes on. */
  rough(): boolean;
  /** Counts what really happened, in the phase that it happened in. */
  struck(kind: Fault): void;
  /** In force from now on, for that long. */
  lasts(kind: Fault, ms: number, end?: () => void): void;
}

type Fault = (typeof FAULTS)[number];

const FOREVER = Number.POSITIVE_INFINITY;
const LEASE = 'flagger-leader-election';

function ambush(stage: Stage, kind: Fault, rest: Partial<Ambush>, trouble: Ambush['trouble']): void {
  stage.troubles.lay({ kind, port: 'api', left: 1, untilMs: FOREVER, trouble, ...rest });
}

/** All requests of a port for a while. */
function spell(stage: Stage, kind: Fault, port: Ambush['port'], ms: number, trouble: Ambush['trouble']): void {
  stage.lasts(kind, ms);
  stage.troubles.lay({ kind, port, left: FOREVER, untilMs: stage.world.clock.now() + ms, trouble });
}

function taps(stage: Stage, kind: Fault, act: (tap: WatchTap) => void): void {
  const all = stage.world.processes.flatMap(({ wire }) => [...wire.taps]);
  if (all.length === 0) return;
  stage.struck(kind);
  for (const tap of all) act(tap);
}

/** Ends a process in some way, and starts another a while after it is gone: a stop takes its time. */
async function fall(
  stage: Stage,
  kind: Fault,
  end: (process: Process) => void | Promise<void>,
  past?: Map<string, string>,
): Promise<void> {
  const { world, chance } = stage;
  const process = world.processes.length > 0 ? chance.pick(world.processes) : undefined;
  if (!process) return;
  stage.struck(kind);
  await end(process);
  world.clock.after(chance.between(0, 4_000), () => reborn(stage, past));
}

/** Never more processes than there should be: the end of trouble may have brought one already. */
function reborn({ world, rough }: Stage, past?: Map<string, string>): void {
  if (world.processes.length < world.scenario.replicas) world.begin(rough() ? past : undefined);
}

function dying(stage: Stage, kind: Fault, dies: 'before' | 'after'): void {
  ambush(stage, kind, { writes: true }, () => {
    stage.world.clock.after(stage.chance.between(1, 4_000), () => reborn(stage));
    return { dies };
  });
}

/** A new process whose first lists come from a server that is behind. */
async function intoThePast(stage: Stage): Promise<void> {
  const { world, chance } = stage;
  const source = world.processes[0];
  if (!source) return;
  const past = await source.wire.snapshot();
  world.clock.after(chance.between(50, 6_000), () => {
    void fall(stage, 'restarts-in-the-past', (process) => process.kill(), past);
  });
}

function jump(stage: Stage, kind: Fault, sign: 1 | -1): void {
  const { world, chance } = stage;
  if (world.processes.length === 0) return;
  const process = chance.pick(world.processes);
  const ms = sign * chance.pick([1_500, 8_000, 40_000, 400_000]);
  process.skewMs += ms;
  stage.lasts(kind, chance.between(5_000, 30_000), () => {
    process.skewMs -= ms;
  });
}

function cutOff(stage: Stage): void {
  const leader = leaderOf(stage.world);
  const ms = stage.chance.pick([3_000, 20_000, 90_000]);
  if (!leader) return;
  stage.lasts('lease-cut-off', ms);
  const untilMs = stage.world.clock.now() + ms;
  const trouble = (): Trouble => ({ before: 'ETIMEDOUT', delayMs: 1_000 });
  stage.troubles.lay({ kind: 'lease-cut-off', port: 'api', of: leader, left: FOREVER, untilMs, trouble });
}

/** Who may work on the Canary, by the Leases as the API server has them. */
export function leaderOf(world: World, canary = NAME): string | undefined {
  const { shards } = world.scenario;
  const name = shards === undefined ? LEASE : `serin-shard-${shardOf(`${NAMESPACE}/${canary}`, shards)}`;
  const lease = world.get('lease', name) as { spec?: { holderIdentity?: string } } | undefined;
  return lease?.spec?.holderIdentity;
}

export const PER_FAULT: Record<Fault, (stage: Stage) => unknown> = {
  'request-refused': (stage) =>
    ambush(stage, 'request-refused', { left: stage.chance.between(1, 3) }, () => ({
      before: stage.chance.pick(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND']),
    })),
  'request-rejected': (stage) =>
    ambush(stage, 'request-rejected', { left: stage.chance.between(1, 3) }, () => ({
      before: stage.chance.pick([
        failure(503, 'ServiceUnavailable'),
        failure(500, 'InternalError'),
        failure(429, 'TooManyRequests'),
        failure(403, 'Forbidden'),
      ]),
    })),
  'request-slow': (stage) =>
    ambush(stage, 'request-slow', {}, () => ({ delayMs: stage.chance.pick([300, 2_000, 11_000, 25_000]) })),
  'write-answer-lost': (stage) =>
    ambush(stage, 'write-answer-lost', { writes: true, left: stage.chance.between(1, 2) }, () => ({
      after: stage.chance.pick(['ECONNRESET', failure(504, 'Timeout')]),
    })),
  'write-repeated': (stage) =>
    ambush(stage, 'write-repeated', { writes: true, left: stage.chance.between(1, 3) }, () => ({ twice: true })),
  'server-down': (stage) =>
    spell(stage, 'server-down', 'api', stage.chance.between(2_000, 30_000), () => ({ before: 'ECONNREFUSED' })),
  'server-flaky': (stage) =>
    spell(stage, 'server-flaky', 'api', stage.chance.between(5_000, 30_000), () => {
      if (stage.chance.often(0.6)) return undefined;
      return stage.chance.often(0.5) ? { before: failure(500, 'InternalError') } : { after: 'ECONNRESET' };
    }),
  'watch-drops': (stage) => taps(stage, 'watch-drops', (tap) => tap.drop()),
  'watch-lags': (stage) => {
    const ms = stage.chance.pick([200, 1_500, 6_000]);
    taps(stage, 'watch-lags', (tap) => tap.delay(ms));
  },
  'watch-replays': (stage) => taps(stage, 'watch-replays', (tap) => tap.replay(stage.chance.between(1, 4))),
  'watch-hushed': (stage) => {
    const one = stage.chance.next();
    taps(stage, 'watch-hushed', (tap) => (stage.chance.next() < one ? tap.hush() : undefined));
  },
  'history-compacts': (stage) => {
    stage.world.sandbox.store.compact();
    taps(stage, 'history-compacts', (tap) => tap.drop());
  },
  dies: (stage) => fall(stage, 'dies', (process) => process.kill()),
  'dies-before-write': (stage) => dying(stage, 'dies-before-write', 'before'),
  'dies-after-write': (stage) => dying(stage, 'dies-after-write', 'after'),
  stops: (stage) => fall(stage, 'stops', (process) => process.stop()),
  'restarts-in-the-past': intoThePast,
  'lease-cut-off': cutOff,
  'lease-deleted': (stage) => {
    if (stage.world.remove('lease', LEASE)) stage.struck('lease-deleted');
  },
  'lease-stolen': (stage) => {
    const ref = { ...RESOURCES.lease, namespace: NAMESPACE, name: LEASE };
    if (!stage.world.sandbox.store.get(ref)) return;
    stage.struck('lease-stolen');
    stage.world.edit('lease', LEASE, (lease: { spec: object }) => {
      Object.assign(lease.spec, { holderIdentity: 'somebody', leaseDurationSeconds: 15 });
    });
  },
  'clock-forward': (stage) => jump(stage, 'clock-forward', 1),
  'clock-back': (stage) => jump(stage, 'clock-back', -1),
  'metrics-down': (stage) =>
    spell(stage, 'metrics-down', 'metrics', stage.chance.between(5_000, 40_000), () => ({ before: 'ECONNREFUSED' })),
  'metrics-garbage': (stage) =>
    spell(stage, 'metrics-garbage', 'metrics', stage.chance.between(5_000, 40_000), () => ({
      before: answer(200, stage.chance.pick(['<html>', '{}', '{"status":"success","data":{"result":"?"}}'])),
    })),
  'metrics-empty': (stage) =>
    spell(stage, 'metrics-empty', 'metrics', stage.chance.between(5_000, 40_000), () => ({
      before: answer(200, '{"status":"success","data":{"resultType":"vector","result":[]}}'),
    })),
  'metrics-slow': (stage) =>
    spell(stage, 'metrics-slow', 'metrics', stage.chance.between(5_000, 40_000), () => ({
      delayMs: stage.chance.pick([900, 6_000, 20_000]),
    })),
  'hooks-down': (stage) =>
    spell(stage, 'hooks-down', 'hooks', stage.chance.between(5_000, 30_000), () => ({
      before: stage.chance.pick<Trouble['before'] & {}>(['ECONNREFUSED', answer(502, 'bad gateway')]),
    })),
  'hooks-slow': (stage) =>
    spell(stage, 'hooks-slow', 'hooks', stage.chance.between(5_000, 30_000), () => ({
      delayMs: stage.chance.pick([900, 4_000, 9_000]),
    })),
  'gate-closes': (stage) => {
    const type = stage.chance.pick(GATE_TYPES);
    stage.world.hooks.close(type);
    stage.lasts('gate-closes', stage.chance.between(5_000, 30_000), () => stage.world.hooks.open(type));
  },
};
