/** `serin import`: the program compiles and synthesises the manifest that it was made from. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCommandLine } from '../../cli/command-line';
import { objectsOfText } from '../../cli/import';
import { isOurs, programOf } from '../../cli/import/program';
import type { KubeObject } from '../../model/kube';
import { PAGES, type Page } from '../docs/pages';
import { compilerErrors, synthesised } from '../docs/programs';
import { aTerminal } from './fake-terminal';

const TUTORIAL = join(__dirname, '../cluster/manifests/tutorial-canary.yaml');
const texts: [string, string][] = PAGES.flatMap(({ path, blocks }) =>
  blocks
    .filter(({ kind, text }) => kind.startsWith('yaml') && text.includes('flagger.app/v1beta1'))
    .map(({ text }, index): [string, string] => [`${path} ${index + 1}`, text]),
);
const manifests = [...texts, ['the tutorial', readFileSync(TUTORIAL, 'utf8')] as [string, string]]
  .map(([name, text]) => [name, objectsOfText(text, name).filter(isOurs)] as const)
  .filter(([, objects]) => objects.length > 0);

const programPage = (name: string, objects: readonly KubeObject[]): Page => {
  const text = programOf(objects, 'canary.yaml');
  return { path: `imported/${name.replace(/\W+/g, '-')}`, text, blocks: [{ kind: 'ts', text }] };
};
const pages = manifests.map(([name, objects]) => programPage(name, objects));

const byName = (objects: readonly KubeObject[]) =>
  Object.fromEntries(
    objects.map((object) => [`${object.kind} ${object.metadata.namespace}/${object.metadata.name}`, object]),
  );

// Warnings of the examples are on purpose.
beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined));

it('knows the manifests of all pages and the tutorial', () => expect(manifests.length).toBeGreaterThan(25));

it('writes programs that compile', () => expect(compilerErrors([...pages, programPage('odd', ODD)])).toEqual([]));

it.each(manifests.map(([name, objects], index) => [name, objects, pages[index]!] as const))(
  'of %s synthesises the same',
  (_, objects, page) => {
    expect(byName(synthesised(page))).toEqual(byName(objects));
    expect(page.text).not.toContain('Metric.query(');
  },
);

it('writes the tutorial as one would', () => {
  const [, objects] = manifests.at(-1)!;
  expect(programOf(objects, 'canary.yaml')).toBe(`/** Written by \`serin import canary.yaml\`. */
import { App, Chart, Duration } from 'cdk8s';
import { Canary, Gateway, Metric, Strategy, TlsMode, Webhook } from 'serin';

const app = new App();
const chart = new Chart(app, 'podinfo', { namespace: 'test' });

new Canary(chart, 'podinfo-canary', {
  target: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
  autoscaler: { apiVersion: 'autoscaling/v2beta1', kind: 'HorizontalPodAutoscaler', name: 'podinfo' },
  progressDeadline: Duration.minutes(1),
  service: {
    port: 9898,
    targetPort: 9898,
    gateways: [Gateway.fromName('public-gateway.istio-system.svc.cluster.local')],
    hosts: ['app.example.com'],
    trafficPolicy: { tls: { mode: TlsMode.DISABLE } },
    retries: {
      attempts: 3,
      perTryTimeout: Duration.seconds(1),
      retryOn: 'gateway-error,connect-failure,refused-stream',
    },
  },
  analysis: {
    interval: Duration.minutes(1),
    threshold: 5,
    strategy: Strategy.progressive({ maxWeight: 50, stepWeight: 10 }),
    metrics: [
      Metric.successRate({ min: 99, interval: Duration.minutes(1) }),
      Metric.duration({ max: Duration.millis(500), interval: Duration.seconds(30) }),
    ],
    webhooks: [
      Webhook.preRollout('acceptance-test', {
        url: 'http://flagger-loadtester.test/',
        timeout: Duration.seconds(30),
        metadata: { type: 'bash', cmd: "curl -sd 'test' http://podinfo-canary:9898/token | grep token" },
      }),
      Webhook.loadTest('load-test', {
        url: 'http://flagger-loadtester.test/',
        timeout: Duration.seconds(5),
        cmd: 'hey -z 1m -q 10 -c 2 http://podinfo-canary.test:9898/',
      }),
    ],
  },
});

app.synth();
`);
});

const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: '1st.web' };
const url = 'http://flagger-loadtester.test/';
const base = { apiVersion: 'flagger.app/v1beta1' };

/** What factories and durations cannot say, references of every sort, texts that are hard to quote. */
const ODD: KubeObject[] = [
  {
    ...base,
    kind: 'Canary',
    metadata: { name: '1st.web', namespace: 'shop', labels: { 'app.kubernetes.io/name': 'web' } },
    spec: {
      targetRef: target,
      upstreamRef: { apiVersion: 'gloo.solo.io/v1', kind: 'Upstream', name: 'web', namespace: 'gloo' },
      autoscalerRef: {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        name: 'web',
        primaryScalerReplicas: { minReplicas: 2 },
        primaryScalerQueries: {},
      },
      service: { port: 80, targetPort: 'http', gateways: ['mesh', 'a/b'], 'x/y~z': { unknown: true } },
      analysis: {
        interval: '60s',
        threshold: 2,
        iterations: 3,
        maxWeight: 50,
        sessionAffinity: { cookieName: 'c', maxAge: 90, sameSite: 'Lax' },
        metrics: [
          { name: 'request-success-rate', threshold: 99 },
          { name: 'request-success-rate', thresholdRange: { min: 99, max: 100 }, interval: '1h' },
          { name: 'request-duration', thresholdRange: { min: 1 } },
          { name: 'errors', query: 'sum(\n  rate(a{b="c\'\\d"}[1m])\n)', thresholdRange: { max: 1 } },
          {
            name: 'near',
            templateRef: { name: 'lat' },
            thresholdRange: { max: 1 },
            templateVariables: { a: '`{b}`' },
          },
          { name: 'lat', templateRef: { name: 'lat', namespace: 'shop' }, thresholdRange: { max: 1 } },
          { name: 'far', templateRef: { name: 'lat', namespace: 'ops' }, thresholdRange: { max: 1 }, minSamples: 3 },
        ],
        webhooks: [
          { name: 'load', type: 'rollout', url, metadata: { cmd: 'hey', type: 'cmd' } },
          { name: 'plain', url, retries: 2, muteAlert: true },
          { name: 'gate', type: 'confirm-promotion', url, muteAlert: true },
          { name: 'all', type: 'event', url, timeout: '1m30s' },
        ],
        alerts: [
          { name: 'ops', severity: 'error', providerRef: { name: 'room', namespace: 'ops' } },
          { name: 'all', severity: '', providerRef: { name: 'elsewhere' } },
        ],
      },
    },
  },
  {
    ...base,
    kind: 'MetricTemplate',
    metadata: { name: 'lat', namespace: 'shop' },
    spec: {
      provider: { type: 'externalmetrics', secretRef: { name: 's' }, headers: { a: ['b'] } },
      query: 'up\n*2',
    },
  },
  {
    ...base,
    kind: 'AlertProvider',
    metadata: { name: 'room', namespace: 'ops', annotations: { a: 'b' } },
    spec: { type: 'msteams', address: 'http://chat.test/', channel: "it's" },
  },
];

it('says in patches what props cannot', () => {
  const page = programPage('odd', ODD);
  expect(byName(synthesised(page))).toEqual(byName(ODD));
  expect(page.text).toContain(
    "_1stWebCanary.apiObject.addJsonPatch(JsonPatch.replace('/spec/analysis/interval', '60s'))",
  );
  expect(page.text).toContain("addJsonPatch(JsonPatch.add('/spec/service/x~1y~0z', { unknown: true }))");
});

it('refers to what it imports by constructs', () => {
  const { text } = programPage('odd', ODD);
  expect(text).toContain("Metric.template({ name: latTemplate.name }, { name: 'near'");
  expect(text).toContain('Metric.template(latTemplate, { max: 1 })');
  expect(text).toContain("Metric.template({ name: 'lat', namespace: 'ops' }, { name: 'far'");
  expect(text).toContain("{ name: 'ops', provider: roomAlerts, severity: AlertSeverity.ERROR }");
});

it('writes every strategy as one', () => {
  const strategyOf = (analysis: object) => {
    const spec = { targetRef: target, analysis: { interval: '1m', threshold: 1, ...analysis } };
    const text = programOf([{ ...base, kind: 'Canary', metadata: { name: 'a' }, spec }], 'a.yaml');
    return /strategy: (Strategy\..*?\}\))/.exec(text)?.[1];
  };
  const match = [{ headers: { a: { exact: 'b' } } }];
  expect(strategyOf({ stepWeight: 5, mirror: true })).toBe(
    'Strategy.progressive({ stepWeight: 5, mirrorFirst: true })',
  );
  expect(strategyOf({ stepWeights: [1, 2] })).toBe('Strategy.stepWeights({ weights: [1, 2] })');
  expect(strategyOf({ iterations: 2 })).toBe('Strategy.blueGreen({ iterations: 2 })');
  expect(strategyOf({ iterations: 2, match })).toBe(
    "Strategy.abTest({ iterations: 2, match: [{ headers: { a: { exact: 'b' } } }] })",
  );
  expect(strategyOf({ iterations: 2, mirror: true, mirrorWeight: 5 })).toBe(
    'Strategy.mirrored({ iterations: 2, mirrorWeight: 5 })',
  );
  expect(strategyOf({ iterations: 2, stepWeight: 5 })).toBeUndefined();
});

describe('the verb', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'serin-import-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function importing(text: string) {
    const file = join(folder, 'canary.yaml');
    writeFileSync(file, text);
    const { terminal, written } = aTerminal();
    return { code: await runCommandLine(['import', file], terminal), ...written };
  }

  it('reads what a cluster gives back, and leaves out what it filled in', async () => {
    const [canary] = ODD;
    const served = {
      ...canary,
      metadata: {
        ...canary!.metadata,
        uid: 'x',
        resourceVersion: '1',
        creationTimestamp: null,
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
      },
      status: { phase: 'Initialized' },
    };
    const { code, out, err } = await importing(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [served] }));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n').slice(1)).toEqual(programOf([canary!], 'x').split('\n').slice(1));
  });

  it('says what it leaves out', async () => {
    const other = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };
    const both = [other, ODD[2]].map((object) => stringify(object)).join('---\n');
    const { code, out, err } = await importing(both);
    expect([code, err]).toEqual([0, 'serin: Service web is left out: only kinds of flagger.app are imported\n']);
    expect(out).toContain("new AlertProvider(chart, 'room-alerts', {");
  });

  it.each([
    [
      'kind: Service\nmetadata: { name: web }\n',
      2,
      /canary\.yaml: no Canary, MetricTemplate or AlertProvider in it\n$/,
    ],
    ['a: [', 1, /canary\.yaml: .* at line 1/],
  ])('of %j fails', async (text, exitCode, message) => {
    const { code, out, err } = await importing(text);
    expect([code, out]).toEqual([exitCode, '']);
    expect(err).toMatch(message);
  });
});
