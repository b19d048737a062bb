/** What is released in a simulated run, and by whom. */
import type { TrafficProvider } from '../model/canary';
import type { Chance } from './chance';

export const STRATEGIES = [
  'progressive',
  'promotedInSteps',
  'mirrored',
  'abTest',
  'blueGreen',
  'blueGreenMirrored',
] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface Scenario {
  provider: TrafficProvider;
  strategy: Strategy;
  /** Webhooks of every type. */
  hooks: boolean;
  sessionAffinity: boolean;
  autoscaler: boolean;
  /** The target reads a ConfigMap. */
  config: boolean;
  /** Processes of the controller; two elect a leader. */
  replicas: 1 | 2;
  /** So many shards that the processes share instead; seeds do not draw it. */
  shards?: number;
  /** Metrics come from simulated users through the mesh and Prometheus; otherwise from a server that knows the images. */
  users: boolean;
  revertOnDeletion: boolean;
}

/** Istio first: it has the most to go wrong. */
const PROVIDERS: readonly TrafficProvider[] = [
  'istio',
  'istio',
  'istio',
  'istio',
  'gatewayapi:v1',
  'gatewayapi:v1',
  'gatewayapi:v1beta1',
  'kubernetes',
  'nginx',
  'traefik',
  'contour',
  'linkerd',
];

const ABLE: Record<'mirror' | 'match' | 'affinity', readonly TrafficProvider[]> = {
  mirror: ['istio', 'gatewayapi:v1', 'gatewayapi:v1beta1'],
  match: ['istio', 'gatewayapi:v1', 'gatewayapi:v1beta1', 'nginx', 'contour'],
  affinity: ['istio', 'gatewayapi:v1', 'gatewayapi:v1beta1'],
};

export function scenarioOf(chance: Chance): Scenario {
  const provider = chance.pick(PROVIDERS);
  const strategy = chance.pick(STRATEGIES.filter((one) => fits(provider, one)));
  const weighted = strategy === 'progressive' || strategy === 'promotedInSteps';
  return {
    provider,
    strategy,
    hooks: chance.often(0.4),
    sessionAffinity: weighted && ABLE.affinity.includes(provider) && chance.often(0.25),
    autoscaler: chance.often(0.2),
    config: chance.often(0.4),
    replicas: chance.often(0.25) ? 2 : 1,
    users: provider === 'istio' && weighted && chance.often(0.15),
    revertOnDeletion: chance.often(0.3),
  };
}

function fits(provider: TrafficProvider, strategy: Strategy): boolean {
  if (provider === 'kubernetes') return strategy === 'blueGreen';
  if (strategy === 'mirrored' || strategy === 'blueGreenMirrored') return ABLE.mirror.includes(provider);
  return strategy !== 'abTest' || ABLE.match.includes(provider);
}

/** The least that makes a release: what golden runs and paths of edits begin with. */
export const PLAIN: Scenario = {
  provider: 'istio',
  strategy: 'progressive',
  hooks: false,
  sessionAffinity: false,
  autoscaler: false,
  config: true,
  replicas: 1,
  users: false,
  revertOnDeletion: false,
};
