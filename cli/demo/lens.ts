/** Looks at the cluster for the demo: the release, its routes, its pods, and what was told about it. */
import { builtinQuery, DURATION, SUCCESS_RATE } from '../../controller/analysis/queries';
import type { Canary, Phase } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { RESOURCES } from '../../model/kube';
import { isRouter, routerFor } from '../../model/traffic/router';
import { ALL_TO_PRIMARY, isUnreadable, type Routes } from '../../model/traffic/routes';
import type { ObjectStore } from '../../sandbox/api/store';
import { PROMETHEUS_URL, type Sandbox } from '../../sandbox/world';
import type { Side } from './demo-state';
import { APP, NAMESPACE } from './tutorial-objects';

/** One happening about the Canary, as its Event says it. */
export interface CanaryEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  count: number;
}

/** Of the numbers on the screen; the analysis has its own. */
const SCREEN_WINDOW = '20s';

export class Lens {
  private readonly store: ObjectStore;

  constructor(private readonly sandbox: Sandbox) {
    this.store = sandbox.store;
  }

  canary(): Canary | undefined {
    return this.find(RESOURCES.canary, APP) as Canary | undefined;
  }

  phase(): Phase {
    return this.canary()?.status?.phase ?? '';
  }

  /** The live split; all traffic is the primary's as long as there are no routes. */
  routes(): Routes {
    const [canary, live] = [this.canary(), this.find(RESOURCES.virtualService, APP)];
    const router = routerFor('istio');
    if (!canary || !live || !isRouter(router)) return ALL_TO_PRIMARY;
    const routes = router.read(canary, [live]);
    return isUnreadable(routes) ? ALL_TO_PRIMARY : routes;
  }

  side(name: string): Side {
    const deployment = this.find(RESOURCES.deployment, name) as DeploymentView | undefined;
    const image = deployment?.spec.template.spec.containers[0]?.image ?? '';
    return {
      version: image.split(':')[1] ?? '',
      ready: deployment?.status?.readyReplicas ?? 0,
      wanted: deployment?.spec.replicas ?? 0,
    };
  }

  /** What Prometheus says about a workload; undefined without requests. */
  async measured(target: string): Promise<Pick<Side, 'successPercent' | 'p99Ms'>> {
    const [successPercent, p99Ms] = await Promise.all([this.ask(SUCCESS_RATE, target), this.ask(DURATION, target)]);
    return { successPercent, p99Ms };
  }

  /** Calls the listener for every Event about the Canary. */
  onEvent(listener: (event: CanaryEvent) => void): { close(): void } {
    return this.store.watch(RESOURCES.event, undefined, ({ type, object }) => {
      const event = object as EventView;
      if (type === 'DELETED' || event.involvedObject?.kind !== 'Canary') return;
      const { message = '', reason = '', count = 1 } = event;
      listener({ type: event.type === 'Warning' ? 'Warning' : 'Normal', reason, message, count });
    });
  }

  /** Calls the listener after every change of anything. */
  onChange(listener: () => void): { close(): void } {
    return this.store.observe(listener);
  }

  private find(type: { apiVersion: string; kind: string }, name: string): KubeObject | undefined {
    return this.store.get({ apiVersion: type.apiVersion, kind: type.kind, namespace: NAMESPACE, name });
  }

  private async ask(metric: string, target: string): Promise<number | undefined> {
    const variables = { name: APP, namespace: NAMESPACE, target, service: APP, ingress: '', route: '', variables: {} };
    const query = builtinQuery(metric, 'istio', { ...variables, interval: SCREEN_WINDOW });
    const url = `${PROMETHEUS_URL}/api/v1/query?query=${encodeURIComponent(query?.query ?? '')}`;
    const answer = JSON.parse(await (await this.sandbox.http({ method: 'GET', url })).text()) as QueryAnswer;
    const value = Number(answer.data?.result?.[0]?.value?.[1]) * (query?.scale ?? 1);
    return Number.isFinite(value) ? value : undefined;
  }
}

interface DeploymentView extends KubeObject {
  spec: { replicas?: number; template: { spec: { containers: { image: string }[] } } };
  status?: { readyReplicas?: number };
}

interface EventView extends KubeObject {
  involvedObject?: { kind?: string; name?: string };
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
}

interface QueryAnswer {
  data?: { result?: { value?: [number, string] }[] };
}
