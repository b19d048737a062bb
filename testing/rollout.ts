import { Expectation } from './expectation';
import { objectsFrom } from './objects';
import type { Outcome, Timeline } from './outcome';
import { play } from './play';
import { msOf, type Time } from './quantities';
import type { Outage, Past, Scenario, ScriptedHook } from './scenario';
import type { Source } from './source';
import type { Version } from './version';
import type { During, HookScript, MetricScript, NoisyNeighbour, RolloutOptions, Traffic } from './world';

/** A release that can be played. Nothing changes it: each method gives a new one, so that tests can share a beginning. */
export class Rollout {
  /** @internal */
  constructor(private readonly scenario: Scenario) {}

  /**
   * Releases a version: the edit that a deployment would make.
   * @param name of the Canary, or of its target
   */
  release(name: string, version: Version): Rollout {
    return this.with({ releases: [...this.scenario.releases, { name, version }] });
  }

  /** Adds users. Without any there are 20 requests a second. */
  traffic(traffic: Traffic): Rollout {
    return this.with({ traffic: [...this.scenario.traffic, traffic] });
  }

  /** Options over those that were given. */
  options(options: RolloutOptions): Rollout {
    return this.with({ options: { ...this.scenario.options, ...options } });
  }

  /** Prometheus, and all scripted metrics, refuse connections. */
  metricsDown(during: During = {}): Rollout {
    return this.outage('metrics', during);
  }

  /** The API server refuses connections and drops its watches. */
  apiServerDown(during: During = {}): Rollout {
    return this.outage('api', during);
  }

  /** The controller's process is killed, and another one starts later. */
  controllerDown(during: During = {}): Rollout {
    return this.outage('controller', during);
  }

  /** Other work makes the answers of some pods slow at times. */
  noisyNeighbour(neighbour: NoisyNeighbour): Rollout {
    return this.with({ neighbours: [...this.scenario.neighbours, neighbour] });
  }

  /** A webhook or gate answers as the script says. Without a script they say yes (200), those of type rollback no (403). */
  webhook(name: string, script: HookScript, during: During = {}): Rollout {
    return this.hook(name, script, during);
  }

  /** A webhook gets no answer. */
  webhookHangs(name: string, during: During = {}): Rollout {
    return this.hook(name, 'hangs', during);
  }

  /** A gate is closed until somebody approves; one of type rollback says no until then, and yes from then on. */
  approve(name: string, options: { at: Time }): Rollout {
    return this.hook(name, 403, { for: options.at }).hook(name, 200, { at: options.at });
  }

  /** A gate is closed, from that time on for good. */
  reject(name: string, options: { at?: Time } = {}): Rollout {
    return this.hook(name, 403, options);
  }

  /** A gate is closed for a while. */
  hold(name: string, during: During): Rollout {
    return this.hook(name, 403, during);
  }

  /** What a metric of a MetricTemplate or of an inline query says, by its name in the Canary. */
  metric(name: string, script: MetricScript): Rollout {
    return this.with({ metrics: new Map([...this.scenario.metrics, [name, script]]) });
  }

  /** Webhooks without a script reach the built-in load tester: its load is made, its gates are closed until opened. */
  withLoadTester(): Rollout {
    return this.with({ loadTester: true });
  }

  /** What the release is expected to do. */
  expect(): Expectation {
    return new Expectation(this.scenario, []);
  }

  /** Plays the release and says what became of it, whatever it is. */
  run(): Promise<Outcome> {
    return play(this.scenario);
  }

  /** Plays the release and says what happened, as data. */
  async timeline(): Promise<Timeline> {
    return (await this.run()).timeline;
  }

  /** @internal */
  inThePast(past: Past): Rollout {
    return this.with({ past });
  }

  private with(change: Partial<Scenario>): Rollout {
    return new Rollout({ ...this.scenario, ...change });
  }

  private outage(what: Outage['what'], during: During): Rollout {
    return this.with({ outages: [...this.scenario.outages, { what, ...stretch(during) }] });
  }

  private hook(name: string, script: HookScript, during: During): Rollout {
    const webhooks = this.scenario.objects.flatMap(webhookNames);
    if (!webhooks.includes(name)) {
      throw new Error(`no webhook is called ${name}: the Canaries have ${webhooks.join(', ') || 'none'}`);
    }
    const scripted: ScriptedHook = { name, script, ...stretch(during) };
    return this.with({ hooks: [...this.scenario.hooks, scripted] });
  }
}

function stretch({ at, for: length }: During): { fromMs: number; untilMs: number } {
  const fromMs = at === undefined ? 0 : msOf('at', at);
  return { fromMs, untilMs: length === undefined ? Number.POSITIVE_INFINITY : fromMs + msOf('for', length) };
}

function webhookNames(object: Scenario['objects'][number]): string[] {
  const spec = object['spec'] as { analysis?: { webhooks?: { name: string }[] } } | undefined;
  return object.kind === 'Canary' ? (spec?.analysis?.webhooks ?? []).map(({ name }) => name) : [];
}

/**
 * A rollout test: the very program or manifest that is deployed, on the real controller, in simulated time.
 * @param source a cdk8s Chart or App, plain objects, or a text of YAML documents
 * @example
 * await rollout(chart).release('podinfo', { image: 'v2', errors: '5%' }).expect().rolledBack({ within: '3m' })
 */
export function rollout(source: Source, options: RolloutOptions = {}): Rollout {
  return new Rollout({
    objects: objectsFrom(source),
    options,
    traffic: [],
    releases: [],
    outages: [],
    hooks: [],
    metrics: new Map(),
    neighbours: [],
    loadTester: false,
  });
}
