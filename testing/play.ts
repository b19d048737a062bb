/** Plays a scenario from the first object to the end of the last release. */
import type { Canary } from '../model/canary';
import { providerOf } from '../model/defaults';
import { behaviourText, played } from './behaviours';
import { endOf } from './ending';
import { imageOf, newImage, setImage } from './image';
import { canaryNamed } from './objects';
import type { Outcome } from './outcome';
import { msOf, timeOfDayText, WrittenWrong } from './quantities';
import type { Recorder } from './recorder';
import { DEFAULT_TRAFFIC, type Scenario } from './scenario';
import { Stage } from './stage';
import { playedProvider, startUsers } from './users';
import type { Version } from './version';

/** Whether everything that is expected has been seen, so that the play may end before the release does. */
export type Enough = (recorder: Recorder, nowMs: number) => boolean;

/** Users are there so long before the first release: metrics of the present version have their window. */
const USERS_LEAD_MS = 60_000;
const BOOTSTRAP_LIMIT_MS = 900_000;
const SAMPLE_MS = 10_000;
const DEFAULT_LIMIT = '2h';
const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

/** @throws WrittenWrong for what makes no sense; Error when the first version does not come up */
export async function play(scenario: Scenario, enough: readonly Enough[] = []): Promise<Outcome> {
  const [first] = scenario.releases;
  if (!first) throw new WrittenWrong('rollout', undefined, "say what is released: .release('name', { image: 'v2' })");
  const canary = canaryNamed(scenario.objects, first.name);
  const provider = playedProvider(providerOf(canary, scenario.options.meshProvider));
  const stage = new Stage(scenario, canary, provider);
  try {
    return await new Performance(stage, scenario, canary, enough).run();
  } finally {
    await stage.stop();
  }
}

class Performance {
  private image = '';
  private version: Version;
  private releasedAtMs = 0;
  private before = '';
  private appliedBefore: string | undefined;
  private beforePromotion: Seen | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly scenario: Scenario,
    private readonly canary: Canary,
    private readonly enough: readonly Enough[],
  ) {
    this.version = scenario.releases[0]!.version;
  }

  async run(): Promise<Outcome> {
    const { stage, scenario } = this;
    await this.bootstrap();
    this.begin();
    const limitMs = msOf('limit', scenario.options.limit ?? DEFAULT_LIMIT);
    let inTime = true;
    for (const [index, { version, name }] of scenario.releases.entries()) {
      if (version.at !== undefined) await stage.clock.advanceTo(stage.releaseMs + msOf('at', version.at));
      this.release(name, version);
      const next = scenario.releases[index + 1];
      if (next?.version.at === undefined) inTime = await this.untilEnd(limitMs, next === undefined);
    }
    const tookMs = stage.nowMs() - this.releasedAtMs;
    if (inTime) await this.settle();
    stage.recorder.sample();
    const { users } = stage.sandbox;
    return endOf({
      stage,
      canary: this.canary,
      title: this.title(),
      image: this.image,
      before: this.before,
      tookMs,
      ended: this.ended(),
      users: users.seen,
      beforePromotion: this.beforePromotion,
    });
  }

  /** The first version is up and its users are there. */
  private async bootstrap(): Promise<void> {
    const { stage, scenario, canary } = this;
    await stage.start();
    const ready = () => stage.recorder.canary()?.status?.phase === 'Initialized';
    await stage.clock.runUntil(ready, { limitMs: BOOTSTRAP_LIMIT_MS }).catch(() => {
      const texts = stage.recorder.entries.flatMap((entry) => (entry.kind === 'event' ? [`  ${entry.message}`] : []));
      throw new Error(`the first version of ${canary.metadata.name} does not come up:\n${texts.join('\n')}`);
    });
    const { slowAbove, current } = scenario.options;
    stage.sandbox.users.slowAboveMs = slowAbove === undefined ? durationLimit(canary) : msOf('slowAbove', slowAbove);
    this.before = imageOf(stage.sandbox.store, canary);
    if (current) stage.sandbox.behaviour(this.before, played(current));
    stage.releaseMs = Math.max(stage.releaseMs, stage.clock.now() + USERS_LEAD_MS);
    await stage.clock.advanceTo(stage.releaseMs - USERS_LEAD_MS);
    const all = scenario.traffic.length > 0 ? scenario.traffic : [DEFAULT_TRAFFIC];
    for (const traffic of all) startUsers(stage.sandbox, canary, stage.provider, traffic);
    await stage.clock.advanceTo(stage.releaseMs);
  }

  /** What happens at its time, whatever becomes of the release. */
  private begin(): void {
    const { stage, scenario } = this;
    const { recorder, clock, sandbox } = stage;
    recorder.entries.length = 0;
    sandbox.users.reset();
    for (const { every, for: length, slowdown, nodes } of scenario.neighbours) {
      const everyMs = msOf('every', every);
      sandbox.neighbour({ everyMs, forMs: msOf('for', length), slowdown, ...(nodes !== undefined && { nodes }) });
    }
    for (const { what, fromMs, untilMs } of scenario.outages) {
      const at = (ms: number, text: string, then?: () => void) => {
        if (!Number.isFinite(ms)) return;
        clock.after(ms, () => {
          recorder.note({ kind: 'fault', text });
          then?.();
        });
      };
      at(fromMs, `${OUTAGES[what]} down`, what === 'controller' ? () => stage.kill() : undefined);
      at(untilMs, `${OUTAGES[what]} back`, what === 'controller' ? () => stage.revive() : undefined);
    }
    recorder.onEntry = (entry) => {
      if (entry.kind !== 'phase' || (entry.phase !== 'Promoting' && entry.phase !== 'Finalising')) return;
      this.beforePromotion ??= sandbox.users.seen.byVersion[this.image] ?? { requests: 0, errors: 0 };
    };
    this.sampling();
  }

  private sampling(): void {
    this.stage.recorder.sample();
    this.stage.clock.after(SAMPLE_MS, () => this.sampling());
  }

  private release(name: string, version: Version): void {
    const { stage, canary } = this;
    const { store } = stage.sandbox;
    const asked = canaryNamed(this.scenario.objects, name).metadata.name;
    if (asked !== canary.metadata.name) throw new WrittenWrong('release', name, 'a test is about one Canary');
    const current = imageOf(store, canary);
    const image = newImage(current, version.image);
    if (image === current) throw new WrittenWrong('image', version.image, 'it runs already: release another one');
    this.image = image;
    this.version = version;
    this.beforePromotion = undefined;
    this.releasedAtMs = stage.nowMs();
    this.appliedBefore = stage.recorder.canary()?.status?.lastAppliedSpec;
    stage.sandbox.behaviour(image, played(version));
    stage.recorder.note({ kind: 'release', image });
    setImage(store, canary, image);
  }

  /** @returns false when the time is over before */
  private untilEnd(limitMs: number, last: boolean): Promise<boolean> {
    const { stage, enough } = this;
    const isOver = () => this.ended() || (last && enough.some((seen) => seen(stage.recorder, stage.nowMs())));
    return stage.clock.runUntil(isOver, { limitMs }).then(
      () => true,
      () => false,
    );
  }

  private ended(): boolean {
    const { phase = '', lastAppliedSpec } = this.stage.recorder.canary()?.status ?? {};
    return lastAppliedSpec !== this.appliedBefore && ENDED.has(phase);
  }

  /** Last events are written after what they tell of, and pods need a moment to go. */
  private async settle(): Promise<void> {
    await this.stage.clock.advance(this.ended() ? TIDY_MS : 0);
  }

  private title(): string {
    const { options, traffic } = this.scenario;
    const users = (traffic.length > 0 ? traffic : [DEFAULT_TRAFFIC]).map(({ perSecond }) =>
      typeof perSecond === 'number' ? `${perSecond}/s` : 'by the hour',
    );
    const start = timeOfDayText(this.stage.releaseMs);
    const provider = providerOf(this.canary, options.meshProvider);
    const instead = provider === this.stage.provider ? '' : `, ${provider} played with ${this.stage.provider}`;
    const title = `${this.image} (${behaviourText(this.version)}), users ${users.join(' + ')}, at ${start} UTC`;
    return `${title}, seed ${options.seed ?? 1}${instead}`;
  }
}

type Seen = { requests: number; errors: number; slow?: number };

const TIDY_MS = 15_000;
const OUTAGES = { metrics: 'metrics', api: 'API server', controller: 'controller' };

/** What the Canary itself calls too slow. */
function durationLimit(canary: Canary): number | undefined {
  const metric = canary.spec.analysis.metrics?.find(({ name }) => name === 'request-duration');
  return metric?.thresholdRange?.max ?? metric?.threshold;
}
