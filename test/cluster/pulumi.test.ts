/**
 * `pulumi up` as users run it: the real command line and engine, the programs of examples/, the real API server with the
 * controller beside it. Stand-ins: the language host and the Kubernetes provider (test/cluster/pulumi).
 */
import { join } from 'node:path';
import { until } from './control-plane/daemon';
import { attachedPlane } from './control-plane/plane';
import { pulumiCli } from './control-plane/pulumi-cli';
import { type Prometheus, startPrometheus } from './prometheus';
import { endedWell, failed } from './pulumi/ending';
import { PulumiProject } from './pulumi/project';
import { writtenByPulumi } from './pulumi/writes';
import { freePort, SerinProcess } from './serin-process';
import { TrafficExporter } from './traffic-exporter';
import { installCrds, prepareNamespace, read, waitForPhase, weightsOf } from './tutorial-fixture';

const plane = attachedPlane();
const EXAMPLES = join(__dirname, '../../examples/pulumi');
/** A binary that is not in the cache yet is built first. */
const BUILD_MS = 3_600_000;
const FAST = { interval: '1', window: '10' };
/** A run that lasts long enough for another `pulumi up` to begin in the middle of it. */
const SLOW = { interval: '4', window: '10' };
/** The reason of the run, and what the check said: Flagger's own words. */
const ROLLED_BACK =
  /error: .*Canary test\/podinfo: FailedChecksThreshold: revision \S+ was rolled back: Halt podinfo\.test advancement success rate \d+\.\d+% < 99%/;
const image = (tag: string) => ({ image: `stefanprodan/podinfo:${tag}` });

jest.setTimeout(240_000);

let cli: string;
let exporters: TrafficExporter[];
let prometheus: Prometheus;
let loadtesterUrl: string;
const processes: SerinProcess[] = [];
const projects = new Set<PulumiProject>();

const say = (line: string) => process.stderr.write(`pulumi.test: ${line}\n`);

function project(folder?: string): PulumiProject {
  const made = new PulumiProject(cli, plane.tokenKubeconfigPath, folder);
  projects.add(made);
  return made;
}

const traffic = (namespace: string) =>
  new TrafficExporter({
    api: plane.api('serin-traffic-exporter'),
    namespace,
    apex: 'podinfo',
    load: [{ host: 'podinfo', via: 'mesh', perSecond: 100 }],
    behaviours: { '3.1.2': { errorRate: 0.4 } },
  });

async function start(path: string, args: string[]): Promise<string> {
  const port = await freePort();
  const started = new SerinProcess([...args, `--port=${port}`]);
  processes.push(started);
  started.start();
  await started.ready(`http://127.0.0.1:${port}/${path}`);
  return `http://127.0.0.1:${port}/`;
}

beforeAll(async () => {
  cli = await pulumiCli(say);
  await installCrds(plane);
  await prepareNamespace(plane, 'istio-system');
  exporters = ['test', 'bridged-controller', 'bridged-synth'].map(traffic);
  const scrape = await Promise.all(exporters.map((each) => each.start()));
  prometheus = await startPrometheus({ assets: plane.assets, scrape });
  loadtesterUrl = await start('healthz', ['loadtester']);
  const flags = ['--mesh-provider=istio', '--min-interval=1s', `--metrics-server=${prometheus.url}`];
  await start('readyz', ['controller', `--kubeconfig=${plane.kubeconfigPath}`, ...flags]);
}, BUILD_MS);

afterAll(async () => {
  for (const each of projects) {
    await each.destroy();
    each.forget();
  }
  await Promise.all(processes.map((each) => each.end()));
  for (const each of exporters ?? []) each.stop();
  await prometheus?.stop();
});

const imageOf = async (namespace: string, name: string): Promise<string> =>
  (await read(plane, namespace, 'deployment', name)).spec.template.spec.containers[0].image;

async function untilTrafficMoves(namespace: string): Promise<void> {
  const moves = async () => (await read(plane, namespace, 'canary', 'podinfo')).status.canaryWeight > 0;
  const problem = await until(moves, 60_000);
  if (problem) throw problem;
}

/** An empty stack, or a program that registers nothing, is not clean. */
async function isClean(stack: PulumiProject): Promise<void> {
  const told = endedWell(await stack.preview('--expect-no-changes', '--diff'));
  expect(Number(/(\d+) unchanged/.exec(told)?.[1])).toBeGreaterThan(3);
}

async function leavesNothing(stack: PulumiProject, namespace: string): Promise<void> {
  await read(plane, namespace, 'canary', 'podinfo'); // throws where there is nothing to destroy
  expect(Number(/(\d+) deleted/.exec(endedWell(await stack.destroy()))?.[1])).toBeGreaterThan(3);
  stack.forget();
  projects.delete(stack);
  expect(await plane.kubectl(['get', 'namespace', namespace, '--ignore-not-found', '-o', 'name'])).toBe('');
}

describe('examples/podinfo-pulumi, through the Pulumi.yaml of the checkout', () => {
  const namespace = 'test';
  const phaseOf = async () => (await read(plane, namespace, 'canary', 'podinfo')).status.phase;
  let stack: PulumiProject;

  beforeAll(() => {
    stack = project();
  });

  test('the first up ends well when the primary runs the version', async () => {
    const settings = { ...FAST, loadtester: loadtesterUrl, ...image('3.1.0') };
    expect(endedWell(await stack.up(settings))).toContain('is the first one: the primary runs it');
    expect(await stack.output('outcome')).toMatchObject({ state: 'promoted' });
    expect([await phaseOf(), await imageOf(namespace, 'podinfo-primary')]).toEqual([
      'Initialized',
      image('3.1.0').image,
    ]);
  });

  test('a preview is clean, although the controller has scaled the target', async () => {
    expect((await read(plane, namespace, 'deployment', 'podinfo')).spec.replicas).toBe(0);
    await isClean(stack);
  });

  test('up with a new version says what happens and ends well when it is promoted', async () => {
    const told = endedWell(await stack.up(image('3.1.1')));
    expect(told).toMatch(/Canary test\/podinfo: analysing: [1-5]0 % of the traffic to the canary/);
    expect(told).toMatch(/request-success-rate/);
    expect(told).toMatch(/Canary test\/podinfo: revision \S+ is promoted/);
    expect(await imageOf(namespace, 'podinfo-primary')).toBe(image('3.1.1').image);
  });

  test('up with a version that fails its checks ends with an error and the reason of the run', async () => {
    const told = failed(await stack.up(image('3.1.2')));
    expect(told).toMatch(ROLLED_BACK);
    expect(await phaseOf()).toBe('Failed');
    expect(await weightsOf(plane, namespace)).toMatchObject({ primary: 100, canary: 0 });
    expect(await imageOf(namespace, 'podinfo-primary')).toBe(image('3.1.1').image);
  });

  test('up with the version that the primary runs ends well at once', async () => {
    expect(endedWell(await stack.up(image('3.1.1')))).toMatch(/the primary runs revision|is promoted/);
  });

  test('up whose deadline has passed says so, and leaves the run alone', async () => {
    const told = failed(await stack.up({ ...SLOW, ...image('3.1.3'), deadline: '3' }));
    expect(told).toMatch(/DeadlineExceeded: not promoted within 3s; the last that was seen: /);
    expect(await phaseOf()).toBe('Progressing');
  });

  test('up of the same version in the middle of its run changes nothing', async () => {
    const mark = plane.auditMark();
    expect(failed(await stack.up({ deadline: '1' }, '--refresh'))).toContain('DeadlineExceeded');
    expect(writtenByPulumi(plane, mark, namespace)).toEqual([]);
    expect(await phaseOf()).toBe('Progressing');
  });

  test('up of another version in the middle of a run changes the target alone, and waits for that version', async () => {
    await untilTrafficMoves(namespace);
    const mark = plane.auditMark();
    expect(await imageOf(namespace, 'podinfo-primary')).toBe(image('3.1.1').image);
    const told = endedWell(await stack.up({ ...image('3.1.4'), deadline: '200' }));
    expect(writtenByPulumi(plane, mark, namespace)).toEqual(['deployments podinfo']);
    expect(told).toMatch(/revision \S+ is promoted/);
    expect(await imageOf(namespace, 'podinfo-primary')).toBe(image('3.1.4').image);
    await isClean(stack);
  });

  test('a mistake fails the preview, with the path and the remedy', async () => {
    const told = failed(await stack.preview('--config', 'interval=0'));
    expect(told).toMatch(/Canary "podinfo".*spec\.analysis\.interval/);
  });

  test('destroy leaves nothing', () => leavesNothing(stack, namespace));
});

describe('a cdk8s chart through the bridge, its objects made by the controller or by the program', () => {
  const stacks = new Map<string, PulumiProject>();
  /** Both at once: they wait most of the time. */
  const both = (check: (stack: PulumiProject, namespace: string, bootstrap: string) => Promise<void>) =>
    Promise.all([...stacks].map(([bootstrap, stack]) => check(stack, `bridged-${bootstrap}`, bootstrap)));

  beforeAll(() => {
    for (const bootstrap of ['controller', 'synth']) stacks.set(bootstrap, project(join(EXAMPLES, 'cdk8s-chart')));
  });

  test('the first up ends well, with the objects of its program', async () => {
    const mark = plane.auditMark();
    await both(async (stack, namespace, bootstrap) => {
      endedWell(await stack.up({ namespace, bootstrap, ...SLOW, ...image('3.1.0') }));
      const outcomes = Object.values((await stack.output('outcomes')) as object);
      expect(outcomes).toEqual([expect.objectContaining({ state: 'promoted' })]);
      const written = writtenByPulumi(plane, mark, namespace);
      expect(written).toEqual(expect.arrayContaining(['canaries podinfo', 'deployments podinfo']));
      const synthesised = ['deployments podinfo-primary', 'services podinfo-canary', 'virtualservices podinfo'];
      expect(synthesised.filter((each) => written.includes(each))).toEqual(bootstrap === 'synth' ? synthesised : []);
    });
  });

  test('up in the middle of a run changes the target alone: no weight, no primary, no replicas', async () => {
    await both(async (stack, namespace) => {
      expect(failed(await stack.up({ ...image('3.1.1'), deadline: '3' }))).toContain('DeadlineExceeded');
      await untilTrafficMoves(namespace);
    });
    const mark = plane.auditMark();
    await both(async (stack, namespace) => {
      expect(await imageOf(namespace, 'podinfo-primary')).toBe(image('3.1.0').image);
      const told = endedWell(await stack.up({ ...image('3.1.3'), deadline: '200' }));
      expect(writtenByPulumi(plane, mark, namespace)).toEqual(['deployments podinfo']);
      expect(told).toMatch(/revision \S+ is promoted/);
      expect(await imageOf(namespace, 'podinfo-primary')).toBe(image('3.1.3').image);
    });
  });

  test('up that changes something else of an idle target does not scale it', async () => {
    const mark = plane.auditMark();
    await both(async (stack, namespace) => {
      await waitForPhase(plane, namespace, ['Succeeded'], 20_000);
      endedWell(await stack.up({ team: 'web' }));
      expect(writtenByPulumi(plane, mark, namespace)).toEqual(['deployments podinfo']);
      const { metadata, spec } = await read(plane, namespace, 'deployment', 'podinfo');
      expect([metadata.labels.team, spec.replicas]).toEqual(['web', 0]);
    });
  });

  test('a preview is clean after weights, replicas and the primary have moved', () => both((stack) => isClean(stack)));

  test('destroy leaves nothing', () => both((stack, namespace) => leavesNothing(stack, namespace)));
});

test('the strategies of examples/pulumi come up and go', async () => {
  const strategies = ['ab-test', 'blue-green', 'mirrored', 'session-affinity', 'step-weights'];
  await Promise.all(
    strategies.map(async (example) => {
      const stack = project(join(EXAMPLES, example));
      endedWell(await stack.up());
      expect(await stack.output('outcome')).toMatchObject({ state: 'promoted' });
      expect(await imageOf(example, 'podinfo-primary')).toBe(image('3.1.0').image);
      await leavesNothing(stack, example);
    }),
  );
});
