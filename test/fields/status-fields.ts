/** `status`: written by runs, and read by people and tools. */
import type { CanaryStatus } from '../../model/canary';
import type { Stage } from '../controller/rollout/stage';
import { initialized, type Raw, underWay } from '../controller/rollout/staged';
import { valueAt } from './crd-paths';
import { shows, type Table } from './shown';

const CONFIG = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'conf', namespace: 'test' },
  data: { color: 'red' },
};

/** A run with a config, at 20 % after its first failed check. */
async function running(): Promise<Stage> {
  const stage = await initialized({ sessionAffinity: { cookieName: 'c', primaryCookieName: 'p' } }, {}, CONFIG);
  stage.edit('Deployment', 'podinfo', (object) => {
    const [container] = (object as Raw).spec.template.spec.containers;
    container.envFrom = [{ configMapRef: { name: 'conf' } }];
  });
  await stage.settleTicks();
  stage.metrics['request-success-rate'] = { outcome: 'value', value: 7, query: 'sum(x)' };
  await stage.after(10);
  return stage;
}

/** Its end as a failed run. */
async function failed(): Promise<Stage> {
  const stage = await running();
  await stage.until('Failed');
  return stage;
}

/** One stage for all who only look. */
const looked = new Map<() => Promise<Stage>, Promise<Stage>>();

const has = (stage: () => Promise<Stage>, expected: unknown) =>
  shows(async (path) => {
    const at = looked.get(stage) ?? stage();
    looked.set(stage, at);
    expect(valueAt((await at).canary, path)).toEqual(expected);
  });

const time = expect.stringMatching(/^2026-11-24T12:/);

export const STATUS_FIELDS: Table = {
  'status.phase': has(running, 'Progressing'),
  'status.failedChecks': has(running, 1),
  'status.canaryWeight': has(running, 20),
  'status.iterations': shows(async () => expect((await underWay({ iterations: 3 })).status.iterations).toBe(1)),
  'status.trackedConfigs': has(running, { 'configmap/conf': expect.stringMatching(/./) }),
  'status.lastAppliedSpec': shows(async () => {
    const { lastAppliedSpec, lastPromotedSpec } = (await running()).status;
    expect(lastAppliedSpec).not.toBe(lastPromotedSpec);
  }),
  'status.lastPromotedSpec': shows(async () => {
    const stage = await underWay();
    const { lastAppliedSpec } = stage.status;
    await stage.until('Succeeded');
    expect(stage.status.lastPromotedSpec).toBe(lastAppliedSpec);
  }),
  'status.lastTransitionTime': has(running, time),
  'status.sessionAffinityCookie': has(running, expect.stringMatching(/^c=[a-zA-Z]{10}$/)),
  'status.primarySessionAffinityCookie': has(running, expect.stringMatching(/^p=[a-zA-Z]{10}$/)),
  'status.previousSessionAffinityCookie': shows(async () => {
    const stage = await running();
    const { sessionAffinityCookie } = stage.status;
    await stage.until('Failed');
    expect(stage.status.previousSessionAffinityCookie).toBe(sessionAffinityCookie);
  }),
  'status.conditions[].type': has(failed, 'Promoted'),
  'status.conditions[].status': has(failed, 'False'),
  'status.conditions[].reason': has(failed, 'Failed'),
  'status.conditions[].message': has(failed, 'Canary analysis failed, Deployment scaled to zero.'),
  'status.conditions[].lastUpdateTime': has(failed, time),
  'status.conditions[].lastTransitionTime': has(failed, time),
  'status.observedGeneration': shows(async () => {
    const { canary } = await running();
    expect(canary.status!.observedGeneration).toBe(canary.metadata.generation);
  }),
  'status.runs[].revision': shows(async () => {
    const { runs, lastAppliedSpec } = (await running()).status as CanaryStatus;
    expect(runs!.map(({ revision }) => revision)).toEqual([lastAppliedSpec]);
  }),
  'status.runs[].startedAt': has(failed, time),
  'status.runs[].endedAt': has(failed, time),
  'status.runs[].outcome': has(failed, 'failed'),
  'status.runs[].reason': has(failed, 'FailedChecksThreshold'),
  'status.runs[].checks[].name': has(running, 'request-success-rate'),
  'status.runs[].checks[].verdict': has(running, 'fail'),
  'status.runs[].checks[].value': has(running, 7),
  'status.runs[].checks[].range.min': has(running, 99),
  'status.runs[].checks[].range.max': shows(async (path) => {
    const stage = await underWay({ metrics: [{ name: 'mine', query: 'x', thresholdRange: { max: 3 } }] });
    await stage.after(10);
    expect(valueAt(stage.canary, path)).toBe(3);
  }),
  'status.runs[].checks[].window': has(running, '1m'),
  'status.runs[].checks[].query': has(running, 'sum(x)'),
  'status.runs[].checks[].message': has(running, 'Halt podinfo.test advancement success rate 7.00% < 99%'),
  'status.serin': has(running, expect.objectContaining({ stepAt: time })),
};
