import { Environment } from '@marcbachmann/cel-js';
import { ApiObject } from 'cdk8s';
import { ControllerGuard, type ControllerGuardProps } from '../../constructs';
import { aChartWithoutNamespace, type Manifest } from './fixtures';

const SERIN = 'system:serviceaccount:istio-system:serin';

function policyOf(props?: ControllerGuardProps): Manifest {
  return ApiObject.of(new ControllerGuard(aChartWithoutNamespace(), 'guard', props).policy).toJson();
}

interface Attempt {
  user?: string;
  groups?: string[];
  old: object;
  now: object;
  policy?: Manifest;
}

const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });

/** What the API server would answer: the refusal's text, or undefined. Its own CEL is asked in test/cluster. */
function refusal({ user = 'kubernetes-admin', groups = ['system:masters'], old, now, policy = policyOf() }: Attempt) {
  const { matchConditions, variables, validations } = policy.spec;
  const context: Manifest = { oldObject: old, object: now, variables: {} };
  context.request = { userInfo: { username: user, groups }, kind: { kind: 'Deployment' } };
  const ask = (expression: string) => cel.evaluate(expression, context);
  if (!matchConditions.every((condition: Manifest) => ask(condition.expression) === true)) return undefined;
  for (const { name, expression } of variables) context.variables[name] = ask(expression);
  const broken = validations.find((validation: Manifest) => ask(validation.expression) !== true);
  return broken && ask(broken.messageExpression);
}

const MARKED = { name: 'podinfo-primary', namespace: 'test', annotations: { 'serin.dev/canary': 'podinfo' } };
const OWNER = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'podinfo', uid: 'u', controller: true };
const spec = (image: string) => ({ template: { spec: { containers: [{ image }] } } });

it.each([
  ['the bootstrap annotation', MARKED],
  ['an owner reference', { ...MARKED, annotations: undefined, ownerReferences: [OWNER] }],
])('refuses a change of the spec of an object with %s', (_name, metadata) => {
  const clean = JSON.parse(JSON.stringify(metadata));
  expect(refusal({ old: { metadata: clean, spec: spec('a:1') }, now: { metadata: clean, spec: spec('a:2') } })).toBe(
    'Deployment test/podinfo-primary belongs to Canary podinfo, and only Serin changes it, after an analysis. To release ' +
      'a new version, change the target of the Canary and apply it without the bootstrap manifest, which is applied once',
  );
});

it.each([
  ['the same again', { now: { metadata: { ...MARKED, labels: { a: 'b' } }, spec: spec('a:1') } }],
  ['a change by the controller', { user: SERIN, now: { metadata: MARKED, spec: spec('a:2') } }],
  [
    'a change of what belongs to nobody',
    { old: { metadata: { name: 'x' } }, now: { metadata: { name: 'x' }, spec: {} } },
  ],
  [
    'a change of what a Deployment owns',
    {
      old: { metadata: { name: 'x', ownerReferences: [{ ...OWNER, kind: 'Deployment', apiVersion: 'apps/v1' }] } },
      now: { metadata: { name: 'x' }, spec: {} },
    },
  ],
])('lets pass %s', (_name, attempt) => {
  expect(refusal({ old: { metadata: MARKED, spec: spec('a:1') }, ...attempt })).toBeUndefined();
});

it('refuses to take the annotation away or to rewrite it', () => {
  const old = { metadata: MARKED, spec: {} };
  for (const annotations of [{}, { 'serin.dev/canary': 'other' }]) {
    expect(refusal({ old, now: { metadata: { ...MARKED, annotations }, spec: {} } })).toBe(
      'Deployment test/podinfo-primary belongs to Canary podinfo: keep its annotation serin.dev/canary',
    );
  }
});

it('lets pass who the program names', () => {
  const change = { old: { metadata: MARKED, spec: spec('a:1') }, now: { metadata: MARKED, spec: spec('a:2') } };
  const policy = policyOf({
    controllerNamespace: 'ops',
    controllerServiceAccount: 'mover',
    allowedUsers: ['break-glass'],
    allowedGroups: ['sre'],
  });
  const passes = (user: string, groups: string[]) => refusal({ ...change, policy, user, groups }) === undefined;
  expect(passes('system:serviceaccount:ops:mover', [])).toBe(true);
  expect(passes('break-glass', [])).toBe(true);
  expect(passes('anna', ['sre'])).toBe(true);
  expect(passes('anna', ['system:masters'])).toBe(false);
  expect(passes(SERIN, [])).toBe(false);
});

it('looks at updates of whole objects alone: deletes, status and scale go on', () => {
  const rules: Manifest[] = policyOf().spec.matchConstraints.resourceRules;
  expect(new Set(rules.flatMap((rule) => rule.operations))).toEqual(new Set(['UPDATE']));
  expect(rules.flatMap((rule) => rule.resources).filter((resource) => resource.includes('/'))).toEqual([]);
});

it('is bound so that it denies', () => {
  const guard = new ControllerGuard(aChartWithoutNamespace(), 'guard', { metadata: { name: 'mine' } });
  expect(guard.binding.toJson()).toEqual({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'mine' },
    spec: { policyName: 'mine', validationActions: ['Deny'] },
  });
});
