import { ApiObject, Duration } from 'cdk8s';
import fc from 'fast-check';
import { CanaryPolicy, type CanaryPolicyProps, HouseRules, PolicyAction, TrafficProvider } from '../../constructs';
import type { Canary, MetricTemplate } from '../../model/canary';
import { isError, type Problem, type ValidateOptions, validate, validateMetricTemplate } from '../../model/validate';
import { all, type Change, errors, hook, iterations, load, metric, mirrored, set, warnings } from '../model/mistakes';
import { aCanary } from '../model/tutorial';
import { aChart, aChartWithoutNamespace, type Manifest } from './fixtures';
import { complaints } from './policy-reader';

const policyOf = (props?: CanaryPolicyProps): Manifest =>
  new CanaryPolicy(aChartWithoutNamespace(), 'policy', props).policy.toJson();

/** As the API server says it: it does not count entries, and shows no value. */
const asSaid = ({ path, message, remedy }: Problem) => `${path.replace(/\[\d+\]/g, '[]')}: ${message}: ${remedy}`;

const settled = set('autoscalerRef.apiVersion', 'autoscaling/v2');
const POLICY = policyOf();

function expectAgreement(canary: Canary, policy = POLICY, options: ValidateOptions = {}): string[] {
  const said = new Set(validate(canary, options).map(asSaid));
  expect(new Set(complaints(policy, { object: canary }))).toEqual(said);
  return [...said];
}

test.each(warnings)('F#312: the policy warns as validate does: %s', (_, change) => {
  expect(expectAgreement(aCanary(all(settled, change)))).toHaveLength(1);
});

const GOOD: [string, Change][] = [
  ['the tutorial', settled],
  ['mirroring', all(settled, mirrored, set('service.gateways', ['mesh']))],
  ['iterations', all(settled, iterations)],
  [
    'weights',
    all(
      settled,
      set('analysis.stepWeight', undefined),
      set('analysis.maxWeight', undefined),
      set('analysis.stepWeights', [1, 50]),
    ),
  ],
  ['no metrics, no hooks', all(settled, set('analysis.metrics', undefined), set('analysis.webhooks', undefined))],
  [
    'load through the mesh',
    all(settled, mirrored, load('hey http://podinfo.test:9898/'), set('service.gateways', ['public', 'mesh'])),
  ],
  ['load on another host', all(settled, load('hey http://podinfo2.test:9898/'))],
  ['load on the canary without mirroring', all(settled, load('hey http://podinfo-canary.test:9898/'))],
  ['a timeout of fractions', all(settled, hook({ timeout: '30s' }))],
  ['an autoscaler of KEDA', set('autoscalerRef', { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'a' })],
];

test.each(GOOD)('the policy is silent as validate is: %s', (_, change) => {
  expect(expectAgreement(aCanary(change))).toEqual([]);
});

/** What the API server refuses before a policy sees it; see the test of the same name in test/cluster/admission.test.ts. */
const REFUSED_BEFORE = errors.filter(([what]) => what !== 'knative autoscaler');

test('an error that the definitions let through is in the policy', () => {
  const [, change] = errors.find(([what]) => what === 'knative autoscaler')!;
  const canary = aCanary(change);
  expect(complaints(policyOf({ warnings: false }), { object: canary })).toEqual(
    validate(canary).filter(isError).map(asSaid),
  );
});

test.each(REFUSED_BEFORE)('the policy does not say other than validate: %s', (_, change) => {
  const canary = aCanary(all(settled, change));
  const said = validate(canary).map(asSaid);
  let answers: string[];
  try {
    answers = complaints(POLICY, { object: canary });
  } catch {
    return; // of a type that an expression cannot be asked of, which the definitions refuse
  }
  expect(answers.filter((text) => !said.includes(text))).toEqual([]);
});

test('any mix of right and hardly meant fields', () => {
  const changes: Change[] = [
    ...warnings.map(([, change]) => change),
    ...GOOD.map(([, change]) => change),
    metric({ name: 'mine', threshold: 1, query: 'up', minSamples: 3 }),
    set('provider', 'gatewayapi:v1'),
    set('status', undefined),
  ];
  fc.assert(
    fc.property(fc.subarray(changes, { maxLength: 4 }), (some) => {
      const canary = aCanary(all(...some));
      if (validate(canary).some(isError)) return; // refused before
      expectAgreement(canary);
    }),
    { numRuns: 300 },
  );
});

test('a Canary that is initialised may skip its analysis', () => {
  const canary = aCanary(all(settled, set('skipAnalysis', true)));
  expectAgreement({ ...canary, status: { lastPromotedSpec: 'a' } } as Canary);
});

test("a controller's flags", () => {
  const policy = policyOf({
    controller: {
      meshProvider: TrafficProvider.KUBERNETES,
      minInterval: Duration.minutes(2),
      noCrossNamespaceRefs: true,
    },
  });
  const options = { provider: 'kubernetes', minIntervalMs: 120_000, noCrossNamespaceRefs: true };
  const away = all(
    settled,
    metric({ name: 'm', threshold: 1, templateRef: { name: 't', namespace: 'other' } }),
    set('analysis.alerts', [{ name: 'a', providerRef: { name: 'p', namespace: 'other' } }]),
    set('upstreamRef', { apiVersion: 'x', kind: 'Upstream', name: 'u', namespace: 'elsewhere' }),
  );
  expect(expectAgreement(aCanary(away), policy, options).length).toBeGreaterThan(4);
  const home = all(
    set('analysis.alerts', [{ name: 'a', providerRef: { name: 'p' } }]),
    set('upstreamRef', { apiVersion: 'x', kind: 'Upstream', name: 'u', namespace: 'test' }),
  );
  expectAgreement(aCanary(home), policy, options);
});

const HOUSE = new HouseRules({
  minMetrics: 3,
  needsRollbackOrAlert: true,
  maxStepWeight: 20,
  minSteps: 4,
  minInterval: Duration.seconds(30),
  minProgressDeadline: Duration.seconds(120),
  allowSkipAnalysis: false,
});
const three = [1, 2, 3].map((n) => ({ name: `m${n}`, threshold: 1, query: 'up' }));
const kept = all(
  settled,
  set('analysis.metrics', three),
  set('analysis.alerts', [{ name: 'a', providerRef: { name: 'p' } }]),
  set('analysis.interval', '1m'),
  set('progressDeadlineSeconds', undefined),
);
const weights = (...stepWeights: number[]) =>
  all(
    set('analysis.stepWeight', undefined),
    set('analysis.maxWeight', undefined),
    set('analysis.stepWeights', stepWeights),
  );
const byRules = 'by the house rules';

const BROKEN: [string, Change, string[]][] = [
  ['nothing', kept, []],
  [
    'too few metrics',
    all(kept, set('analysis.metrics', three.slice(1))),
    [`spec.analysis.metrics: must have at least 3 ${byRules}: add a metric that tells whether users are served well`],
  ],
  [
    'nobody hears',
    all(kept, set('analysis.alerts', undefined)),
    [
      `spec.analysis.alerts: must have an entry, or webhooks one of type rollback, ${byRules}: add an alert, so that someone hears of a failed run`,
    ],
  ],
  ['a rollback gate', all(kept, set('analysis.alerts', undefined), hook({ type: 'rollback' })), []],
  [
    'a wide step',
    all(kept, set('analysis.stepWeight', 25), set('analysis.maxWeight', 100)),
    [`spec.analysis.stepWeight: must be at most 20 ${byRules}: lower stepWeight`],
  ],
  [
    'a wide step between weights',
    all(kept, weights(5, 10, 31, 40)),
    [`spec.analysis.stepWeights: must rise by at most 20 each ${byRules}: put weights between them`],
  ],
  [
    'a wide first step',
    all(kept, weights(21, 30, 40, 50)),
    [`spec.analysis.stepWeights: must rise by at most 20 each ${byRules}: put weights between them`],
  ],
  ['steps that are just not too wide', all(kept, weights(20, 40, 60, 80)), []],
  [
    'few steps',
    all(kept, set('analysis.stepWeight', 20), set('analysis.maxWeight', 60)),
    [`spec.analysis.stepWeight: must give at least 4 steps ${byRules}: lower stepWeight`],
  ],
  ['just enough steps', all(kept, set('analysis.stepWeight', 20), set('analysis.maxWeight', 61)), []],
  [
    'few weights',
    all(kept, weights(5, 10)),
    [`spec.analysis.stepWeights: must give at least 4 steps ${byRules}: list more weights`],
  ],
  [
    'few iterations',
    all(kept, iterations, set('analysis.iterations', 3)),
    [`spec.analysis.iterations: must give at least 4 steps ${byRules}: raise iterations`],
  ],
  [
    'a short interval',
    all(kept, set('analysis.interval', '29s')),
    [`spec.analysis.interval: must be at least 30s ${byRules}: lengthen the interval`],
  ],
  [
    'a short deadline',
    all(kept, set('progressDeadlineSeconds', 60)),
    [`spec.progressDeadlineSeconds: must be at least 120 ${byRules}: lengthen the deadline`],
  ],
  [
    'no analysis',
    all(kept, set('skipAnalysis', true)),
    [`spec.skipAnalysis: is forbidden ${byRules}: remove skipAnalysis`],
  ],
];

test.each(BROKEN)('house rules: %s', (_, change, texts) => {
  const policy = policyOf({ houseRules: HOUSE, warnings: false });
  const canary = aCanary(change);
  expect(complaints(policy, { object: canary })).toEqual(texts);
  const found = validate(canary, { houseRules: HOUSE._rules() }).filter(isError);
  expect(found.map(asSaid)).toEqual(texts);
});

test('templates', () => {
  const policy = new CanaryPolicy(aChartWithoutNamespace(), 'policy').templatePolicy?.toJson();
  for (const provider of [
    { type: 'keptn', headers: {} },
    { type: 'keptn', insecureSkipVerify: true },
    { type: 'prometheus', address: 'http://p', headers: {}, insecureSkipVerify: true },
    { type: 'graphite', address: 'http://p', insecureSkipVerify: true },
  ]) {
    const template = { metadata: { name: 't' }, spec: { provider, query: 'up' } } as unknown as MetricTemplate;
    expect(complaints(policy, { object: template })).toEqual(validateMetricTemplate(template).map(asSaid));
  }
});

describe('looks', () => {
  const wrong = aCanary(set('skipAnalysis', true));

  test('at changes of a spec alone: labels, finalizers and what was there before pass', () => {
    const labelled = { ...wrong, metadata: { ...wrong.metadata, labels: { a: 'b' } } };
    expect(complaints(POLICY, { object: labelled, oldObject: wrong })).toEqual([]);
    const changed = { ...wrong, spec: { ...wrong.spec, suspend: true } };
    expect(complaints(POLICY, { object: changed, oldObject: wrong })).not.toEqual([]);
    const rules: Manifest[] = POLICY.spec.matchConstraints.resourceRules;
    expect(rules).toEqual([
      {
        apiGroups: ['flagger.app'],
        apiVersions: ['*'],
        resources: ['canaries'],
        operations: ['CREATE', 'UPDATE'],
        scope: 'Namespaced',
      },
    ]);
  });

  test('past excluded names', () => {
    const { name, namespace } = wrong.metadata;
    for (const excluded of [name, `${namespace}/${name}`]) {
      expect(complaints(policyOf({ excludedNames: [excluded] }), { object: wrong })).toEqual([]);
    }
    expect(complaints(policyOf({ excludedNames: ['other', `other/${name}`] }), { object: wrong })).not.toEqual([]);
  });
});

test('warns unless told otherwise, in namespaces that are selected', () => {
  const bindingOf = (props: CanaryPolicyProps) => new CanaryPolicy(aChart(), 'policy', props).binding.toJson();
  expect(bindingOf({ metadata: { name: 'mine' } })).toEqual({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'mine' },
    spec: { policyName: 'mine', validationActions: ['Warn'] },
  });
  expect(
    bindingOf({ action: PolicyAction.DENY, namespaceLabels: { tier: 'prod' }, excludedNamespaces: ['sandbox'] }).spec,
  ).toEqual({
    policyName: 'serin-canary-policy',
    validationActions: ['Deny'],
    matchResources: {
      namespaceSelector: {
        matchLabels: { tier: 'prod' },
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['sandbox'] }],
      },
    },
  });
  expect(bindingOf({ action: PolicyAction.AUDIT }).spec.validationActions).toEqual(['Audit']);
});

test('policies of templates come with the warnings', () => {
  const kinds = (props: CanaryPolicyProps) => {
    const chart = aChart();
    new CanaryPolicy(chart, 'policy', props);
    return chart.node
      .findAll()
      .filter(ApiObject.isApiObject)
      .map(({ name }) => name);
  };
  expect(kinds({})).toEqual([
    'serin-canary-policy',
    'serin-canary-policy',
    'serin-canary-policy-templates',
    'serin-canary-policy-templates',
  ]);
  expect(kinds({ warnings: false })).toEqual(['serin-canary-policy', 'serin-canary-policy']);
});
