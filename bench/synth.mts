/**
 * What Canaries cost at synthesis: programs of the same objects, once with the construct and once with a plain ApiObject in
 * its place. `npm run bench:synth [-- --canaries N --charts N,N --rounds N --json]`; the result goes to bench/results/synth.json too.
 * It measures lib/: `npm run build` first.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ApiObject, App, Chart, Duration } from 'cdk8s';
import { Canary, Metric, Strategy, Webhook } from 'serin';

const root = dirname(import.meta.dirname);
const LOADTESTER = 'http://flagger-loadtester.test/';
/** Asked of issue 5. */
const MOST = 1.5;

const { values } = parseArgs({
  options: {
    canaries: { type: 'string', default: '1000' },
    charts: { type: 'string', default: '1,30' },
    rounds: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
});
const [canaries, rounds] = [Number(values.canaries), Number(values.rounds)];

/** The workload of a release. */
function workload(chart: Chart, name: string) {
  const labels = { app: name };
  const target = new ApiObject(chart, `${name}-deployment`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      minReadySeconds: 5,
      progressDeadlineSeconds: 60,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9797' } },
        spec: { containers: [container(name)] },
      },
    },
  });
  const autoscaler = new ApiObject(chart, `${name}-autoscaler`, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 99 } } },
      ],
    },
  });
  new ApiObject(chart, `${name}-service`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${name}-admin` },
    spec: { selector: labels, ports: [{ name: 'metrics', port: 9797, targetPort: 'metrics' }] },
  });
  return { target, autoscaler };
}

const container = (name: string) => ({
  name: 'main',
  image: `registry.test/${name}:1.0.0`,
  imagePullPolicy: 'IfNotPresent',
  command: ['./server', '--port=9898', '--port-metrics=9797', '--level=info'],
  env: [{ name: 'COLOUR', value: 'blue' }],
  ports: [
    { name: 'http', containerPort: 9898 },
    { name: 'metrics', containerPort: 9797 },
  ],
  livenessProbe: { httpGet: { path: '/healthz', port: 9898 }, initialDelaySeconds: 5, timeoutSeconds: 5 },
  readinessProbe: { httpGet: { path: '/readyz', port: 9898 }, initialDelaySeconds: 5, timeoutSeconds: 5 },
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '2', memory: '512Mi' } },
});

/** The Canary as users write it: ports are read from the target. */
function withConstruct(chart: Chart, name: string): void {
  const { target, autoscaler } = workload(chart, name);
  new Canary(chart, name, {
    target,
    autoscaler,
    progressDeadline: Duration.seconds(60),
    analysis: {
      interval: Duration.minutes(1),
      threshold: 5,
      strategy: Strategy.progressive({ stepWeight: 10, maxWeight: 50 }),
      metrics: [Metric.successRate({ min: 99 }), Metric.duration({ max: Duration.millis(500) })],
      webhooks: [Webhook.loadTest('load-test', { url: LOADTESTER, cmd: `hey -z 1m http://${name}-canary:9898/` })],
    },
  });
}

/** The same by hand. */
function withApiObject(chart: Chart, name: string) {
  const neighbours = workload(chart, name);
  const canary = new ApiObject(chart, name, {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      autoscalerRef: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name },
      progressDeadlineSeconds: 60,
      service: { port: 9898, portName: 'http' },
      analysis: {
        interval: '1m',
        threshold: 5,
        stepWeight: 10,
        maxWeight: 50,
        metrics: [
          { name: 'request-success-rate', thresholdRange: { min: 99 } },
          { name: 'request-duration', thresholdRange: { max: 500 } },
        ],
        webhooks: [{ name: 'load-test', url: LOADTESTER, metadata: { cmd: `hey -z 1m http://${name}-canary:9898/` } }],
      },
    },
  });
  return { canary, ...neighbours };
}

/** By hand, and applied after what it points at, as the construct is: what of the difference is cdk8s' own. */
function inOrder(chart: Chart, name: string): void {
  const { canary, target, autoscaler } = withApiObject(chart, name);
  canary.addDependency(target, autoscaler);
}

type Program = (chart: Chart, name: string) => unknown;

/** The program's YAML, from its first construct to the last character. */
function synthesise(program: Program, charts: number): string {
  const app = new App();
  const canariesInChart = Math.ceil(canaries / charts);
  for (let first = 0; first < canaries; first += canariesInChart) {
    const chart = new Chart(app, `team-${first}`, { namespace: `team-${first}` });
    const last = Math.min(first + canariesInChart, canaries);
    for (let index = first; index < last; index += 1) program(chart, `release-${index}`);
  }
  return app.synthYaml();
}

/** CPU time, of which what else the machine does takes little. */
function cpuMs(program: Program, charts: number): number {
  const before = process.cpuUsage();
  synthesise(program, charts);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const median = (numbers: readonly number[]) => sorted(numbers)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const rounded = (value: number, digits: number) => Number(value.toFixed(digits));

/** Alternated, so that what else the machine does hits both alike. Each ratio is of two neighbours. */
function measure(charts: number) {
  const times = Array.from({ length: rounds }, () => ({
    plain: cpuMs(withApiObject, charts),
    inOrder: cpuMs(inOrder, charts),
    construct: cpuMs(withConstruct, charts),
  }));
  const ratios = times.map(({ plain, construct }) => construct / plain);
  const ratiosInOrder = times.map((time) => time.construct / time.inOrder);
  return {
    charts,
    plainCpuMs: rounded(median(times.map(({ plain }) => plain)), 0),
    inOrderCpuMs: rounded(median(times.map((time) => time.inOrder)), 0),
    constructCpuMs: rounded(median(times.map(({ construct }) => construct)), 0),
    ratio: rounded(median(ratios), 3),
    ratioToInOrder: rounded(median(ratiosInOrder), 3),
    ratios: sorted(ratios).map((ratio) => rounded(ratio, 3)),
  };
}

function machine() {
  const versionOf = createRequire(import.meta.url);
  const read = (name: string) => (versionOf(`${name}/package.json`) as { version: string }).version;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    node: process.version,
    serin: version,
    cdk8s: read('cdk8s'),
    constructs: read('constructs'),
  };
}

/** In any order: a Canary comes after its target. */
const objectsIn = (program: Program) => synthesise(program, 1).trim().split('\n---\n').sort().join('\n');

if (objectsIn(withConstruct) !== objectsIn(withApiObject)) throw new Error('the programs write different objects');
const programs = values.charts.split(',').map((charts) => measure(Number(charts)));
const result = { canaries, rounds, most: MOST, programs, machine: machine() };
mkdirSync(join(root, 'bench', 'results'), { recursive: true });
writeFileSync(join(root, 'bench', 'results', 'synth.json'), `${JSON.stringify(result, null, 2)}\n`);
if (values.json) console.log(JSON.stringify(result, null, 2));
else {
  console.table(programs.map(({ ratios, ...one }) => ({ ...one, ratios: ratios.join(' ') })));
  console.log(`${canaries} Canaries, ${rounds} rounds, medians of CPU time; ratio asked: at most ${MOST}`);
}
if (programs.some(({ ratio }) => ratio > MOST)) process.exitCode = 1;
