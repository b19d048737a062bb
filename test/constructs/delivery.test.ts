/** What the constructs emit for each way to apply, manifest by manifest. */
import { ApiObject, type App, Chart, JsonPatch } from 'cdk8s';
import { ArgoCdApplication, Bootstrap, type CanaryProps, Delivery } from '../../constructs';
import { aCanary, aChart, aDeployment, type Manifest, PLUS_VERSIONS, synthesised } from './fixtures';

const bootstrap = Bootstrap.SYNTH;

function released(props: Partial<CanaryProps>) {
  const chart = aChart();
  const canary = aCanary(chart, props);
  const once = canary.bootstrapChart ? synthesised(canary.bootstrapChart) : {};
  return { chart, canary, ordinary: synthesised(chart), once };
}

const anAutoscaler = (chart: Chart) =>
  new ApiObject(chart, 'scaler', {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'podinfo' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' }, maxReplicas: 3 },
  });

describe.each([Delivery.KUBECTL, Delivery.FLUX])('with %s', (delivery) => {
  it('leaves replicas out of the target and says them by annotation', () => {
    const { ordinary, once } = released({ delivery, bootstrap });
    const target = ordinary['Deployment/podinfo'];
    expect(target.spec).not.toHaveProperty('replicas');
    expect(target.metadata.annotations).toEqual({ 'serin.dev/wanted-replicas': '2' });
    expect(once['Deployment/podinfo-primary'].spec.replicas).toBe(2);
    expect(once['Deployment/podinfo-primary'].metadata.annotations).not.toHaveProperty('serin.dev/wanted-replicas');
  });

  it('says nothing of replicas that an autoscaler decides', () => {
    const chart = aChart();
    aCanary(chart, { delivery, autoscaler: anAutoscaler(chart) });
    const target = synthesised(chart)['Deployment/podinfo'];
    expect(target.spec).not.toHaveProperty('replicas');
    expect(target.metadata).not.toHaveProperty('annotations');
  });

  it.each(PLUS_VERSIONS)('follows a Deployment of $name and its patches', ({ plus }) => {
    const chart = aChart();
    const target = new plus.Deployment(chart, 'podinfo', {
      metadata: { name: 'podinfo', annotations: { mine: 'yes' } },
      select: false,
      podMetadata: { labels: { app: 'podinfo' } },
      containers: [{ image: 'podinfo:1' }],
    });
    target.select(plus.LabelSelector.of({ labels: { app: 'podinfo' } }));
    aCanary(chart, { delivery, target });
    ApiObject.of(target).addJsonPatch(JsonPatch.replace('/spec/replicas', 5));
    const manifest = synthesised(chart)['Deployment/podinfo'];
    expect(manifest.spec).not.toHaveProperty('replicas');
    expect(manifest.metadata.annotations).toEqual({ mine: 'yes', 'serin.dev/wanted-replicas': '5' });
  });
});

it('changes no manifest where it is not said', () => {
  const { ordinary } = released({});
  expect(ordinary['Deployment/podinfo'].spec.replicas).toBe(2);
  expect(ordinary['Deployment/podinfo'].metadata.annotations).toBeUndefined();
});

it('changes no manifest of a target that is a mere reference', () => {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' };
  expect(Object.keys(released({ target, delivery: Delivery.FLUX }).ordinary)).toEqual(['Canary/podinfo']);
});

it('lets Flux make the bootstrap objects once, and neither change nor delete them', () => {
  const { once } = released({ delivery: Delivery.FLUX, bootstrap });
  expect(Object.keys(once)).toHaveLength(7);
  for (const { metadata } of Object.values(once)) {
    expect(metadata.annotations).toMatchObject({
      'serin.dev/canary': 'podinfo',
      'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    });
    // Flux would never make an object that says so.
    expect(metadata.annotations).not.toHaveProperty('kustomize.toolkit.fluxcd.io/reconcile');
  }
});

describe('Argo CD', () => {
  const delivery = Delivery.ARGO_CD;

  it('keeps the bootstrap objects when their manifest goes', () => {
    for (const { metadata } of Object.values(released({ delivery, bootstrap }).once)) {
      expect(metadata.annotations).toMatchObject({
        'argocd.argoproj.io/sync-options': 'Prune=false',
        'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
      });
    }
  });

  it('keeps replicas in the target, which it makes with them, and ignores them from then on', () => {
    const { ordinary, canary } = released({ delivery });
    expect(ordinary['Deployment/podinfo'].spec.replicas).toBe(2);
    expect(canary.argoCdIgnoreDifferences()).toEqual([
      { group: 'apps', kind: 'Deployment', name: 'podinfo', namespace: 'test', jsonPointers: ['/spec/replicas'] },
    ]);
  });

  it('ignores nothing of a target that says nothing', () => {
    const chart = aChart();
    const target = aDeployment(chart);
    target.addJsonPatch(JsonPatch.remove('/spec/replicas'));
    expect(aCanary(chart, { target, delivery }).argoCdIgnoreDifferences()).toEqual([]);
  });

  it('ignores what is in each bootstrap object', () => {
    const chart = aChart();
    new ApiObject(chart, 'config', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: 'b' } });
    const target = aDeployment(chart, {
      containers: [{ name: 'a', image: 'a', envFrom: [{ configMapRef: { name: 'c' } }] }],
    });
    const rules = aCanary(chart, { target, delivery, bootstrap }).argoCdIgnoreDifferences();
    const about = (kind: string, name: string) => rules.find((rule) => rule.kind === kind && rule.name === name);
    const metadata = ['/metadata/labels', '/metadata/annotations'];
    expect(about('Deployment', 'podinfo-primary')?.jsonPointers).toEqual(['/spec', ...metadata]);
    expect(about('ConfigMap', 'c-primary')).toEqual({
      kind: 'ConfigMap',
      name: 'c-primary',
      namespace: 'test',
      jsonPointers: ['/data', ...metadata],
    });
    expect(rules).toHaveLength(9);
  });

  it('ignores what the controller changes of objects that it takes over', () => {
    const chart = aChart();
    const make = (kind: string, name: string, apiVersion = 'v1') =>
      new ApiObject(chart, `${kind}-${name}`, { apiVersion, kind, metadata: { name }, spec: {} });
    make('Service', 'podinfo');
    make('Service', 'other');
    make('VirtualService', 'podinfo', 'networking.istio.io/v1');
    const rules = aCanary(chart, { delivery }).argoCdIgnoreDifferences();
    expect(rules.map(({ kind, name, jsonPointers }) => [kind, name, ...jsonPointers])).toEqual([
      ['Deployment', 'podinfo', '/spec/replicas'],
      ['Service', 'podinfo', '/spec/selector', '/spec/ports'],
      ['VirtualService', 'podinfo', '/spec'],
    ]);
  });

  const anApplication = (chart: Chart, props = {}) =>
    new ArgoCdApplication(new Chart(chart.node.root as App, 'argo-cd'), 'app', {
      metadata: { name: 'podinfo' },
      releases: [chart],
      ...props,
    });
  const specOf = ({ apiObject }: ArgoCdApplication): Manifest => apiObject.toJson().spec;

  it('gets an Application with the rules of all Canaries', () => {
    const chart = aChart();
    const canary = aCanary(chart, { delivery, bootstrap });
    const app = anApplication(chart, {
      source: { repoURL: 'https://git.example.com/podinfo', path: 'dist', targetRevision: 'main' },
      destination: { name: 'in-cluster', namespace: 'test' },
      automated: true,
      syncOptions: ['CreateNamespace=true'],
      ignoreDifferences: [{ kind: 'Service', name: 'other', jsonPointers: ['/spec'] }],
    });
    expect(app.apiObject.toJson()).toMatchObject({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'podinfo', namespace: 'argocd' },
    });
    expect(specOf(app)).toEqual({
      project: 'default',
      source: { repoURL: 'https://git.example.com/podinfo', path: 'dist', targetRevision: 'main' },
      destination: { name: 'in-cluster', namespace: 'test' },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ['RespectIgnoreDifferences=true', 'ApplyOutOfSyncOnly=true', 'CreateNamespace=true'],
      },
      ignoreDifferences: [
        ...canary.argoCdIgnoreDifferences(),
        { kind: 'Service', name: 'other', jsonPointers: ['/spec'] },
      ],
    });
    expect(app.node.validate()).toEqual([]);
  });

  it('gets a patch for an Application that somebody else writes', () => {
    const chart = aChart();
    aCanary(chart, { delivery });
    expect(Object.keys(specOf(anApplication(chart))).sort()).toEqual(['ignoreDifferences', 'syncPolicy']);
  });

  it('is refused Canaries that are made for another tool', () => {
    const chart = aChart();
    aCanary(chart, { delivery: Delivery.FLUX });
    expect(anApplication(chart).node.validate()).toEqual([
      'releases: delivery of [podinfo/canary] is flux: give it Delivery.ARGO_CD, so that its manifests fit',
    ]);
    expect(anApplication(aChart()).node.validate()).toEqual([
      'releases: no Canary is in them: give the charts whose Canaries it delivers',
    ]);
  });
});
