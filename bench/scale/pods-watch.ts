/** When the pods of a version were ready, by what the Deployment says: until then no controller may send traffic to it. */
import type { Plane } from '../../test/cluster/control-plane/plane';
import { keyIn, LiveWatch, type Versioned } from './live-watch';

interface DeploymentObject extends Versioned {
  metadata: Versioned['metadata'] & { generation: number };
  spec: { replicas?: number };
  status?: { observedGeneration?: number; updatedReplicas?: number; availableReplicas?: number };
}

export class PodsWatch extends LiveWatch<DeploymentObject> {
  private readonly readyAt = new Map<string, number>();

  constructor(plane: Plane) {
    super(plane, '/apis/apps/v1/deployments', 'serin-bench-pods');
  }

  /** Unix milliseconds of when the watch first told of a Deployment with pods that all pods are available. */
  readyMs(key: string): number | undefined {
    return this.readyAt.get(key);
  }

  protected take(deployment: DeploymentObject): void {
    const { metadata, spec, status = {} } = deployment;
    const { replicas = 1 } = spec;
    const isSeen = (status.observedGeneration ?? 0) >= metadata.generation;
    const isReady = isSeen && status.updatedReplicas === replicas && status.availableReplicas === replicas;
    if (replicas > 0 && isReady && !this.readyAt.has(keyIn(deployment)))
      this.readyAt.set(keyIn(deployment), Date.now());
  }
}
