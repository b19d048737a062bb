/** Random lives of a Canary: pushes, broken pods, gates, crashes and edits in any order. What must hold whatever happens. */
import type { CanaryAnalysis } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { seeded } from '../../../sandbox/random';
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { Stage } from '../rollout/stage';

// biome-ignore lint/suspicious/noExplicitAny: raw JSON
type Raw = any;

const FIRST_SEED = Number(process.env['SERIN_SEED'] ?? 1);
const SEEDS = Number(process.env['SERIN_SEEDS'] ?? 20);

const STRATEGIES: Partial<CanaryAnalysis>[] = [
  {},
  { mirror: true },
  { iterations: 2 },
  { iterations: 2, mirror: true },
  { stepWeightPromotion: 25 },
];
const IMAGES = ['stefanprodan/podinfo:3.1.0', 'a:1', 'a:2', 'a:3'];
const HOOKS = [
  'confirm-rollout',
  'pre-rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'post-rollout',
] as const;
const CONFIG: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'conf', namespace: 'test' },
  data: { a: '0' },
};

/** One life, with what happened for the message of a failure. */
class Life {
  readonly log: string[] = [];
  private readonly next: () => number;
  readonly stage: Stage;

  constructor(readonly seed: number) {
    this.next = seeded(seed);
    const hooks = HOOKS.map((type) => aHook(type, type));
    const webhooks = this.next() < 0.4 ? [...hooks, aHook('rollback', 'rollback')] : [];
    const target = aDeployment() as Raw;
    target.spec.template.spec.containers[0].envFrom = [{ configMapRef: { name: 'conf' } }];
    this.stage = new Stage(aCanary({ ...this.pick(STRATEGIES), webhooks }), target, CONFIG);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)]!;
  }

  async live(): Promise<void> {
    await this.stage.until('Initialized');
    for (let i = 0; i < 60; i++) {
      if (this.next() < 0.45) this.happen();
      await this.settle();
      this.check();
      this.stage.now += 5_000 + Math.floor(this.next() * 8_000);
    }
  }

  /** Everything works again: a new revision must get out. */
  async heal(): Promise<void> {
    const { stage } = this;
    stage.held.clear();
    stage.settle();
    Object.assign(stage, { hooks: {}, metrics: {}, crash: undefined });
    this.spec((spec) => {
      delete spec.suspend;
      delete spec.skipAnalysis;
    });
    stage.setImage('final:1');
    for (let i = 0; i < 40; i++) {
      await this.settle();
      stage.now += 10_000;
    }
    const { phase, routes, replicas } = stage.rows.at(-1)!;
    const copy = (stage.get('ConfigMap', 'conf-primary') as Raw).data;
    this.expect([phase, routes, replicas, this.image('podinfo-primary'), copy]).toEqual([
      'Succeeded',
      '100/0',
      0,
      'final:1',
      (stage.get('ConfigMap', 'conf') as Raw).data,
    ]);
  }

  private happen(): void {
    const [name, event] = this.pick(Object.entries(this.events));
    event();
    this.log.push(name);
  }

  private readonly events: Record<string, () => void> = {
    push: () => this.stage.setImage(this.pick(IMAGES)),
    bad: () => Object.assign(this.stage.metrics, { 'request-success-rate': 0 }),
    good: () => Object.assign(this.stage.metrics, { 'request-success-rate': 100 }),
    holdCanary: () => this.hold('podinfo'),
    holdPrimary: () => this.hold('podinfo-primary'),
    free: () => {
      this.stage.held.clear();
      this.stage.settle();
    },
    close: () => Object.assign(this.stage.hooks, { [this.pick(HOOKS)]: { passed: false, error: 'closed' } }),
    open: () => Object.assign(this.stage, { hooks: {} }),
    rollback: () => Object.assign(this.stage.hooks, { rollback: { passed: true, body: '' } }),
    crash: () => {
      this.stage.crash = { afterWrites: Math.floor(this.next() * 3), takesEffect: this.next() < 0.5 };
    },
    restart: () => this.stage.restart(),
    skip: () => this.spec((spec) => Object.assign(spec, { skipAnalysis: this.next() < 0.5 })),
    suspend: () => this.spec((spec) => Object.assign(spec, { suspend: this.next() < 0.3 })),
    config: () =>
      this.stage.edit('ConfigMap', 'conf', (object) => {
        (object as Raw).data.a = String(Math.floor(this.next() * 4));
      }),
    loseRoutes: () => this.stage.remove('VirtualService', 'podinfo'),
    loseService: () => this.stage.remove('Service', 'podinfo-canary'),
  };

  private hold(name: string): void {
    this.stage.held.set(name, this.pick(['updating', 'deadline', 'unavailable'] as const));
    this.stage.settle();
  }

  private spec(change: (spec: Raw) => void): void {
    this.stage.edit('Canary', 'podinfo', (object) => change((object as Raw).spec));
  }

  /** Ticks until nothing is due: a Canary that never rests is a busy loop. */
  private async settle(): Promise<void> {
    const { stage } = this;
    for (let i = 0; i < 25; i++) {
      const before = (stage as Raw).version as number;
      const requeueAfterMs = await stage.tick().catch((error: unknown) => {
        if (!/Conflict|modified|crash/.test(String(error))) throw error;
        return 0;
      });
      if (requeueAfterMs !== 0 && (stage as Raw).version === before) {
        const { phase, routes, replicas, reason } = stage.rows.at(-1)!;
        this.log.push(`${phase} ${routes} r${replicas} ${reason}`);
        return;
      }
    }
    throw new Error(`seed ${this.seed}: never rests\n${this.log.slice(-12).join('\n')}`);
  }

  private check(): void {
    const { routes, replicas, reason } = this.stage.rows.at(-1)!;
    if (routes === '-' || reason === 'Suspended') return;
    const [primary = 0, canary = 0] = routes.replace('m', '').split('/').map(Number);
    this.expect(primary + canary).toBe(100);
    if (canary === 0) return;
    this.expect(replicas).toBeGreaterThan(0);
    const wasted = this.available('podinfo') === 0 && this.available('podinfo-primary') > 0;
    this.expect(wasted).toBe(false);
  }

  private available(name: string): number {
    const { spec, status } = this.stage.get('Deployment', name) as Raw;
    return spec.replicas > 0 ? (status?.availableReplicas ?? 0) : 0;
  }

  private image = (name: string): string =>
    (this.stage.get('Deployment', name) as Raw).spec.template.spec.containers[0].image;

  /** An expectation whose failure tells the seed and the last events. */
  private expect(value: unknown): jest.JestMatchers<Raw> {
    const story = `seed ${this.seed}\n${this.log.slice(-12).join('\n')}`;
    return new Proxy(expect(value) as Raw, {
      get: (matchers, name) => (wanted: unknown) => {
        try {
          matchers[name](wanted);
        } catch (error) {
          throw new Error(`${story}\n${(error as Error).message}`, { cause: error });
        }
      },
    });
  }
}

test('whatever happens: sound splits, no pods taken from traffic, no busy loop, and the next good revision gets out', async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const life = new Life(seed);
    await life.live();
    await life.heal();
  }
});
