import type { DemoState, Told } from '../../../cli/demo/demo-state';

/** A demo in the middle of its bad release. */
export function aState(change: Partial<DemoState> = {}): DemoState {
  return {
    speed: 4,
    elapsedMs: 106_000,
    chapters: [
      { name: 'bootstrap', title: 'the first version, made ready', state: 'right' },
      { name: 'promote', title: 'a good release is promoted', state: 'right', tookMs: 61_000 },
      { name: 'rollback', title: 'a release that breaks under load is rolled back', state: 'playing' },
      { name: 'mirror', title: 'a release is tried on copies of the traffic first', state: 'waiting' },
    ],
    phase: 'Progressing',
    step: { done: 2, of: 5 },
    failedChecks: { count: 1, threshold: 3 },
    routes: { primary: 80, canary: 20, mirrored: false },
    primary: { version: '3.1.1', ready: 2, wanted: 2, successPercent: 100, p99Ms: 49.6 },
    canary: { version: '3.1.2', ready: 2, wanted: 2, successPercent: 77.02, p99Ms: 512.4 },
    limits: { successPercent: 99, p99Ms: 500 },
    users: { requests: 1_240, errors: 36 },
    told: [
      told(82, 'Normal', 'New revision detected! Scaling up podinfo.test', 0),
      told(
        82,
        'Warning',
        'canary deployment podinfo.test not ready: waiting for rollout to finish: 0 of 2 (readyThreshold 100%) updated replicas are available',
        0,
      ),
      told(86, 'Normal', 'Advance podinfo.test canary weight 10', 10),
      told(96, 'Normal', 'Advance podinfo.test canary weight 20', 20),
      { ...told(106, 'Warning', 'Halt podinfo.test advancement success rate 77.02% < 99%', 20), count: 2 },
    ],
    kubeconfig: '/tmp/serin-aBcDeF/kubeconfig',
    ...change,
  };
}

export function told(atSeconds: number, type: Told['type'], message: string, weight: number): Told {
  const at = { atMs: atSeconds * 1000, timeMs: Date.UTC(2026, 0, 1) + atSeconds * 1000 };
  return { ...at, scenario: 'rollback', type, reason: 'Synced', message, count: 1, phase: 'Progressing', weight };
}
