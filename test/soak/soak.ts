/** Rounds of releases, one like the other; after each everything is at rest and what the process holds is counted. */
import type { SoakCluster } from './soak-cluster';
import type { Counted, WatchedProcess } from './watched-process';

export interface SoakOptions {
  cluster: SoakCluster;
  controller: WatchedProcess;
  /** Canaries that stay; one more comes and goes each round. */
  canaries: number;
}

export interface Rest extends Counted {
  round: number;
  series: string[];
  ticks: number;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a round may take, and how long what is idle may take to go: far above either. */
const ROUND_LIMIT_MS = 300_000;
const REST_LIMIT_MS = 60_000;

export class Soak {
  readonly names: string[];
  private round = 0;
  private guest = 'guest-0';

  constructor(private readonly options: SoakOptions) {
    this.names = Array.from({ length: options.canaries }, (_, index) => `app-${index}`);
  }

  private get all(): string[] {
    return [...this.names, this.guest];
  }

  /** Everything there and initialized. */
  async begin(): Promise<void> {
    for (const name of this.all) this.options.cluster.add(name);
    await this.settled();
  }

  /** Every third release is rolled back, a Canary goes and another comes, and now and then all connections break. */
  async turn(): Promise<void> {
    const { cluster } = this.options;
    this.round++;
    const gone = this.guest;
    this.guest = `guest-${this.round}`;
    cluster.add(this.guest);
    cluster.release(this.names, (name) => (Number(name.split('-')[1]) + this.round) % 3 === 0);
    if (this.round % 3 === 0) {
      await sleep(2_000);
      cluster.breakConnections();
    }
    await this.settled();
    cluster.remove(gone);
  }

  /** Counts once nothing is under way any more: not more than `than`, if that comes about. */
  async rest(than?: Rest): Promise<Rest> {
    const end = Date.now() + REST_LIMIT_MS;
    for (let last: Rest | undefined; ; ) {
      await sleep(1_000);
      this.options.cluster.closeIdle();
      await sleep(200);
      const now = await this.counted();
      const stable = last !== undefined && held(last) === held(now);
      if (Date.now() > end || (than ? surplus(than, now).length === 0 : stable)) return now;
      last = now;
    }
  }

  private async counted(): Promise<Rest> {
    const series = await this.options.controller.series();
    const counted = await this.options.controller.count();
    const ticks = series.get('serin_tick_lateness_seconds_count') ?? 0;
    // Which verbs met which codes, and what kinds of garbage collection there were, is chance; how many there are is not.
    const own = [...series.keys()].filter((name) => !/^nodejs_|^serin_api_requests_total/.test(name));
    // A guest is named differently each round: as series it is the same.
    const names = own.map((name) => name.replaceAll(this.guest, 'guest'));
    return { ...counted, round: this.round, series: names.sort(), ticks };
  }

  private async settled(): Promise<void> {
    for (const end = Date.now() + ROUND_LIMIT_MS; !this.options.cluster.atRest(this.all); ) {
      if (Date.now() > end) {
        const { cluster, controller } = this.options;
        const phases = this.all.map(
          (name) => `${name} ${cluster.phase(name)}${cluster.failing.has(name) ? ' (bad)' : ''}`,
        );
        throw new Error(
          `round ${this.round} does not end: ${phases.join(', ')}\n${controller.lines.slice(-20).join('\n')}`,
        );
      }
      await sleep(100);
    }
  }
}

const held = ({ resources, listeners, signals, series }: Rest): string =>
  JSON.stringify([Object.entries(resources).sort(), listeners, signals, series]);

/** What there is more of than before, in words; memory aside. */
export function surplus(before: Rest, after: Rest): string[] {
  const known = new Set(before.series);
  const counts = (rest: Rest): Record<string, number> => ({
    ...rest.resources,
    listeners: rest.listeners,
    signals: rest.signals,
  });
  const [was, is] = [counts(before), counts(after)];
  return [
    ...Object.keys(is)
      .filter((kind) => is[kind]! > (was[kind] ?? 0))
      .map((kind) => `${kind}: ${was[kind] ?? 0} -> ${is[kind]}`),
    ...after.series.filter((name) => !known.has(name)).map((name) => `series ${name}`),
  ];
}
