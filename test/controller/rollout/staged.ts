/** The Stage in the states that tests begin with, and short names for what they do to it. */
import type { CanaryAnalysis, CanarySpec } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { aCanary, aDeployment } from '../../fixtures';
import { Stage } from './stage';

// biome-ignore lint/suspicious/noExplicitAny: raw JSON
export type Raw = any;

/** After its bootstrap, with nothing left to do. */
export async function initialized(
  analysis: Partial<CanaryAnalysis> = {},
  spec: Partial<CanarySpec> = {},
  ...more: KubeObject[]
): Promise<Stage> {
  const stage = new Stage(aCanary(analysis, spec), aDeployment(), ...more);
  await stage.until('Initialized');
  await stage.after(10);
  return stage;
}

/** A run has begun and given the canary its first 20 % (or its first iteration). */
export async function underWay(
  analysis: Partial<CanaryAnalysis> = {},
  spec: Partial<CanarySpec> = {},
  ...more: KubeObject[]
): Promise<Stage> {
  const stage = await initialized(analysis, spec, ...more);
  stage.setImage('a:2');
  await stage.settleTicks();
  return stage;
}

export const hold = (stage: Stage, name: string, state: 'ready' | 'updating' | 'deadline' | 'unavailable'): void => {
  stage.held.set(name, state);
  stage.settle();
};

export const release = (stage: Stage): void => {
  stage.held.clear();
  stage.settle();
};

export const routes = (stage: Stage): string => stage.rows.at(-1)!.routes;

export const image = (stage: Stage, name: string): string =>
  (stage.get('Deployment', name) as Raw).spec.template.spec.containers[0].image;

export const replicas = (stage: Stage, name = 'podinfo'): number =>
  (stage.get('Deployment', name) as Raw).spec.replicas;

export const editSpec = (stage: Stage, change: (spec: Raw) => void): void =>
  stage.edit('Canary', 'podinfo', (object) => change((object as Raw).spec));

/** Ticks that may end in an error, `seconds` apart. */
export async function quietly(stage: Stage, ticks: number, seconds = 10): Promise<void> {
  for (let i = 0; i < ticks; i++) {
    await stage.tick().catch(() => undefined);
    stage.now += seconds * 1000;
  }
}

/** Marks the Canary as deleted, as the API server does while there is a finalizer. */
export const remove = (stage: Stage): void =>
  stage.edit('Canary', 'podinfo', (object) => {
    object.metadata.deletionTimestamp = new Date(stage.now).toISOString();
  });

export const said = (stage: Stage, part: string): string[] => stage.texts().filter((text) => text.includes(part));

/** The Deployment's controller gave up on it, until its next change; its pods stay as they are. */
export function pastDeadline(stage: Stage, name: string): void {
  const live = stage.get('Deployment', name) as Raw;
  live.status.conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
}
