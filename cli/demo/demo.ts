/** `serin demo`: the tutorial in one process, from an empty cluster to its outcomes. */
import { VirtualClock } from '../../sandbox/clock';
import { openDoors } from '../doors';
import { type EmbeddedCluster, embeddedCluster } from '../embedded-cluster';
import { keepPace, type Pace } from '../pace';
import { coloursOf, type Terminal } from '../terminal';
import { EXIT } from '../usage-error';
import type { Result } from './demo-state';
import { jsonReporter } from './json-reporter';
import { Lens } from './lens';
import { liveReporter } from './live-reporter';
import { plainReporter } from './plain-reporter';
import { play } from './play';
import type { Reporter } from './reporter';
import { RUN_LIMIT_MS, type ScenarioName, scenariosOf } from './scenarios';
import { Story } from './story';
import { NAMESPACE } from './tutorial-objects';

export interface DemoOptions {
  scenario: ScenarioName | 'all';
  /** Simulated seconds in a second. */
  speed: number | 'max';
  exit?: boolean;
  json?: boolean;
  port: number;
  color: boolean;
}

/** What the bootstrap and each scenario take, about. */
const BOOTSTRAP_MS = 20_000;
const SCENARIO_MS = 75_000;
/** The tutorial's intervals are a minute, the demo's ten seconds: Prometheus has to keep up. */
const SCRAPE_MS = 2_000;

/** Plays until the end, or until a signal. @returns the exit code: 0 only when each outcome was right */
export async function runDemoVerb(options: DemoOptions, terminal: Terminal): Promise<number> {
  const clock = new VirtualClock(startOf(options));
  return new Demo(options, terminal, clock, reporterFor(options, terminal)).run();
}

/** Simulated time begins in the past and catches up with the wall's, so that the ages that kubectl shows are right. */
function startOf({ scenario, speed }: DemoOptions): number {
  const simulatedMs = BOOTSTRAP_MS + scenariosOf(scenario).length * SCENARIO_MS;
  const wallMs = speed === 'max' ? 0 : simulatedMs / speed;
  return Math.floor((Date.now() - simulatedMs + wallMs) / 1000) * 1000;
}

function reporterFor({ json, color }: DemoOptions, terminal: Terminal): Reporter {
  const { stdout, env } = terminal;
  if (json) return jsonReporter(stdout);
  const colours = coloursOf(stdout, env, color);
  const live = stdout.isTTY === true && env['TERM'] !== 'dumb' && !env['CI'];
  return live ? liveReporter(stdout, colours) : plainReporter(stdout, colours);
}

class Demo {
  private readonly cluster: EmbeddedCluster;
  private readonly closing: (() => Promise<unknown>)[] = [];
  private readonly broken: Promise<never>;
  private fail: (error: unknown) => void = () => undefined;
  private pace: Pace | undefined;
  private story: Story | undefined;

  constructor(
    private readonly options: DemoOptions,
    private readonly terminal: Terminal,
    private readonly clock: VirtualClock,
    private readonly reporter: Reporter,
  ) {
    this.cluster = embeddedCluster({ clock, withController: true, scrapeIntervalMs: SCRAPE_MS });
    this.broken = new Promise((_resolve, reject) => {
      this.fail = reject;
    });
    this.broken.catch(() => undefined);
  }

  async run(): Promise<number> {
    const { options, reporter } = this;
    const interrupted = this.terminal.interrupted.then(() => undefined);
    try {
      const kubeconfig = await this.openDoors();
      const results = await Promise.race([this.moving(this.perform(kubeconfig)), interrupted, this.broken]);
      if (results === undefined) return EXIT.interrupted;
      reporter.end(results, !options.exit);
      if (!options.exit) await this.keep(interrupted);
      return results.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
    } finally {
      reporter.close?.();
      await this.close();
    }
  }

  /** The path of the kubeconfig; a run for scripts needs no sockets. */
  private async openDoors(): Promise<string | undefined> {
    const { speed, exit, port } = this.options;
    if (speed === 'max' && exit) return undefined;
    const doors = await openDoors(this.cluster.sandbox, { port, prometheusPort: 0, namespace: NAMESPACE });
    this.closing.push(doors.close);
    return doors.kubeconfig;
  }

  private async perform(kubeconfig: string | undefined): Promise<Result[]> {
    const { clock, cluster, reporter, options } = this;
    await cluster.start();
    const { sandbox, client } = cluster;
    const scenarios = scenariosOf(options.scenario);
    const lens = new Lens(sandbox);
    const onTold = reporter.told?.bind(reporter) ?? (() => undefined);
    const story = new Story({ clock, lens, users: sandbox.users, scenarios, speed: options.speed, onTold });
    this.story = story;
    story.kubeconfig = kubeconfig;
    reporter.begin?.(story);
    return play({ clock, sandbox, client, lens }, scenarios, (name, result) => {
      const chapter = story.chapter(name, result);
      if (chapter) reporter.chapter?.(chapter, result);
    });
  }

  /** Moves the clock until the work is done: at a pace, or as fast as it goes. */
  private moving<T>(work: Promise<T>): Promise<T> {
    const { speed } = this.options;
    if (speed === 'max') return runThrough(this.clock, work, 5 * RUN_LIMIT_MS);
    this.pace = keepPace(this.clock, speed, this.fail);
    return work;
  }

  /** Lets the cluster live on in real time. */
  private async keep(interrupted: Promise<undefined>): Promise<void> {
    this.pace ??= keepPace(this.clock, 1, this.fail);
    this.pace.speed(1);
    this.story?.free();
    await Promise.race([interrupted, this.broken]);
  }

  private async close(): Promise<void> {
    for (const close of this.closing) await close();
    await this.pace?.stop();
    await runThrough(this.clock, this.cluster.stop(), 60_000).catch(() => undefined);
  }
}

/** Moves the clock from timer to timer until the work is done. @throws what the work throws */
async function runThrough<T>(clock: VirtualClock, work: Promise<T>, limitMs: number): Promise<T> {
  let done = false;
  const settled = work.finally(() => {
    done = true;
  });
  settled.catch(() => undefined);
  await clock.runUntil(() => done, { limitMs });
  return settled;
}
