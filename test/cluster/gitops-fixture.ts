/** A release as a program, and the tools that bring its manifests to the cluster. */
import { ApiObject, App, Chart, Duration } from 'cdk8s';
import { ArgoCdApplication, Bootstrap, Canary, Delivery } from '../../constructs';
import { command } from './control-plane/command';
import { argoCdProgram, fluxProgram } from './control-plane/gitops-tools';
import type { Plane } from './control-plane/plane';
import type { AnyObject } from './tutorial-fixture';

/** What a program writes: applied each time, made once, and the Application that fits. */
export interface Manifests {
  ordinary: AnyObject[];
  once: AnyObject[];
  application: AnyObject;
}

/** podinfo with two pods and no metrics: a run of five steps, an interval each. */
export function release(
  namespace: string,
  delivery: Delivery,
  tag: string,
  bootstrap: Bootstrap = Bootstrap.SYNTH,
): Manifests {
  const app = new App();
  const chart = new Chart(app, 'podinfo', { namespace });
  const labels = { app: 'podinfo', 'app.kubernetes.io/instance': 'podinfo' };
  const target = new ApiObject(chart, 'target', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    // A note that changes with the version: the primary gets it with a promotion.
    metadata: { name: 'podinfo', labels, annotations: { 'kubernetes.io/change-cause': tag } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'podinfo' } },
      template: {
        metadata: { labels: { app: 'podinfo' } },
        spec: {
          containers: [
            { name: 'podinfod', image: `stefanprodan/podinfo:${tag}`, ports: [{ containerPort: 9898, name: 'http' }] },
          ],
        },
      },
    },
  });
  const canary = new Canary(chart, 'canary', {
    target,
    bootstrap,
    delivery,
    analysis: { interval: Duration.seconds(2), threshold: 5, stepWeight: 10, maxWeight: 50 },
  });
  return {
    ordinary: chart.toJson(),
    once: canary.bootstrapChart?.toJson() ?? [],
    application: delivery === Delivery.ARGO_CD ? applicationOf(chart, namespace) : undefined,
  };
}

const applicationOf = (chart: Chart, namespace: string): AnyObject =>
  new ArgoCdApplication(new Chart(chart.node.root as App, 'argo-cd'), 'application', {
    metadata: { name: namespace },
    releases: [chart],
    source: { repoURL: 'https://git.example.com/podinfo', path: '.' },
    destination: { name: 'in-cluster', namespace },
  }).apiObject.toJson();

/** One way to apply. */
export interface Tool {
  delivery: Delivery;
  /** Makes the tool itself, the first time for minutes. */
  ready(): Promise<unknown>;
  /** Brings a version to the cluster that has none of it. */
  install(manifests: Manifests): Promise<void>;
  /** Brings another version, or the same again. */
  update(manifests: Manifests): Promise<void>;
  /** What the tool itself says would change now. */
  differences(manifests: Manifests): Promise<string[]>;
  /** Ends what its manifests have lost: the bootstrap manifest has left the repository. */
  prune?(manifests: Manifests): Promise<void>;
}

const say = (line: string) => console.error(`gitops: ${line}`);

/** kubectl, with the flags of a way to apply: the bootstrap manifest is applied once. */
export function kubectlTool(plane: Plane, ...flags: string[]): Tool {
  const apply = async (objects: AnyObject[]) => void (await plane.apply(objects, ...flags));
  return {
    delivery: Delivery.KUBECTL,
    ready: async () => undefined,
    // Before the Canary: the controller would make them as soon as it sees it, between kubectl's look and its create.
    install: ({ ordinary, once }) => apply([...once, ...ordinary]),
    update: ({ ordinary }) => apply(ordinary),
    async differences({ ordinary }) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: ordinary });
      const { code, stdout, stderr } = await plane.tryKubectl(['diff', '-f', '-', ...flags], { input });
      return code === 0 ? [] : [stdout + stderr];
    },
  };
}

/** Flux: both manifests are in its repository, always. */
export function fluxTool(plane: Plane, namespace: string): Tool {
  const ask = async (what: string, objects: AnyObject[]): Promise<{ subject: string; action: string }[]> => {
    const kustomization = { name: 'podinfo', namespace: 'flux-system' };
    return JSON.parse(await run(plane, await fluxProgram(say), { do: what, kustomization, objects }));
  };
  const apply = async ({ ordinary, once }: Manifests) => ask('apply', [...ordinary, ...once]);
  return {
    delivery: Delivery.FLUX,
    ready: () => fluxProgram(say),
    install: async (manifests) => {
      const changes = await apply(manifests);
      expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(['created']));
    },
    update: async (manifests) => void (await apply(manifests)),
    differences: async (manifests) =>
      (await apply(manifests))
        .filter(({ action }) => action !== 'unchanged' && action !== 'skipped')
        .map(({ subject, action }) => `${subject} in ${namespace} ${action}`),
    prune: async ({ once }) => void (await ask('prune', once)),
  };
}

export interface ArgoCdAnswer {
  status: string;
  phase?: string;
  message?: string;
  resources: { kind: string; name: string; status: string; needsPruning?: boolean; health?: string }[];
  applied?: { kind: string; name: string; status: string; message: string }[];
}

export interface ArgoCdOptions {
  tracking?: 'annotation' | 'label';
  syncOptions?: string[];
  prune?: boolean;
  /** Older views of live objects, as a cache that lags would have them. */
  stale?: AnyObject[];
}

/** Asks Argo CD to compare or to sync. */
export async function askArgoCd(
  plane: Plane,
  what: 'compare' | 'sync',
  application: AnyObject,
  objects: AnyObject[],
  { tracking = 'annotation', syncOptions, prune = false, stale = [] }: ArgoCdOptions = {},
): Promise<ArgoCdAnswer> {
  const { syncPolicy, ...spec } = application.spec;
  const policy = { ...syncPolicy, ...(syncOptions && { syncOptions }) };
  const asked = { do: what, application: { ...application, spec: { ...spec, syncPolicy: policy } }, objects };
  return JSON.parse(await run(plane, await argoCdProgram(say), { ...asked, tracking, prune, stale }));
}

/** Argo CD: both manifests are in its repository, always. */
export function argoCdTool(plane: Plane, options: ArgoCdOptions = {}): Tool {
  const sync = async ({ ordinary, once, application }: Manifests, more: ArgoCdOptions = {}) => {
    const answer = await askArgoCd(plane, 'sync', application, [...ordinary, ...once], { ...options, ...more });
    if (answer.phase !== 'Succeeded') throw new Error(`sync ${answer.phase}: ${JSON.stringify(answer)}`);
  };
  return {
    delivery: Delivery.ARGO_CD,
    ready: () => argoCdProgram(say),
    // The controller may make an object of the bootstrap manifest first; Argo CD fails on it once and tries again.
    install: (manifests) => sync(manifests).catch(() => sync(manifests)),
    update: sync,
    async differences({ ordinary, once, application }) {
      const { resources } = await askArgoCd(plane, 'compare', application, [...ordinary, ...once], options);
      return resources.filter(({ status }) => status !== 'Synced').map((each) => JSON.stringify(each));
    },
    prune: (manifests) => sync({ ...manifests, once: [] }, { prune: true }),
  };
}

const run = (plane: Plane, program: string, asked: object): Promise<string> =>
  command(program, [], {
    input: JSON.stringify(asked),
    env: { KUBECONFIG: plane.kubeconfigPath, HOME: plane.folder },
    timeoutMs: 120_000,
  });
