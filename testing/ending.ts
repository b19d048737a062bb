/** Puts together what became of a release, and looks for what should not be left behind. */
import type { Canary } from '../model/canary';
import { primaryWorkloadName } from '../model/names';
import { imageOf, workload } from './image';
import type { Entry, Outcome } from './outcome';
import type { Stage } from './stage';

type Seen = { requests: number; errors: number; slow?: number };

export interface End {
  stage: Stage;
  canary: Canary;
  title: string;
  image: string;
  before: string;
  tookMs: number;
  ended: boolean;
  users: Seen & { byVersion: Record<string, Seen> };
  /** Of the new version, when it was promoted. */
  beforePromotion: Seen | undefined;
}

const OVER: ReadonlySet<string> = new Set(['Promoting', 'Finalising', 'Succeeded', 'Failed']);

export function endOf(end: End): Outcome {
  const { stage, canary, title, tookMs, users } = end;
  const { recorder } = stage;
  const phase = recorder.canary()?.status?.phase ?? '';
  const result = end.ended ? (phase === 'Succeeded' ? 'promoted' : 'rolledBack') : 'undecided';
  const { name, namespace = 'default' } = canary.metadata;
  const key = `${name}.${namespace}`;
  const lastRelease = recorder.entries.findLastIndex(({ kind }) => kind === 'release');
  const run = recorder.entries.slice(Math.max(0, lastRelease));
  const because = result === 'rolledBack' ? reasonOf(run) : undefined;
  const onNew = end.beforePromotion ?? users.byVersion[end.image] ?? { requests: 0, errors: 0 };
  return {
    result,
    canary: key,
    phase,
    tookMs,
    weights: weightsOf(run),
    users: {
      requests: users.requests,
      errors: users.errors,
      slow: users.slow ?? 0,
      onNewVersion: onNew.requests,
      hurtByNewVersion: onNew.errors + (onNew.slow ?? 0),
      affected: users.requests === 0 ? 0 : (users.errors + (users.slow ?? 0)) / users.requests,
    },
    ...(because !== undefined && { because }),
    leftovers: end.ended ? leftovers(end, result === 'promoted' ? end.image : end.before) : [],
    timeline: { canary: key, title, entries: recorder.entries, users: recorder.users },
  };
}

/** Up to the moment when it is decided. */
function weightsOf(run: readonly Entry[]): number[] {
  const over = run.findIndex((entry) => entry.kind === 'phase' && OVER.has(entry.phase));
  const open = over < 0 ? run : run.slice(0, over);
  const weights = open.flatMap((entry) => (entry.kind === 'weight' && entry.canary > 0 ? [entry.canary] : []));
  return weights.filter((weight, index) => weight !== weights[index - 1]);
}

/** The last check that failed; without one the last warning that is no mere consequence. */
function reasonOf(run: readonly Entry[]): string | undefined {
  const warnings = run.flatMap((entry) => (entry.kind === 'event' && entry.type === 'Warning' ? [entry.message] : []));
  const causes = warnings.filter((text) => !/^(Rolling back|Canary failed)/.test(text));
  return causes.at(-1) ?? warnings.at(-1);
}

function leftovers({ stage, canary }: End, image: string): string[] {
  const { store } = stage.sandbox;
  const { primary, mirrored } = stage.recorder.liveRoutes();
  const primaryWorkload = primaryWorkloadName(canary);
  const runs = imageOf(store, canary, primaryWorkload);
  const { status } = workload(store, canary, primaryWorkload);
  const ready = status?.readyReplicas ?? status?.numberReady ?? 0;
  const canaries = canary.spec.targetRef.kind === 'Deployment' ? (workload(store, canary).spec.replicas ?? 0) : 0;
  return [
    ...(primary === 100 && !mirrored ? [] : [`the primary has ${primary} % of the traffic`]),
    ...(runs === image ? [] : [`the primary runs ${runs}, not ${image}`]),
    ...(ready > 0 ? [] : ['the primary has no ready pods']),
    ...(canaries === 0 ? [] : [`${canaries} canary pods are left`]),
  ];
}
