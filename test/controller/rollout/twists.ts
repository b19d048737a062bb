/** One thing that is other than a moment has it: whatever may be gone, late, edited by hand, refused or left over. */
import type { Observation } from '../../../controller/rollout/observation';
import type { GateAnswer, Measurement, ProbeAnswer } from '../../../controller/rollout/question';
import type { KubeObject } from '../../../model/kube';
import { routerFor } from '../../../model/traffic/router';
import { aHook, anHpa } from '../../fixtures';
import type { Raw } from './staged';

/** What the outside says when it is asked. */
export interface Replies {
  /** By webhook; absent: rollback hooks say no, all others yes. */
  gates: Record<string, GateAnswer>;
  metric: Measurement;
  config: 'tracked' | 'changed' | 'ignored' | 'missing' | 'error';
  probe: ProbeAnswer;
}

/** `seen` is the moment's own copy, and may be changed. */
export type Twist = (seen: Raw, replies: Replies) => void;

const REVISION = 'serin.dev/revision';
const FOREIGN = '5f6f5b9c4b';
const closed = { passed: false, error: 'closed' } as const;

const at = (seen: Observation, seconds: number): string => new Date(seen.now + seconds * 1000).toISOString();

const annotate = (object: KubeObject | undefined, annotations: Record<string, string | undefined>): void => {
  if (object === undefined) return;
  const all = { ...object.metadata.annotations, ...annotations };
  object.metadata.annotations = JSON.parse(JSON.stringify(all));
};

const noted = (notes: (seen: Observation) => object): Twist => {
  return (seen) => {
    seen.canary.status = { ...seen.canary.status, serin: { ...seen.canary.status?.serin, ...notes(seen) } };
  };
};

const status = (change: object): Twist => {
  return (seen) => {
    seen.canary.status = { ...seen.canary.status, ...change };
  };
};

const spec = (change: (spec: Raw) => void): Twist => {
  return (seen) => change(seen.canary.spec);
};

const analysis = (change: object): Twist => spec((its) => Object.assign(its.analysis, change));

const routes = (primary: number, canary: number, mirrored = false): Twist => {
  return (seen) => {
    seen.routes = { primary, canary, mirrored };
  };
};

const gate = (name: string, answer: GateAnswer): Twist => {
  return (_seen, replies) => {
    replies.gates = { [name]: answer };
  };
};

type Side = 'target' | 'primary';

const scaledToZero = (side: Side): Twist => {
  return (seen) => {
    if (seen[side]?.kind !== 'Deployment') return;
    seen[side].spec.replicas = 0;
    seen[side].status = { observedGeneration: seen[side].metadata.generation };
  };
};

/** Conditions of a Deployment, and how many of its pods can serve. */
const unready = (side: Side, availableReplicas: number, conditions: (seen: Observation) => object[]): Twist => {
  return (seen) => {
    const object = seen[side];
    if (object === undefined) return;
    const { generation } = object.metadata;
    if (object.kind === 'DaemonSet') {
      object.status = {
        observedGeneration: generation,
        desiredNumberScheduled: 2,
        updatedNumberScheduled: 1,
        numberAvailable: availableReplicas,
      };
    } else {
      object.status = { observedGeneration: generation, availableReplicas, conditions: conditions(seen) };
    }
  };
};

const ready = (side: Side, secondsAgo: number): Twist => {
  return (seen) => {
    if (seen[side]?.status === undefined) return;
    const lastUpdateTime = at(seen, -secondsAgo);
    seen[side].status.conditions = [{ type: 'Available', status: 'True', lastUpdateTime }];
  };
};

const deadline = () => [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];

const provider = (name: string): Twist => {
  return (seen) => {
    seen.provider = name;
    seen.router = routerFor(name, { ingressAnnotationsPrefix: seen.settings.ingressAnnotationsPrefix });
  };
};

const held = (seen: Observation, more: object): string =>
  JSON.stringify({
    replicas: 3,
    weight: 100,
    run: (seen.canary.status?.serin as Raw)?.runStartedAt ?? '',
    since: at(seen, -10),
    least: 1,
    ...more,
  });

const minimumHeld = (more: (seen: Observation) => object): Twist => {
  return (seen) => {
    annotate(seen.primaryAutoscaler, { 'serin.dev/held-minimum': held(seen, more(seen)) });
    if (seen.primaryAutoscaler) seen.primaryAutoscaler.spec.minReplicas = 3;
  };
};

const asTarget = (seen: Raw): void => {
  if (seen.target === undefined || seen.primary === undefined) return;
  const { template } = seen.target.spec;
  seen.primary.spec = structuredClone({ ...seen.primary.spec, template });
};

const workloads: Record<string, Twist> = {
  'no target': (seen) => {
    delete seen.target;
  },
  'the target at zero': scaledToZero('target'),
  'the target with five pods': (seen) => {
    if (seen.target?.kind !== 'Deployment') return;
    seen.target.spec.replicas = 5;
    Object.assign(seen.target.status, { replicas: 5, updatedReplicas: 5, availableReplicas: 5 });
  },
  'the target not looked at yet': (seen) => {
    if (seen.target) seen.target.metadata.generation += 1;
  },
  'the target without pods': unready('target', 0, () => []),
  'the target updating': unready('target', 1, () => []),
  'the target past its deadline': unready('target', 1, deadline),
  'the target without pods past its deadline': unready('target', 0, deadline),
  'the target ready just now': ready('target', 0.5),
  'another template on the target': (seen) => {
    if (seen.target?.spec.template) seen.target.spec.template.spec.containers[0].image = 'a:9';
  },
  'the promoted template on the target': (seen) => {
    const kept = seen.revisions.find(
      ({ data }: Raw) => data.revision.hash === seen.primary?.metadata.annotations?.[REVISION],
    );
    if (seen.target?.spec.template && kept) seen.target.spec.template = structuredClone(kept.data.template);
  },
  'an older view of the target': (seen) => {
    if (seen.target) seen.target.metadata.generation -= 1;
  },
  'a target without a uid': (seen) => {
    delete seen.target?.metadata.uid;
  },
  'a target without a label to select by': (seen) => {
    if (seen.target?.spec.selector?.matchLabels) seen.target.spec.selector.matchLabels = { other: 'podinfo' };
  },
  'no primary': (seen) => {
    delete seen.primary;
  },
  'no primary and nothing kept of it': (seen) => {
    delete seen.primary;
    seen.revisions = [];
  },
  'neither target nor primary': (seen) => {
    delete seen.target;
    delete seen.primary;
  },
  'the primary at zero': scaledToZero('primary'),
  'the primary not looked at yet': (seen) => {
    if (seen.primary) seen.primary.metadata.generation += 1;
  },
  'the primary without pods': unready('primary', 0, () => []),
  'the primary updating': unready('primary', 1, () => []),
  'the primary past its deadline': unready('primary', 1, deadline),
  'the primary without pods past its deadline': unready('primary', 0, deadline),
  'the primary ready just now': ready('primary', 0.5),
  'nobody with pods': (seen, replies) => {
    unready('target', 0, () => [])(seen, replies);
    unready('primary', 0, () => [])(seen, replies);
  },
  'a primary of somebody else': (seen) => {
    if (seen.primary)
      seen.primary.metadata.ownerReferences = [{ kind: 'Other', name: 'x', uid: 'y', controller: true }];
  },
  'a primary without an owner': (seen) => {
    delete seen.primary?.metadata.ownerReferences;
  },
  'a primary handed over': (seen) => {
    delete seen.primary?.metadata.ownerReferences;
    annotate(seen.primary, { 'serin.dev/canary': 'podinfo' });
  },
  'a primary without a record': (seen) => annotate(seen.primary, { [REVISION]: undefined }),
  'a primary without a record that runs the target': (seen) => {
    annotate(seen.primary, { [REVISION]: undefined });
    asTarget(seen);
  },
  'a primary that runs the target': asTarget,
  'a primary that somebody changed': (seen) => {
    if (seen.primary?.spec.template) seen.primary.spec.template.spec.containers[0].image = 'a:hand';
  },
  'a primary that was restarted': (seen) => {
    const metadata = seen.primary?.spec.template?.metadata;
    if (metadata) metadata.annotations = { ...metadata.annotations, 'kubectl.kubernetes.io/restartedAt': 'now' };
  },
  'a primary that was restarted and changed': (seen) => {
    const template = seen.primary?.spec.template;
    if (!template) return;
    template.metadata.annotations = { ...template.metadata.annotations, 'kubectl.kubernetes.io/restartedAt': 'now' };
    template.spec.containers[0].image = 'a:hand';
  },
};

const traffic: Record<string, Twist> = {
  'no routes': (seen) => {
    delete seen.routes;
    seen.routing = [];
  },
  'all on the primary': routes(100, 0),
  'a mirror': routes(100, 0, true),
  'a weight by hand': routes(67, 33),
  'half on each': routes(50, 50),
  'all on the canary': routes(0, 100),
  'all on the canary, which has no pods': (seen, replies) => {
    routes(0, 100)(seen, replies);
    unready('target', 0, () => [])(seen, replies);
  },
  'a share on the canary, and no pods on the primary': (seen, replies) => {
    routes(60, 40)(seen, replies);
    unready('primary', 0, () => [])(seen, replies);
  },
  'routes that are not served': (seen) => {
    seen.routesProblem = { text: 'the gateway refused them', pending: false };
  },
  'routes that are not served yet': (seen) => {
    seen.routesProblem = { text: 'not seen yet', pending: true };
  },
  'a gateway that is not there': (seen) => {
    seen.missingGateways = ['public'];
  },
  'no router': (seen) => {
    seen.router = { error: 'no such provider' };
  },
  'provider kubernetes': provider('kubernetes'),
  'provider nginx': provider('nginx'),
  'provider linkerd': provider('linkerd'),
  'a Service that is gone': (seen) => {
    delete seen.services.canary;
  },
  'no Services': (seen) => {
    seen.services = {};
  },
  'an apex with another selector': (seen) => {
    if (seen.services.apex) seen.services.apex.spec.selector = { app: 'other' };
  },
  'Services that select both': (seen) => {
    seen.straySelectors = ['shop', 'legacy'];
  },
};

const scalers: Record<string, Twist> = {
  'no autoscaler': (seen) => {
    delete seen.autoscaler;
  },
  'no primary autoscaler': (seen) => {
    delete seen.primaryAutoscaler;
  },
  'an autoscaler that nobody refers to': (seen) => {
    delete seen.canary.spec.autoscalerRef;
    seen.autoscaler = anHpa();
  },
  'a primary autoscaler without an owner': (seen) => {
    delete seen.primaryAutoscaler?.metadata.ownerReferences;
  },
  'other bounds': (seen) => {
    if (seen.autoscaler?.kind === 'HorizontalPodAutoscaler') seen.autoscaler.spec.maxReplicas = 9;
  },
  'a minimum held for this run': minimumHeld(() => ({})),
  'a minimum held for more pods than there are': minimumHeld((seen) => ({ replicas: 4, since: at(seen, -400) })),
  'a minimum held for another run': minimumHeld(() => ({ run: 'another' })),
  'a minimum held for less': minimumHeld(() => ({ weight: 50 })),
  'a minimum held for long': minimumHeld((seen) => ({ since: at(seen, -400), run: 'another' })),
  'a minimum held, and a primary that stays short of it': (seen, replies) => {
    minimumHeld((its) => ({ since: at(its, -400) }))(seen, replies);
    unready('primary', 2, () => [])(seen, replies);
  },
  'a minimum held, and a primary that has no fewer': (seen, replies) => {
    minimumHeld((its) => ({ since: at(its, -400) }))(seen, replies);
    unready('primary', 3, () => [])(seen, replies);
  },
  'a held minimum that is garbage': (seen) => annotate(seen.primaryAutoscaler, { 'serin.dev/held-minimum': '{' }),
};

const settings: Record<string, Twist> = {
  'a rival': (seen) => {
    seen.rival = 'older';
  },
  suspended: spec((its) => {
    its.suspend = true;
  }),
  'an interval that is none': analysis({ interval: 'soon' }),
  'an interval of a minute': analysis({ interval: '1m' }),
  'an interval below the least': analysis({ interval: '1s' }),
  'analysis skipped': spec((its) => {
    its.skipAnalysis = true;
  }),
  'reverts on deletion': spec((its) => {
    its.revertOnDeletion = true;
  }),
  'another strategy': analysis({ iterations: 3, stepWeight: undefined, maxWeight: undefined }),
  'a list of weights': analysis({ stepWeight: undefined, maxWeight: undefined, stepWeights: [1, 30, 70] }),
  'a mirror first': analysis({ mirror: true }),
  'steps of the promotion': analysis({ stepWeightPromotion: 15 }),
  'checks in a row': analysis({ thresholdCounts: 'consecutive' }),
  'one failure is enough': analysis({ threshold: 1 }),
  'sessions that stay': analysis({ sessionAffinity: { cookieName: 'c' } }),
  'only some users': analysis({ match: [{ headers: { 'x-user': { exact: 'a' } } }] }),
  'no metrics': analysis({ metrics: [] }),
  'a metric that waits without data': analysis({ metrics: [{ name: 'mine', query: 'up', noData: 'pause' }] }),
  'a metric of a template': (seen) => {
    const templateRef = { name: 'errors' };
    seen.canary.spec.analysis.metrics = [{ name: 'mine', templateRef, thresholdRange: { max: 100 } }];
    seen.templates = new Map([['test/errors', { metadata: { name: 'errors' } }]]);
  },
  'a template that is elsewhere': analysis({
    metrics: [{ name: 'mine', templateRef: { name: 'e', namespace: 'b' }, templateVariables: { a: 'b' } }],
  }),
  'a metric without a source': analysis({ metrics: [{ name: 'mine' }] }),
  'grpc by its own query': analysis({ metrics: [{ name: 'grpc-success-rate', query: 'up' }] }),
  'names of its own': spec((its) => {
    its.metricsServer = 'http://mine:9090';
    its.ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'front' };
    its.routeRef = { apiVersion: 'apisix.apache.org/v2', kind: 'ApisixRoute', name: 'way' };
  }),
  'callers from an ingress alone': spec((its) => {
    its.service.gateways = ['public'];
  }),
  'thresholds of readiness': analysis({ primaryReadyThreshold: 50, canaryReadyThreshold: 50 }),
  'no hooks': analysis({ webhooks: [] }),
  'muted gates': (seen, replies) => {
    const muteAlert = true;
    const types = ['confirm-rollout', 'confirm-traffic-increase', 'confirm-promotion'] as const;
    seen.canary.spec.analysis.webhooks = types.map((type) => aHook(type, type, { muteAlert }));
    replies.gates = Object.fromEntries(types.map((type) => [type, closed]));
  },
  'configs that are not tracked': (seen) => {
    seen.settings = { ...seen.settings, configTracking: false };
  },
  'deleted, and nothing to undo': (seen) => {
    seen.canary.metadata.deletionTimestamp = at(seen, 0);
    delete seen.canary.metadata.finalizers;
  },
  'deleted, and to be undone': (seen) => {
    seen.canary.metadata.deletionTimestamp = at(seen, 0);
    seen.canary.metadata.finalizers = ['finalizer.flagger.app', 'other'];
  },
  'a finalizer left over': (seen) => {
    seen.canary.metadata.finalizers = ['finalizer.flagger.app', 'other'];
  },
  'in the default namespace': (seen) => {
    delete seen.canary.metadata.namespace;
  },
};

const configs: Record<string, Twist> = {
  'a config that is gone': (seen) => {
    seen.configs = [{ ref: { kind: 'ConfigMap', name: 'conf', optional: false } }];
  },
  'a config that is gone and may be': (seen) => {
    seen.configs = [{ ref: { kind: 'Secret', name: 'key', optional: true } }];
  },
  'a config that is new': (seen) => {
    seen.configs = [{ ref: { kind: 'Secret', name: 'new' }, metadata: { name: 'new', resourceVersion: '7' } }];
  },
  'a config that cannot be read': (seen, replies) => {
    seen.configs = [{ ref: { kind: 'Secret', name: 'new' }, metadata: { name: 'new' } }];
    replies.config = 'error';
  },
  'a config that went in between': (seen, replies) => {
    seen.configs = [{ ref: { kind: 'ConfigMap', name: 'conf' }, metadata: { name: 'conf' } }];
    replies.config = 'missing';
  },
  'a config that opted out': (seen, replies) => {
    seen.configs = [{ ref: { kind: 'ConfigMap', name: 'conf' }, metadata: { name: 'conf' } }];
    replies.config = 'ignored';
  },
  'a config that is gone, and no status': (seen) => {
    seen.configs = [{ ref: { kind: 'ConfigMap', name: 'conf' } }];
    delete seen.canary.status;
  },
  'configs with other content': (_seen, replies) => {
    replies.config = 'changed';
  },
  'copies that nobody uses': (seen) => {
    const owner = { kind: 'Canary', name: 'podinfo', uid: 'canary-uid', controller: true };
    const copy = (kind: string, name: string, more: object) => ({ kind, metadata: { name, ...more } });
    seen.configCopies = [
      copy('Secret', 'old-primary', { ownerReferences: [owner], uid: 'copy-uid' }),
      copy('ConfigMap', 'conf-primary', { ownerReferences: [owner] }),
      copy('ConfigMap', 'shared-primary', { ownerReferences: [owner, { ...owner, name: 'b', controller: false }] }),
    ];
  },
  'a primary that somebody changed, beside a kept template without a revision': (seen) => {
    if (seen.primary?.spec.template) seen.primary.spec.template.spec.containers[0].image = 'a:hand';
    seen.revisions = [{ kind: 'ControllerRevision', metadata: { name: 'garbage' }, data: {} }, ...seen.revisions];
  },
  'kept templates of other revisions': (seen) => {
    const kept = { kind: 'ControllerRevision', data: { revision: { hash: 's1-old' } } };
    seen.revisions = [
      ...seen.revisions,
      { ...kept, metadata: { name: 'old', uid: 'old-uid' } },
      { ...kept, metadata: { name: 'older' }, data: {} },
    ];
  },
};

const statuses: Record<string, Twist> = {
  'no status': (seen) => {
    delete seen.canary.status;
  },
  'one failed check': status({ failedChecks: 1 }),
  'as many failed checks as allowed': status({ failedChecks: 2 }),
  'a weight in the status': status({ canaryWeight: 33 }),
  'an iteration made': status({ iterations: 1 }),
  'all iterations made': status({ iterations: 10 }),
  'the hash of another controller': status({ lastAppliedSpec: FOREIGN, lastPromotedSpec: FOREIGN }),
  'the hash of another controller, and a primary as the target': (seen, replies) => {
    status({ lastAppliedSpec: FOREIGN, lastPromotedSpec: FOREIGN })(seen, replies);
    annotate(seen.primary, { [REVISION]: undefined });
    asTarget(seen);
  },
  'the hash of another controller, and a mirror': (seen, replies) => {
    status({ lastAppliedSpec: FOREIGN })(seen, replies);
    routes(100, 0, true)(seen, replies);
  },
  'nothing decided': status({ lastAppliedSpec: undefined }),
  'another revision decided': status({ lastAppliedSpec: 's1-other' }),
  'another revision promoted': status({ lastPromotedSpec: 's1-other' }),
  'other configs decided': status({ trackedConfigs: { 'configmap/old': 'x' } }),
  'no run recorded': status({ runs: undefined }),
  'ten runs recorded': (seen) => {
    const startedAt = (seen.canary.status?.serin as Raw)?.runStartedAt ?? 'long ago';
    const run = { revision: 's1-old', startedAt: 'long ago' };
    seen.canary.status = { ...seen.canary.status, runs: [...Array(9).fill(run), { ...run, startedAt }] };
  },
  'no conditions': status({ conditions: [] }),
  'a stalled condition': status({
    conditions: [{ type: 'Stalled', status: 'True', reason: 'InvalidSpec', message: 'was wrong' }],
  }),
  'conditions of somebody else': status({ conditions: [{ type: 'Ready', status: 'True', reason: 'Mine' }] }),
  'the phase of a deletion': status({ phase: 'Terminating' }),
};

const notes: Record<string, Twist> = {
  'no notes': (seen) => {
    if (seen.canary.status) seen.canary.status = { ...seen.canary.status, serin: undefined };
  },
  'a step just made': noted((seen) => ({ stepAt: at(seen, -1) })),
  'a step long ago': noted((seen) => ({ stepAt: at(seen, -1000) })),
  'a step in the future': noted((seen) => ({ stepAt: at(seen, 1000) })),
  'a step at no time': noted(() => ({ stepAt: 'soon' })),
  'a drain': noted((seen) => ({ drainUntil: at(seen, 1) })),
  'a drain that ends now': noted((seen) => ({ drainUntil: at(seen, 0) })),
  'a drain that is over, and traffic all the same': (seen, replies) => {
    noted((its) => ({ drainUntil: at(its, -1) }))(seen, replies);
    routes(60, 40)(seen, replies);
  },
  'a drain that is over, and traffic that the primary cannot take': (seen, replies) => {
    noted((its) => ({ drainUntil: at(its, -1) }))(seen, replies);
    routes(60, 40)(seen, replies);
    unready('primary', 0, () => [])(seen, replies);
  },
  'last words of a success': noted(() => ({ outbox: 'Succeeded' })),
  'last words of a skipped analysis': noted(() => ({ outbox: 'Skipped' })),
  'last words of a failure': noted(() => ({ outbox: 'Failed' })),
  'a gate waited for': noted(() => ({ waitingFor: 'traffic cti' })),
  'a deletion begun just now': noted((seen) => ({ terminatingSince: at(seen, 0) })),
  'a deletion begun long ago': noted((seen) => ({ terminatingSince: at(seen, -1000) })),
  'another shape': noted(() => ({ shape: 'istio ab' })),
  'no shape': noted(() => ({ shape: undefined })),
  'a decision on a newer target': noted(() => ({ target: '99 uid-Deployment/podinfo' })),
  'no verdict since now': noted((seen) => ({ heldSince: at(seen, -1) })),
  'no verdict for long': noted((seen) => ({ heldSince: at(seen, -1000) })),
  'a start that was not said': noted(() => ({ starting: true })),
  'pods to roll': noted(() => ({ roll: true })),
  'pods to roll after a drain': noted((seen) => ({ roll: true, drainUntil: at(seen, 1) })),
  'pods to roll without traffic': (seen, replies) => {
    noted((its) => ({ roll: true, drainUntil: at(its, 1) }))(seen, replies);
    routes(100, 0)(seen, replies);
  },
  'a rescue': noted(() => ({ rescuedFrom: 40 })),
  'a rescue while the primary has no pods': (seen, replies) => {
    noted(() => ({ rescuedFrom: 40 }))(seen, replies);
    unready('primary', 0, () => [])(seen, replies);
  },
  'a failed promotion': noted(() => ({ promotionFailed: true })),
  'a repair': noted(() => ({ repairs: true })),
  'a repair of a primary without pods': (seen, replies) => {
    noted(() => ({ repairs: true }))(seen, replies);
    unready('primary', 0, deadline)(seen, replies);
  },
  'another revision approved': noted(() => ({ approved: 'other' })),
  'pre-rollout hooks that passed': noted(() => ({ preRolloutPassed: 'other' })),
  'the end of an outage': (seen, replies) => {
    noted((its) => ({ heldSince: at(its, -1000) }))(seen, replies);
    replies.probe = { ok: false, message: 'refused' };
  },
};

const answers: Record<string, Twist> = {
  'pre-rollout says no': gate('pre', closed),
  'rollout says no': gate('load', closed),
  'rollback says yes': gate('rb', { passed: true, body: '' }),
  'confirm-rollout says no': gate('cr', closed),
  'confirm-traffic-increase says no': gate('cti', closed),
  'confirm-promotion says no': gate('cp', closed),
  'post-rollout says no': gate('post', closed),
  'another revision approved, and confirm-rollout says no': (seen, replies) => {
    noted(() => ({ approved: 'other' }))(seen, replies);
    replies.gates = { cr: closed };
  },
  'a bad metric': (_seen, replies) => {
    replies.metric = { outcome: 'value', value: 12.345678912, query: 'q'.repeat(500) };
  },
  'no data': (_seen, replies) => {
    replies.metric = { outcome: 'noData', message: 'nothing found', query: 'q' };
  },
  'an outage': (_seen, replies) => {
    replies.metric = { outcome: 'error', reason: 'QueryFailed', message: 'refused' };
  },
  'an outage for too long': (seen, replies) => {
    noted((its) => ({ heldSince: at(its, -1000) }))(seen, replies);
    replies.metric = { outcome: 'error', reason: 'QueryFailed', message: 'refused' };
  },
  'no metrics servers': (_seen, replies) => {
    replies.probe = { ok: false, message: 'refused' };
  },
};

/** By theme; each theme is one golden block of each moment. */
export const twists: Record<string, Record<string, Twist>> = {
  workloads,
  traffic,
  scalers,
  settings,
  configs,
  statuses,
  notes,
  answers,
};
