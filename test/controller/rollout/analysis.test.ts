/** One analysis: what is asked first, and which of several findings counts. */
import { analyse } from '../../../controller/rollout/analysis';
import type { Answers, GateAnswer, Measurement } from '../../../controller/rollout/question';
import type { CanaryMetric } from '../../../model/canary';
import { aCanary, aDeployment, aHook } from '../../fixtures';
import { Stage } from './stage';

const metrics: CanaryMetric[] = [
  { name: 'a', query: 'a', thresholdRange: { max: 1 } },
  { name: 'b', query: 'b', thresholdRange: { max: 1 }, noData: 'pause' },
];
const seen = new Stage(aCanary({ metrics, webhooks: [aHook('load', 'rollout')] }), aDeployment()).observation();
const call = { phase: 'Progressing', checksum: 's1-c' } as const;

const value = (number: number): Measurement => ({ outcome: 'value', value: number, query: 'q' });
const nothing: Measurement = { outcome: 'noData', message: 'nothing found', query: 'q' };
const outage: Measurement = { outcome: 'error', reason: 'QueryFailed', message: 'refused' };
const yes: GateAnswer = { passed: true, body: '' };

const answered = (gate: GateAnswer | undefined, ...measured: (Measurement | undefined)[]): Answers => ({
  gates: new Map(gate ? [['gate/0', gate]] : []),
  metrics: new Map(measured.flatMap((one, index) => (one ? [[`metric/${index}/inline`, one]] : []))),
  configs: new Map(),
});

test.each<[string, Answers, object]>([
  ['asks hooks first', answered(undefined, value(0)), { state: 'asking', questions: [{ id: 'gate/0' }] }],
  [
    'asks metrics all at once',
    answered(yes),
    { state: 'asking', questions: [{ id: 'metric/0/inline' }, { id: 'metric/1/inline' }] },
  ],
  ['asks what is not answered', answered(yes, value(0)), { state: 'asking', questions: [{ id: 'metric/1/inline' }] }],
  [
    'fails at a hook, whatever the metrics say',
    answered({ passed: false, error: 'closed' }, value(0), value(0)),
    { state: 'failed', message: 'Halt podinfo.test advancement external check load failed closed', checks: [] },
  ],
  [
    'passes',
    answered(yes, value(1), value(1)),
    { state: 'passed', checks: [{ verdict: 'pass' }, { verdict: 'pass' }] },
  ],
  [
    'fails at a value, though another metric is held',
    answered(yes, value(2), nothing),
    { state: 'failed', message: 'Halt podinfo.test advancement a 2.00 > 1', checks: [{ name: 'a' }, { name: 'b' }] },
  ],
  ['fails without data', answered(yes, nothing, value(0)), { state: 'failed', message: 'nothing found' }],
  [
    'is held where no data means to wait',
    answered(yes, value(0), nothing),
    { state: 'held', message: 'nothing found' },
  ],
  ['is held in an outage', answered(yes, outage, value(0)), { state: 'held', message: 'refused' }],
  ['fails in an outage that hides nothing', answered(yes, outage, value(2)), { state: 'failed' }],
])('%s', (_, answers, expected) => {
  expect(analyse(seen, answers, call)).toMatchObject(expected);
});
