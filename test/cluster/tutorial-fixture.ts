import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Plane } from './control-plane/plane';

/** The tutorial's steps as functions over a real cluster, through kubectl as a user would. */

const MANIFESTS = join(__dirname, 'manifests');
const CRDS = join(__dirname, '..', '..', 'crds');

/** Text of a file in manifests/. */
export function manifest(name: string): string {
  return readFileSync(join(MANIFESTS, `${name}.yaml`), 'utf8');
}

/** Installs Istio's CRDs and ours and waits until they are served. May be called again. */
export function installCrds(plane: Plane): Promise<void> {
  return install(plane, ['-f', plane.assets.istioCrds, '-f', CRDS]);
}

/** Installs the CRD of HTTPRoute. May be called again. */
export function installHttpRoutes(plane: Plane): Promise<void> {
  return install(plane, ['-f', plane.assets.httpRouteCrd]);
}

async function install(plane: Plane, files: string[]): Promise<void> {
  await plane.kubectl(['apply', '--server-side', ...files]);
  const wait = ['wait', '--for=condition=established', '--timeout=30s', ...files];
  for (;;) {
    const { code, stderr } = await plane.tryKubectl(wait);
    if (code === 0) return;
    // `kubectl wait` fails on a definition that has no conditions at all yet.
    if (!stderr.includes('conditions accessor error')) throw new Error(stderr);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Makes the namespace (Istio injection on) with the gateway beside it. */
export async function prepareNamespace(plane: Plane, namespace: string): Promise<void> {
  const labels = { 'istio-injection': 'enabled' };
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  await plane.apply(manifest('gateway'));
}

/** Applies podinfo 3.1.0 with its autoscaler, and the load tester, and waits for their pods. */
export async function applyPodinfo(plane: Plane, namespace: string): Promise<void> {
  await plane.apply(manifest('podinfo'), '-n', namespace);
  await plane.apply(manifest('loadtester'), '-n', namespace);
  for (const name of ['podinfo', 'flagger-loadtester']) {
    await plane.kubectl(['-n', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=60s']);
  }
}

export interface CanaryOptions {
  namespace: string;
  /** Where the load tester answers, from the controller's point of view. */
  loadtesterUrl: string;
  /** Base URL of Prometheus. */
  metricsServer?: string;
  /** Analysis interval and metric windows, such as `10s`. Default: the tutorial's own. */
  interval?: string;
  metricInterval?: string;
  /** Put over `spec.analysis`. */
  analysis?: Record<string, unknown>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests change arbitrary fields.
export type AnyObject = any;

/** The tutorial's Canary, its times and addresses made fit for a test. */
export function tutorialCanary(options: CanaryOptions): AnyObject {
  const canary = parse(manifest('tutorial-canary'));
  const { spec } = canary;
  canary.metadata.namespace = options.namespace;
  if (options.metricsServer !== undefined) spec.metricsServer = options.metricsServer;
  if (options.interval !== undefined) spec.analysis.interval = options.interval;
  for (const metric of spec.analysis.metrics) metric.interval = options.metricInterval ?? metric.interval;
  for (const hook of spec.analysis.webhooks) hook.url = options.loadtesterUrl;
  Object.assign(spec.analysis, options.analysis);
  return canary;
}

/** The same with traffic mirroring instead of weights. */
export function mirroredCanary(options: CanaryOptions, iterations = 10): AnyObject {
  const canary = tutorialCanary({ ...options, analysis: { iterations, mirror: true, mirrorWeight: 100 } });
  delete canary.spec.analysis.stepWeight;
  delete canary.spec.analysis.maxWeight;
  return canary;
}

/** A new version, as the tutorial ships it. */
export function setImage(plane: Plane, namespace: string, tag: string): Promise<string> {
  return plane.kubectl(['-n', namespace, 'set', 'image', 'deployment/podinfo', `podinfod=stefanprodan/podinfo:${tag}`]);
}

/** The live Canary, or any other object, as JSON. */
export async function read(plane: Plane, namespace: string, kind: string, name: string): Promise<AnyObject> {
  return JSON.parse(await plane.kubectl(['-n', namespace, 'get', kind, name, '-o', 'json']));
}

/** Waits until the Canary is in one of `phases`. @throws Error with its status and events when time is up. */
export async function waitForPhase(
  plane: Plane,
  namespace: string,
  phases: string[],
  timeoutMs: number,
  name = 'podinfo',
): Promise<AnyObject> {
  const end = performance.now() + timeoutMs;
  const api = plane.api('serin-test-wait');
  try {
    for (;;) {
      const path = `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries/${name}`;
      const canary = await api.get(path).catch(() => undefined);
      if (phases.includes(canary?.status?.phase)) return canary;
      if (performance.now() > end) {
        const story = (await eventsOf(plane, namespace, name)).map(({ type, message }) => `${type} ${message}`);
        const status = JSON.stringify(canary?.status);
        throw new Error(`not ${phases.join(' or ')} after ${timeoutMs} ms: ${status}\n${story.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    api.close();
  }
}

export interface SeenEvent {
  type: string;
  reason: string;
  message: string;
  count: number;
  component: string;
}

/** Events of the Canary, in the order in which they were first made. */
export async function eventsOf(plane: Plane, namespace: string, name = 'podinfo'): Promise<SeenEvent[]> {
  const selector = `involvedObject.kind=Canary,involvedObject.name=${name}`;
  const text = await plane.kubectl(['-n', namespace, 'get', 'events', '--field-selector', selector, '-o', 'json']);
  const made = (event: AnyObject) => Number(event.metadata.resourceVersion);
  const first = (event: AnyObject) =>
    Date.parse(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp);
  const items: AnyObject[] = JSON.parse(text).items;
  return items
    .sort((a, b) => first(a) - first(b) || made(a) - made(b))
    .map((event) => ({
      type: event.type,
      reason: event.reason,
      message: event.message,
      count: event.count ?? 1,
      component: event.source?.component ?? event.reportingComponent,
    }));
}

/** Live weights of the routes. */
export async function weightsOf(
  plane: Plane,
  namespace: string,
  apex = 'podinfo',
): Promise<{ primary: number; canary: number; mirrored: boolean }> {
  const { spec } = await read(plane, namespace, 'virtualservice', apex);
  const route = spec.http.at(-1);
  const weight = (host: string) =>
    route.route.find((each: AnyObject) => each.destination.host === `${apex}-${host}`)?.weight ?? 0;
  return { primary: weight('primary'), canary: weight('canary'), mirrored: route.mirror !== undefined };
}
