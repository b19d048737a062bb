import { withCondition } from './condition';
import type { Condition, ContainerStatus, Pod, PodStatus } from './objects';
import { backoffMs, type PodLife } from './pod-life';

export interface PodPlace {
  podIP: string;
  hostIP: string;
  /** RFC 3339. */
  now: string;
}

/** What a kubelet reports of a pod in this stage of its life. */
export function podStatus(pod: Pod, life: PodLife, { podIP, hostIP, now }: PodPlace): PodStatus {
  const created = life.stage !== 'creating';
  const before = pod.status;
  return {
    phase: created ? 'Running' : 'Pending',
    conditions: conditions(pod, life, now),
    hostIP,
    ...(created && { podIP, podIPs: [{ ip: podIP }] }),
    startTime: before?.startTime ?? now,
    containerStatuses: pod.spec.containers.map(({ name, image }) => {
      const old = before?.containerStatuses?.find((one) => one.name === name);
      return containerStatus({ name, image }, life, old, pod.metadata.name, now);
    }),
  };
}

function conditions(pod: Pod, life: PodLife, now: string): Condition[] {
  const ready = life.stage === 'ready';
  const names = pod.spec.containers.map((one) => one.name).join(' ');
  const unready = { reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
  const wanted: Condition[] = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'Initialized', status: 'True' },
    { type: 'ContainersReady', status: ready ? 'True' : 'False', ...(!ready && unready) },
    { type: 'Ready', status: ready ? 'True' : 'False', ...(!ready && unready) },
  ];
  return wanted.reduce<Condition[]>(
    (all, one) => withCondition(all, { ...one, lastTransitionTime: now }),
    pod.status?.conditions ?? [],
  );
}

function containerStatus(
  container: { name: string; image: string },
  life: PodLife,
  old: ContainerStatus | undefined,
  podName: string,
  now: string,
): ContainerStatus {
  const since = old?.state['running']?.['startedAt'] ?? now;
  const base = { ...container, ready: life.stage === 'ready', restartCount: life.restarts };
  if (life.stage === 'creating') {
    return { ...base, started: false, state: { waiting: { reason: 'ContainerCreating' } } };
  }
  if (life.stage === 'crashed') {
    const delay = `${backoffMs(life.restarts) / 1000}s`;
    const message = `back-off ${delay} restarting failed container=${container.name} pod=${podName}`;
    const terminated = { exitCode: 1, reason: 'Error', startedAt: since, finishedAt: now };
    const state = { waiting: { reason: 'CrashLoopBackOff', message } };
    return { ...base, started: false, state, lastState: { terminated } };
  }
  const lastState = old?.lastState ?? {};
  return { ...base, started: true, state: { running: { startedAt: since } }, lastState };
}
