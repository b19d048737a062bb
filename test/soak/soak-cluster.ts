/** A cluster on real sockets and in real time, in which releases are made, pass and fail, and Canaries come and go. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Canary } from '../../model/canary';
import { type KubeObject, RESOURCES } from '../../model/kube';
import { scaledClock } from '../../sandbox/clock';
import { type HttpFront, serveHttp } from '../../sandbox/http-front';
import { writeKubeconfig } from '../../sandbox/kubeconfig';
import { createSandbox, type Sandbox } from '../../sandbox/world';
import { aCanary, aDeployment, aHook } from '../fixtures';
import { Listener, prometheus } from './stand-ins';

export const NAMESPACE = 'soak';

export interface SoakClusterOptions {
  /** Of the package: where crds/ is. */
  root: string;
  /** Steps of a release, one an interval of 1 s. */
  steps: number;
}

interface Workload extends KubeObject {
  spec: { template: { spec: { containers: { image: string }[] } } };
}

export class SoakCluster {
  /** Targets whose present release is a bad one. */
  readonly failing = new Set<string>();
  readonly listener = new Listener();
  private readonly folder = mkdtempSync(join(tmpdir(), 'serin-soak-'));
  private readonly fronts: HttpFront[] = [];
  private version = 1;

  private constructor(
    private readonly sandbox: Sandbox,
    private readonly steps: number,
  ) {}

  static async start({ root, steps }: SoakClusterOptions): Promise<SoakCluster> {
    const sandbox = createSandbox({
      clock: scaledClock(1, { unref: true }),
      crds: crdsIn(join(root, 'crds')),
      // Nobody asks the cluster's own Prometheus.
      scrapeIntervalMs: 3_600_000,
    });
    sandbox.behaviour('*', { startupMs: 200 });
    sandbox.start();
    sandbox.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    const cluster = new SoakCluster(sandbox, steps);
    const servers = [sandbox.api, prometheus((name) => cluster.failing.has(name)), cluster.listener.handle];
    for (const [index, handle] of servers.entries()) {
      cluster.fronts.push(await serveHttp(handle, { scheme: index === 0 ? 'https' : 'http' }));
    }
    await writeKubeconfig(cluster.kubeconfig, cluster.fronts[0]!);
    return cluster;
  }

  get kubeconfig(): string {
    return join(this.folder, 'kubeconfig');
  }

  /** Flags of a controller that works here. */
  get flags(): string[] {
    const [, metrics, hooks] = this.fronts.map(({ url }) => url);
    return [
      `--kubeconfig=${this.kubeconfig}`,
      `--metrics-server=${metrics}`,
      `--event-webhook=${hooks}/events`,
      `--slack-url=${hooks}/chat`,
      '--slack-channel=releases',
      '--mesh-provider=istio',
      '--min-interval=1s',
      '--drain=1s',
      '--log-level=info',
    ];
  }

  /** A target with its Canary. */
  add(name: string): void {
    const own = <T extends object>(object: T): T => JSON.parse(JSON.stringify(object).replaceAll('podinfo', name));
    const at = <T extends KubeObject>(object: T): T => ({
      ...object,
      metadata: { ...object.metadata, namespace: NAMESPACE },
    });
    const analysis = {
      interval: '1s',
      stepWeight: Math.floor(50 / this.steps),
      maxWeight: Math.floor(50 / this.steps) * this.steps,
      threshold: 2,
      webhooks: [aHook('acceptance', 'pre-rollout', { url: `${this.fronts[2]?.url}/gate` })],
    };
    const { metadata, ...canary } = own(aCanary(analysis));
    const { uid, generation, ...named } = metadata;
    this.sandbox.store.create(at(own(aDeployment('podinfo:1'))));
    this.sandbox.store.create(at({ ...canary, metadata: named } as KubeObject));
  }

  /** Takes both away. */
  remove(name: string): void {
    for (const type of [RESOURCES.canary, RESOURCES.deployment]) {
      this.sandbox.store.delete({ ...type, namespace: NAMESPACE, name });
    }
    this.failing.delete(name);
  }

  /** A new version of each; `bad` ones answer with errors. */
  release(names: readonly string[], bad: (name: string) => boolean = () => false): void {
    this.version++;
    for (const name of names) {
      if (bad(name)) this.failing.add(name);
      else this.failing.delete(name);
      const target = structuredClone(this.get(RESOURCES.deployment, name)) as Workload;
      target.spec.template.spec.containers[0]!.image = `${name}:${this.version}`;
      this.sandbox.store.update(target);
    }
  }

  /** @returns whether every one of them is at rest, as its last release deserves. */
  atRest(names: readonly string[]): boolean {
    return names.every((name) => {
      const phase = this.phase(name);
      return this.failing.has(name) ? phase === 'Failed' : phase === 'Succeeded' || phase === 'Initialized';
    });
  }

  phase(name: string): string | undefined {
    return (this.get(RESOURCES.canary, name) as Canary | undefined)?.status?.phase;
  }

  /** Breaks every connection to every server: watches begin anew. */
  breakConnections(): void {
    for (const { server } of this.fronts) server.closeAllConnections();
  }

  /** Ends the connections on which nothing is under way. */
  closeIdle(): void {
    for (const { server } of this.fronts) server.closeIdleConnections();
  }

  async stop(): Promise<void> {
    await Promise.all(this.fronts.map((front) => front.close()));
    this.sandbox.stop();
    rmSync(this.folder, { recursive: true });
  }

  private get(type: { apiVersion: string; kind: string }, name: string): KubeObject | undefined {
    return this.sandbox.store.get({ ...type, namespace: NAMESPACE, name } as never);
  }
}

const crdsIn = (folder: string): KubeObject[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), 'utf8')))
    .map((document) => document.toJS() as KubeObject);
