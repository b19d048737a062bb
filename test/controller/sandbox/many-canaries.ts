/** Many Canaries of small targets in one embedded cluster. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Canary, CanaryAnalysis, CanarySpec } from '../../../model/canary';
import { type KubeObject, RESOURCES, type ResourceType } from '../../../model/kube';
import { VirtualClock } from '../../../sandbox/clock';
import { createSandbox, type Sandbox } from '../../../sandbox/world';
import { aCanary, aDeployment, NAMESPACE } from '../../fixtures';

const CRD_FOLDER = join(__dirname, '../../../crds');
const CRDS = readdirSync(CRD_FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .flatMap((file) => parseAllDocuments(readFileSync(join(CRD_FOLDER, file), 'utf8')))
  .map((document) => document.toJS() as KubeObject);

/** Nobody asks the cluster's own Prometheus. */
const HARDLY_EVER_MS = 3_600_000;

interface Workload extends KubeObject {
  spec: { template: { spec: { containers: { image: string }[] } } };
}

/** Called `app-0` and so on; nothing works on them yet. */
export class ManyCanaries {
  readonly clock = new VirtualClock();
  readonly sandbox: Sandbox;
  readonly names: string[];

  constructor(
    count: number,
    analysis: Partial<CanaryAnalysis>,
    spec: (name: string) => Partial<CanarySpec> = () => ({}),
  ) {
    this.sandbox = createSandbox({ clock: this.clock, seed: 1, crds: CRDS, scrapeIntervalMs: HARDLY_EVER_MS });
    this.sandbox.start();
    this.names = Array.from({ length: count }, (_, index) => `app-${index}`);
    for (const name of [NAMESPACE, 'serin']) {
      this.sandbox.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    for (const name of this.names) {
      const own = <T>(object: T): T => JSON.parse(JSON.stringify(object).replaceAll('podinfo', name));
      this.sandbox.store.create(own(aDeployment('app:1')));
      const { metadata, ...canary } = own(aCanary(analysis));
      const { uid, generation, ...named } = metadata;
      const whole = { ...canary, metadata: named, spec: { ...canary.spec, ...spec(name) } };
      this.sandbox.store.create(whole as KubeObject);
    }
  }

  /** A new version of each. */
  release(image: string): void {
    for (const name of this.names) {
      const target = structuredClone(this.get(RESOURCES.deployment, name)) as Workload;
      target.spec.template.spec.containers[0]!.image = image;
      this.sandbox.store.update(target);
    }
  }

  status(name: string): NonNullable<Canary['status']> {
    return (this.get(RESOURCES.canary, name) as Canary | undefined)?.status ?? {};
  }

  /** Whether all of them are in the phase. */
  all(phase: string): boolean {
    return this.names.every((name) => this.status(name).phase === phase);
  }

  private get(type: ResourceType, name: string): KubeObject | undefined {
    return this.sandbox.store.get({ ...type, namespace: NAMESPACE, name });
  }
}
