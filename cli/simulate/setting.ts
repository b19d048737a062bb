/** What is simulated: the release of the files, its users, and how a good version acts. */
import type { Canary } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { canaryNamed } from '../../testing/objects';
import { type Rollout, rollout } from '../../testing/rollout';
import type { Behaviour } from '../../testing/version';
import type { RolloutOptions, Traffic } from '../../testing/world';
import { readManifests } from '../manifests';
import type { Terminal } from '../terminal';
import { UsageError } from '../usage-error';
import type { ScriptedMetrics } from './scripted-metrics';

export interface Setting {
  canary: Canary;
  objects: readonly KubeObject[];
  traffic: Traffic;
  /** A version without fault: its few errors, its usual latency. */
  good: Behaviour;
  metrics: ScriptedMetrics;
  options: RolloutOptions;
}

/** The Canary of the files, with a stand-in for a workload that is not in them. @throws UsageError */
export async function readRelease(
  files: readonly string[],
  name: string | undefined,
  terminal: Pick<Terminal, 'stdin'>,
): Promise<Pick<Setting, 'canary' | 'objects'>> {
  const objects = (await readManifests(files, terminal)).map(({ object }) => object);
  const canaries = objects.filter(({ kind }) => kind === 'Canary') as Canary[];
  const names = canaries.map(({ metadata }) => metadata.name).join(', ');
  if (canaries.length === 0) throw new UsageError(`${files.join(', ')}: no Canary in it`);
  if (name === undefined && canaries.length > 1) throw new UsageError(`choose a Canary with --release: ${names}`);
  const canary = canaryNamed(objects, name ?? canaries[0]!.metadata.name);
  return { canary, objects: hasTarget(objects, canary) ? objects : [...objects, standIn(canary)] };
}

const hasTarget = (objects: readonly KubeObject[], { spec, metadata }: Canary): boolean =>
  objects.some(
    (one) =>
      one.kind === spec.targetRef.kind &&
      one.metadata.name === spec.targetRef.name &&
      (one.metadata.namespace ?? 'default') === (metadata.namespace ?? 'default'),
  );

function standIn({ spec, metadata }: Canary): KubeObject {
  const { apiVersion, kind, name } = spec.targetRef;
  const labels = { app: name };
  const ports = [{ name: 'http', containerPort: spec.service?.port ?? 80 }];
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: metadata.namespace ?? 'default' },
    spec: {
      ...(kind === 'Deployment' && { replicas: 2 }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image: `${name}:v1`, ports }] } },
    },
  };
}

/** The release of a version that acts so. */
export function releaseOf(setting: Setting, behaviour: Behaviour, more: RolloutOptions = {}): Rollout {
  const { canary, objects, traffic, good, metrics, options } = setting;
  const image = 'simulated';
  const release = rollout(objects, { current: good, ...options, ...more })
    .traffic(traffic)
    .release(canary.metadata.name, { ...good, ...behaviour, image });
  return [...metrics].reduce((so, [name, value]) => so.metric(name, value), release);
}
