import { Duration } from 'cdk8s';
import { type CanaryAnalysis, Gate, SameSite, Strategy } from '../../constructs';
import { aCanary, aChart, synthesised } from './fixtures';

const RUN = { interval: Duration.minutes(1), threshold: 5 };

function rendered(analysis: Partial<CanaryAnalysis>) {
  const chart = aChart();
  aCanary(chart, { analysis: { ...RUN, ...analysis } });
  const { interval: _, threshold: __, ...rest } = synthesised(chart)['Canary/podinfo'].spec.analysis;
  return rest;
}

const match = [{ headers: { 'x-canary': { exact: 'insider' } } }];
const sessionAffinity = { cookieName: 'c', maxAge: Duration.hours(1), sameSite: SameSite.LAX };

it.each([
  [Strategy.progressive({ stepWeight: 10 }), { stepWeight: 10 }],
  [
    Strategy.progressive({ stepWeight: 10, maxWeight: 50, stepWeightPromotion: 20, match, sessionAffinity }),
    {
      stepWeight: 10,
      maxWeight: 50,
      stepWeightPromotion: 20,
      match,
      sessionAffinity: { cookieName: 'c', maxAge: 3600, sameSite: 'Lax' },
    },
  ],
  [
    Strategy.progressive({ stepWeight: 10, mirrorFirst: true, mirrorWeight: 40 }),
    { stepWeight: 10, mirror: true, mirrorWeight: 40 },
  ],
  [Strategy.stepWeights({ weights: [1, 10, 80] }), { stepWeights: [1, 10, 80] }],
  [Strategy.abTest({ match, iterations: 3 }), { match, iterations: 3 }],
  [Strategy.blueGreen({ iterations: 4 }), { iterations: 4 }],
  [Strategy.mirrored({ iterations: 4, mirrorWeight: 50 }), { iterations: 4, mirror: true, mirrorWeight: 50 }],
])('a strategy is written as its fields: %#', (strategy, fields) => {
  expect(rendered({ strategy })).toEqual(fields);
});

const LOOSE: Partial<CanaryAnalysis>[] = [
  { stepWeight: 5 },
  { stepWeights: [5] },
  { maxWeight: 5 },
  { stepWeightPromotion: 5 },
  { iterations: 5 },
  { mirror: false },
  { mirrorWeight: 5 },
  { match },
  { sessionAffinity },
];

it.each(LOOSE)('a strategy excludes %o', (loose) => {
  const [field] = Object.keys(loose);
  expect(() => rendered({ ...loose, strategy: Strategy.blueGreen({ iterations: 3 }) })).toThrow(
    `[podinfo/canary] analysis: strategy (Strategy.blueGreen) and ${field} are both set; remove ${field}, or give it to the strategy`,
  );
});

it('the numbers of a strategy are checked as those of the fields', () => {
  expect(() => rendered({ strategy: Strategy.stepWeights({ weights: [50, 10] }) })).toThrow(
    '[podinfo/canary] spec.analysis.stepWeights: must be strictly increasing ([50,10])',
  );
});

it('gates are asked where they are said to be', () => {
  const url = 'http://gate.test/ok';
  const timeout = Duration.seconds(5);
  const webhooks = [
    Gate.confirmRollout('a', { url, timeout }),
    Gate.confirmTrafficIncrease('b', { url }),
    Gate.confirmPromotion('c', { url, muteAlert: true }),
    Gate.rollback('d', { url }),
  ];
  expect(rendered({ iterations: 2, webhooks }).webhooks).toEqual([
    { name: 'a', type: 'confirm-rollout', url, timeout: '5s' },
    { name: 'b', type: 'confirm-traffic-increase', url },
    { name: 'c', type: 'confirm-promotion', url, muteAlert: true },
    { name: 'd', type: 'rollback', url },
  ]);
});

it('gates of a load tester are asked at its paths', () => {
  const gates = Gate.onLoadTester('http://flagger-loadtester.test/');
  const webhooks = [
    gates.confirmRollout('a'),
    gates.confirmTrafficIncrease('b', { retries: 2 }),
    gates.confirmPromotion('c'),
    gates.rollback('d'),
  ];
  const gate = 'http://flagger-loadtester.test/gate/check';
  expect(rendered({ iterations: 2, webhooks }).webhooks).toEqual([
    { name: 'a', type: 'confirm-rollout', url: gate },
    { name: 'b', type: 'confirm-traffic-increase', url: gate, retries: 2 },
    { name: 'c', type: 'confirm-promotion', url: gate },
    { name: 'd', type: 'rollback', url: 'http://flagger-loadtester.test/rollback/check' },
  ]);
});

it('refuses a gate at a relative address', () => {
  const webhooks = [Gate.onLoadTester('flagger-loadtester.test').confirmRollout('a')];
  expect(() => rendered({ iterations: 2, webhooks })).toThrow(
    '[podinfo/canary] spec.analysis.webhooks[0].url: must be an absolute http or https URL ("flagger-loadtester.test/gate/check"): write it like',
  );
});
