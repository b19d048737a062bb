import type { AnyObject } from './tutorial-fixture';

/** A way to spoil the tutorial's Canary, and where and how the API server must complain about it. */
export interface Rejection {
  what: string;
  spoil(canary: AnyObject): void;
  field: string;
  message: RegExp;
}

const analysis = (change: (analysis: AnyObject) => void) => (canary: AnyObject) => change(canary.spec.analysis);
const spec = (change: (spec: AnyObject) => void) => (canary: AnyObject) => change(canary.spec);
const metric = (change: (metric: AnyObject) => void) => (canary: AnyObject) => change(canary.spec.analysis.metrics[0]);

/** api.md 8: each row is one rule of the hardened schema. */
export const REJECTIONS: Rejection[] = [
  {
    what: 'two ways to step at once',
    spoil: analysis((each) => Object.assign(each, { iterations: 5 })),
    field: 'spec.analysis',
    message: /exactly one of stepWeight, stepWeights, iterations/,
  },
  {
    what: 'no way to step',
    spoil: analysis((each) => delete each.stepWeight),
    field: 'spec.analysis',
    message: /exactly one of stepWeight, stepWeights, iterations/,
  },
  {
    what: 'an interval that is no duration',
    spoil: analysis((each) => Object.assign(each, { interval: '1minute' })),
    field: 'spec.analysis.interval',
    message: /should match/,
  },
  {
    what: 'an interval below a second',
    spoil: analysis((each) => Object.assign(each, { interval: '500ms' })),
    field: 'spec.analysis.interval',
    message: /1s/,
  },
  {
    what: 'weights that go down',
    spoil: analysis((each) => {
      delete each.stepWeight;
      each.stepWeights = [10, 30, 20];
    }),
    field: 'spec.analysis.stepWeights',
    message: /increasing/,
  },
  {
    what: 'a fractional step',
    spoil: analysis((each) => Object.assign(each, { stepWeight: 1.5 })),
    field: 'spec.analysis.stepWeight',
    message: /integer/,
  },
  {
    what: 'a step above 100',
    spoil: analysis((each) => Object.assign(each, { stepWeight: 101 })),
    field: 'spec.analysis.stepWeight',
    message: /less than or equal to 100/,
  },
  {
    what: 'a check without a range',
    spoil: metric((each) => delete each.thresholdRange),
    field: 'spec.analysis.metrics[0]',
    message: /thresholdRange/,
  },
  {
    what: 'a check with an empty range',
    spoil: metric((each) => Object.assign(each, { thresholdRange: {} })),
    field: 'spec.analysis.metrics[0]',
    message: /empty/,
  },
  {
    what: 'a range upside down',
    spoil: metric((each) => Object.assign(each, { thresholdRange: { min: 99, max: 1 } })),
    field: 'spec.analysis.metrics[0]',
    message: /above/,
  },
  {
    what: 'a custom check without a source',
    spoil: metric((each) => Object.assign(each, { name: 'errors' })),
    field: 'spec.analysis.metrics[0]',
    message: /templateRef or query/,
  },
  {
    what: 'a hook without an address',
    spoil: analysis((each) => Object.assign(each.webhooks[0], { url: 'flagger-loadtester.test' })),
    field: 'spec.analysis.webhooks[0].url',
    message: /http/,
  },
  {
    what: 'an unknown type of hook',
    spoil: analysis((each) => Object.assign(each.webhooks[0], { type: 'before' })),
    field: 'spec.analysis.webhooks[0].type',
    message: /pre-rollout/,
  },
  {
    what: 'one name for both cookies',
    spoil: analysis((each) => Object.assign(each, { sessionAffinity: { cookieName: 'a', primaryCookieName: 'a' } })),
    field: 'spec.analysis.sessionAffinity',
    message: /different/,
  },
  {
    what: 'no service',
    spoil: spec((each) => delete each.service),
    field: 'spec',
    message: /service/,
  },
  {
    what: 'port 0',
    spoil: spec((each) => Object.assign(each.service, { port: 0 })),
    field: 'spec.service.port',
    message: /greater than or equal to 1/,
  },
  {
    what: 'delegation with hosts',
    spoil: spec((each) => Object.assign(each.service, { delegation: true })),
    field: 'spec.service',
    message: /delegation/,
  },
  {
    what: 'mirroring where the provider cannot',
    spoil: spec((each) => {
      each.provider = 'linkerd';
      each.analysis.mirror = true;
    }),
    field: 'spec',
    message: /mirror/,
  },
  {
    what: 'nginx without an Ingress',
    spoil: spec((each) => Object.assign(each, { provider: 'nginx' })),
    field: 'spec',
    message: /ingressRef/,
  },
  {
    what: 'an unknown provider',
    spoil: spec((each) => Object.assign(each, { provider: 'envoy' })),
    field: 'spec.provider',
    message: /istio/,
  },
  {
    what: 'a target name that leaves no room for -primary',
    spoil: spec((each) => Object.assign(each.targetRef, { name: 'a'.repeat(56) })),
    field: 'spec',
    message: /55/,
  },
  {
    what: 'a target of an unknown kind',
    spoil: spec((each) => Object.assign(each.targetRef, { kind: 'StatefulSet' })),
    field: 'spec.targetRef.kind',
    message: /Deployment/,
  },
];
