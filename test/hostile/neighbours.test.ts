/** One Canary's hostile template, hook, chat or spec does not move the ticks of another, on the whole controller. */
import type { Canary } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import type { Http, HttpResponse } from '../../model/ports';
import type { Raw } from '../controller/rollout/staged';
import type { Cluster } from '../controller/sandbox/cluster';
import { bootstrapped } from '../controller/sandbox/podinfo';
import { aCanary, aDeployment, aHook } from '../fixtures';
import { LIMIT_MS } from './cases';

const answer = (text: (limit?: number) => Promise<string>): HttpResponse => ({
  status: 200,
  headers: {},
  text,
  async *lines() {
    yield await text();
  },
});

/** Only who hangs up gets away. */
const never = (signal?: AbortSignal) =>
  new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));

/** Servers by host, each of its own kind of malice. */
const SERVERS: Record<string, Http> = {
  'silent.test': ({ signal }) => never(signal),
  'endless.test': async ({ signal }) => answer(() => never(signal)),
  'huge.test': async () => answer(async (limit = 0) => '['.repeat(Math.min(limit, 8 * 1024 * 1024))),
  'deep.test': async () => answer(async () => `${'{"data":'.repeat(200_000)}1${'}'.repeat(200_000)}`),
  'many.test': async () => {
    const result = Array.from({ length: 40_000 }, (_, index) => ({
      metric: { a: `${index}` },
      value: [1, `${index}`],
    }));
    return answer(async () => JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  },
};

const meta = (name: string) => ({ apiVersion: 'flagger.app/v1beta1', metadata: { name, namespace: 'test' } });

/** What a neighbour has in its analysis, by what is wrong with it. */
const NEIGHBOURS: Record<string, Partial<Canary['spec']['analysis']>> = {
  ...Object.fromEntries(
    Object.keys(SERVERS).map((host) => [
      `metrics of ${host}`,
      { metrics: [{ name: 'mine', templateRef: { name: host }, thresholdRange: { max: 1 } }] },
    ]),
  ),
  'a template that loops': {
    metrics: [
      {
        name: 'mine',
        templateRef: { name: 'loop' },
        thresholdRange: { max: 1 },
        templateVariables: Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`v${index}`, 'x'])),
      },
    ],
  },
  'a hook that hangs for an hour': {
    webhooks: [aHook('slow', 'rollout', { url: 'http://silent.test/', timeout: '1h', retries: 10 })],
  },
  'a hook that answers without end': {
    webhooks: [aHook('long', 'rollout', { url: 'http://endless.test/', timeout: '1h' })],
  },
  'a chat that hangs': { alerts: [{ name: 'all', severity: 'info', providerRef: { name: 'silent' } }] },
  'a template that does not exist': {
    metrics: [{ name: 'mine', templateRef: { name: 'nowhere' }, thresholdRange: { max: 1 } }],
  },
};

function add(cluster: Cluster, index: number, analysis: object): void {
  const name = `neighbour-${index}`;
  const deployment = aDeployment('app:1') as Raw;
  deployment.metadata.name = name;
  deployment.spec.selector.matchLabels = { app: name };
  deployment.spec.template.metadata.labels = { app: name };
  const canary = aCanary({ iterations: 50, metrics: [], threshold: 1000, ...analysis }, { provider: 'kubernetes' });
  canary.metadata = { name, namespace: 'test' };
  canary.spec.targetRef.name = name;
  cluster.create(deployment as KubeObject);
  cluster.create(canary as KubeObject);
}

/** When each weight of podinfo came, milliseconds after the push, with these neighbours in the middle of their runs. */
async function weightsOf(neighbours: object[]): Promise<{ times: number[]; phases: string[] }> {
  const cluster = await bootstrapped({ webhooks: [] });
  for (const [host, http] of Object.entries(SERVERS)) {
    cluster.sandbox.host(host, http);
    const provider = { type: 'prometheus', address: `http://${host}` };
    cluster.create({ ...meta(host), kind: 'MetricTemplate', spec: { provider, query: 'up' } });
  }
  const loop = `${'{{ range variables }}'.repeat(6)}x${'{{ end }}'.repeat(6)}`;
  const provider = { type: 'prometheus', address: 'http://silent.test' };
  cluster.create({ ...meta('loop'), kind: 'MetricTemplate', spec: { provider, query: loop } });
  cluster.create({ ...meta('silent'), kind: 'AlertProvider', spec: { type: 'slack', address: 'http://silent.test/' } });
  neighbours.forEach((analysis, index) => {
    add(cluster, index, analysis);
  });
  await cluster.clock.advance(60_000);
  neighbours.forEach((_, index) => {
    cluster.edit('deployment', `neighbour-${index}`, (object: Raw) => {
      object.spec.template.spec.containers[0].image = 'app:2';
    });
  });
  await cluster.clock.advance(60_000);
  const from = cluster.clock.now();
  cluster.setImage('stefanprodan/podinfo:3.1.1');
  const times: number[] = [];
  for (const routes of ['90/10', '80/20', '70/30', '60/40', '50/50', '100/0']) {
    await cluster.clock.runUntil(() => cluster.routes() === routes, { limitMs: 300_000 });
    times.push(cluster.clock.now() - from);
  }
  const phases = neighbours.map((_, index) => (cluster.get('canary', `neighbour-${index}`) as Raw).status?.phase);
  await cluster.stop();
  return { times, phases };
}

test(
  `beside ${Object.keys(NEIGHBOURS).length} hostile neighbours every weight comes when it comes alone`,
  async () => {
    const alone = await weightsOf([]);
    const crowded = await weightsOf(Object.values(NEIGHBOURS));
    expect(crowded.phases).toEqual(crowded.phases.map(() => 'Progressing'));
    const late = crowded.times.map((ms, index) => Math.abs(ms - alone.times[index]!));
    expect(Math.max(...late)).toBeLessThan(500);
  },
  LIMIT_MS,
);
