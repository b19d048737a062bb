/** Keeps what has happened so far, for whoever shows it. */
import type { Clock } from '../../model/ports';
import type { Users } from '../../sandbox/mesh/users';
import type { Chapter, ChapterName, DemoState, Result, Told } from './demo-state';
import type { CanaryEvent, Lens } from './lens';
import { LIMITS, type Scenario, THRESHOLD } from './scenarios';
import { APP } from './tutorial-objects';

export interface StoryOptions {
  clock: Clock;
  lens: Lens;
  users: Users;
  scenarios: readonly Scenario[];
  speed: number | 'max';
  onTold(told: Told): void;
}

const RUNNING = new Set(['Waiting', 'Progressing', 'WaitingPromotion', 'Promoting', 'Finalising']);

export class Story {
  kubeconfig: string | undefined;
  /** Simulated seconds in a second. */
  speed: number | 'max';
  private readonly startMs: number;
  private readonly chapters: Chapter[];
  private readonly told: Told[] = [];
  private failures = 0;
  private playing: ChapterName = 'bootstrap';
  private measured: Record<string, { successPercent?: number | undefined; p99Ms?: number | undefined }> = {};

  constructor(private readonly options: StoryOptions) {
    this.startMs = options.clock.now();
    this.speed = options.speed;
    const scenarios = options.scenarios.map(({ name, title }) => ({ name, title, state: 'waiting' as const }));
    this.chapters = [{ name: 'bootstrap', title: 'the first version, made ready', state: 'waiting' }, ...scenarios];
    options.lens.onEvent((event) => this.tell(event));
  }

  /** A chapter begins, or ends with a result. */
  chapter(name: ChapterName, result?: Result): Chapter | undefined {
    for (const one of this.chapters) {
      if (one.name === name) Object.assign(one, stateOf(result));
      else if (one.state === 'playing') one.state = 'right';
    }
    this.playing = name;
    return this.chapters.find((one) => one.name === name);
  }

  /** The scenarios are over, the cluster is the user's, in real time. */
  free(): void {
    this.playing = 'free';
    this.speed = 1;
  }

  get elapsedMs(): number {
    return this.options.clock.now() - this.startMs;
  }

  /** Asks Prometheus anew; the state shows the answers from then on. */
  async measure(): Promise<void> {
    const { lens } = this.options;
    const [primary, canary] = await Promise.all([lens.measured(`${APP}-primary`), lens.measured(APP)]);
    this.measured = { primary, canary };
  }

  state(): DemoState {
    const { lens, users } = this.options;
    const step = this.step();
    return {
      speed: this.speed,
      elapsedMs: this.elapsedMs,
      chapters: this.chapters,
      phase: lens.phase(),
      ...(step && { step }),
      failedChecks: { count: this.failedChecks(), threshold: THRESHOLD },
      routes: lens.routes(),
      primary: { ...lens.side(`${APP}-primary`), ...this.measured['primary'] },
      canary: { ...lens.side(APP), ...this.measured['canary'] },
      limits: LIMITS,
      users: { requests: users.seen.requests, errors: users.seen.errors },
      told: this.told,
      free: this.playing === 'free',
      ...(this.kubeconfig !== undefined && { kubeconfig: this.kubeconfig }),
    };
  }

  /** A rollback sets the status back to 0, but people want to see what led to it. */
  private failedChecks(): number {
    const { failedChecks = 0, phase } = this.options.lens.canary()?.status ?? {};
    if (phase !== 'Failed') this.failures = failedChecks;
    return this.failures;
  }

  /** Read from the Canary itself: it may be the user's by now. */
  private step(): DemoState['step'] {
    const { spec, status } = this.options.lens.canary() ?? {};
    if (!spec?.analysis || !RUNNING.has(status?.phase ?? '')) return undefined;
    const { iterations, stepWeight, maxWeight = 100 } = spec.analysis;
    const of = iterations ?? (stepWeight ? Math.ceil(maxWeight / stepWeight) : 0);
    const done = iterations ? (status?.iterations ?? 0) : (status?.canaryWeight ?? 0) / (stepWeight ?? 100);
    return of > 0 ? { done: Math.min(of, Math.floor(done)), of } : undefined;
  }

  private tell({ type, reason, message, count }: CanaryEvent): void {
    const { lens, clock, onTold } = this.options;
    const timeMs = clock.now();
    const told: Told = {
      atMs: timeMs - this.startMs,
      timeMs,
      scenario: this.playing,
      type,
      reason,
      message,
      count,
      phase: lens.phase(),
      weight: lens.routes().canary,
    };
    this.told.push(told);
    onTold(told);
  }
}

function stateOf(result: Result | undefined): Partial<Chapter> {
  if (!result) return { state: 'playing' };
  return { state: result.ok ? 'right' : 'wrong', tookMs: result.tookMs };
}
