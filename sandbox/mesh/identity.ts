/** What Istio says about the two ends of a request. */
import type { Labels } from '../prometheus/labels';
import { mainContainer } from '../workloads/behaviour';
import type { Pod } from '../workloads/objects';
import { controllerOf } from '../workloads/ownership';

/** A workload as its pods report it: the Deployment above a ReplicaSet, otherwise the controller itself. */
export function workloadOf(pod: Pod): string {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return owner?.name ?? pod.metadata.name;
  const hash = pod.metadata.labels?.['pod-template-hash'];
  return hash && owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name;
}

/** The image of the container that serves: what tells versions apart. */
export function versionOf(pod: Pod): string {
  return mainContainer(pod.spec)?.image ?? '';
}

export interface Caller {
  workload: string;
  namespace: string;
}

export interface Exchange {
  reporter: 'source' | 'destination';
  caller: Caller;
  /** Absent when no pod took the request. */
  pod: Pod | undefined;
  service: { name: string; namespace: string };
  status: number;
  /** Envoy's response flags, `-` for none. */
  flags: string;
}

/** The labels of Istio's standard metrics. */
export function istioLabels({ reporter, caller, pod, service, status, flags }: Exchange): Labels {
  const workload = pod ? workloadOf(pod) : 'unknown';
  const labels = pod?.metadata.labels ?? {};
  return {
    reporter,
    source_workload: caller.workload,
    source_workload_namespace: caller.namespace,
    source_app: caller.workload,
    source_version: 'unknown',
    source_principal: 'unknown',
    source_canonical_service: caller.workload,
    source_canonical_revision: 'latest',
    destination_workload: workload,
    destination_workload_namespace: pod?.metadata.namespace ?? 'unknown',
    destination_app: labels['app'] ?? 'unknown',
    destination_version: labels['version'] ?? 'unknown',
    destination_principal: 'unknown',
    destination_service: service.namespace
      ? `${service.name}.${service.namespace}.svc.cluster.local`
      : service.name || 'unknown',
    destination_service_name: service.name || 'unknown',
    destination_service_namespace: service.namespace || 'unknown',
    destination_canonical_service: labels['app'] ?? workload,
    destination_canonical_revision: labels['version'] ?? 'latest',
    request_protocol: 'http',
    response_code: String(status),
    response_flags: flags,
    grpc_response_status: '',
    connection_security_policy: reporter === 'destination' ? 'none' : 'unknown',
  };
}
