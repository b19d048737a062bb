import type * as pulumi from '@pulumi/pulumi';
import { ApiObject, App, Chart, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-33';
import { Bootstrap, Canary, Metric } from '../../constructs';
import { bridge } from '../../pulumi';
import { type Engine, knownOf, startEngine } from './engine';

const labels = { app: 'podinfo' };

/** A chart with a Namespace, a target and its Canary; the Canary comes first, so that the order must be made. */
function chartOf(bootstrap: Bootstrap, threshold = 5): Chart {
  const chart = new Chart(new App(), 'release', { namespace: 'test' });
  const target = new ApiObject(chart, 'target', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'podinfo', labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'podinfod', image: 'podinfo:1' }] } },
    },
  });
  new Canary(chart, 'canary', {
    target,
    bootstrap,
    service: { port: 9898 },
    analysis: { interval: Duration.minutes(1), threshold, stepWeight: 10, metrics: [Metric.successRate({ min: 99 })] },
  });
  new kplus.Namespace(chart, 'namespace', { metadata: { name: 'test' } });
  return chart;
}

const names = (engine: Engine) => engine.registered.map(({ name }) => name);

async function settle(bridged: ReturnType<typeof bridge>): Promise<void> {
  for (const resource of bridged.resources.values()) await knownOf(resource.urn);
}

it('makes one resource of each object, after what it depends on', async () => {
  const engine = await startEngine();
  const bridged = bridge(chartOf(Bootstrap.CONTROLLER));
  await settle(bridged);
  expect(names(engine)).toEqual(['release/namespace/Resource', 'release/target', 'release/canary/Resource']);
  expect(engine.registered.map(({ type }) => type)).toEqual([
    'kubernetes:core/v1:Namespace',
    'kubernetes:apps/v1:Deployment',
    'kubernetes:flagger.app/v1beta1:Canary',
  ]);
  expect([...bridged.outcomes.keys()]).toEqual(['release/canary/Resource']);
  expect(engine.find('release/canary/Resource')?.inputs).toMatchObject({
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: { targetRef: { kind: 'Deployment', name: 'podinfo' } },
  });
});

it('does not wait for the pods of a target, which the controller scales', async () => {
  const engine = await startEngine();
  await settle(bridge(chartOf(Bootstrap.CONTROLLER), { wait: false }));
  expect(engine.find('release/target')?.inputs['metadata']).toMatchObject({
    annotations: { 'pulumi.com/skipAwait': 'true', 'pulumi.com/patchForce': 'true' },
  });
  expect(engine.find('release/namespace/Resource')?.inputs['metadata']).not.toHaveProperty('annotations');
});

it('makes what the controller will own before its Canary, and never changes it again', async () => {
  const engine = await startEngine();
  const ignored = new Map<string, string[]>();
  const transformations: pulumi.ResourceTransformation[] = [
    ({ name, opts }) => {
      ignored.set(name, opts.ignoreChanges ?? []);
      return undefined;
    },
  ];
  await settle(bridge(chartOf(Bootstrap.SYNTH), { transformations }));
  const owned = engine.registered.filter(({ name }) => name.startsWith('release-bootstrap/'));
  expect(owned.map(({ inputs }) => inputs['kind'])).toEqual(
    expect.arrayContaining(['Deployment', 'Service', 'VirtualService', 'DestinationRule']),
  );
  for (const { inputs, name } of owned) {
    expect(inputs).toMatchObject({ metadata: { annotations: { 'pulumi.com/skipAwait': 'true' } } });
    expect(ignored.get(name)).toEqual(expect.arrayContaining(['spec', 'metadata']));
  }
  expect(ignored.get('release/target')).toEqual(['spec.replicas']);
  expect(names(engine).at(0)).toBe('release/namespace/Resource');
  expect(names(engine).at(-1)).toBe('release/canary/Resource');
});

it('refuses what app.synth() refuses', async () => {
  await startEngine();
  const chart = chartOf(Bootstrap.CONTROLLER, -1);
  expect(() => bridge(chart)).toThrow(/chart release has 1 errors:\n {2}\[release\/canary\] spec\.analysis\.threshold/);
});

it('keeps the data of Secrets secret, and the status of objects out', async () => {
  const engine = await startEngine();
  const chart = new Chart(new App(), 'release');
  new ApiObject(chart, 'keys', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys' },
    stringData: { a: 'b' },
  });
  new ApiObject(chart, 'odd', { apiVersion: 'example.com/v1', kind: 'Odd', metadata: { name: 'odd' }, status: {} });
  const bridged = bridge(chart);
  await settle(bridged);
  const keys = bridged.resources.get('release/keys') as unknown as { stringData: { isSecret: Promise<boolean> } };
  expect(await keys.stringData.isSecret).toBe(true);
  expect(engine.find('release/odd')?.inputs).not.toHaveProperty('status');
});
