/** An application without Canary, as a Prometheus has seen it. */
import { VirtualClock } from '../../sandbox/clock';
import { createSandbox, type Sandbox } from '../../sandbox/world';

export interface PastApplication {
  /** Stands still. */
  sandbox: Sandbox;
  /** Unix milliseconds of its end, and of the update. */
  now: number;
  releasedAt: number;
}

/** v1 for a quarter of an hour, then a rolling update to v2, of which every fifth request fails; in all 1,210 s. */
export async function pastApplication(startMs: number): Promise<PastApplication> {
  const clock = new VirtualClock(startMs);
  const sandbox = createSandbox({ clock });
  sandbox.start();
  const labels = { app: 'podinfo' };
  const template = (image: string) => ({ metadata: { labels }, spec: { containers: [{ name: 'podinfod', image }] } });
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: template('podinfo:v1') },
  };
  const { store } = sandbox;
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'test' } });
  const created = store.create(deployment);
  const service = { ports: [{ port: 9898 }], selector: labels };
  store.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'podinfo', namespace: 'test' }, spec: service });
  sandbox.behaviour('*:v2', { errorRate: 0.2 });
  sandbox.behaviour('*:v1', { errorRate: 0.002 });
  await clock.advance(10_000);
  sandbox.load({ url: 'http://podinfo.test:9898/', qps: 10 });
  await clock.advance(900_000);
  const releasedAt = clock.now();
  const live = structuredClone(store.get({ ...created, namespace: 'test', name: 'podinfo' })!) as typeof deployment;
  live.spec.template = template('podinfo:v2');
  store.update(live);
  await clock.advance(300_000);
  sandbox.stop();
  return { sandbox, now: clock.now(), releasedAt };
}
