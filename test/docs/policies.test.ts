/** Pages about what stands around Canaries: their programs compile and write what the page shows. */
import { RULES_WITHOUT_CEL } from '../../model/admission-policy';
import type { KubeObject } from '../../model/kube';
import { TEMPLATE_WARNINGS } from '../../model/rules/template-warnings';
import { canaryRules } from '../../model/validate';
import { complaints } from '../constructs/policy-reader';
import { objectsOf, page, textsOf } from './pages';
import { compilerErrors, synthesised } from './programs';

const PAGES = ['policies.md', 'routes.md'].map(page);
const nameOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.name}`;

it('the programs compile', () => expect(compilerErrors(PAGES, 'ts program')).toEqual([]));

it.each(PAGES.map((shown) => [shown.path, shown] as const))('docs/%s shows what its program writes', (_, shown) => {
  const objects = synthesised(shown, 'ts program');
  const written = objectsOf(shown, 'yaml written');
  expect(written.length).toBeGreaterThan(0);
  for (const object of written) expect(objects.find((each) => nameOf(each) === nameOf(object))).toEqual(object);
});

const policies = page('policies.md');

it('the warnings are what the policy says', () => {
  const policy = synthesised(policies, 'ts program').find(
    (each) => nameOf(each) === 'ValidatingAdmissionPolicy/serin-canary-policy',
  );
  const [wrong] = objectsOf(policies, 'yaml wrong');
  const [said = ''] = textsOf(policies, 'text warnings');
  expect(complaints(policy, { object: wrong! })).toEqual(said.trim().split('\n'));
});

it('every rule is in the table, and what is not in a policy says why', () => {
  const houseRules = {
    ...{ minMetrics: 1, needsRollbackOrAlert: true, maxStepWeight: 1, minSteps: 1, minIntervalMs: 1 },
    ...{ minProgressDeadlineSeconds: 1, noSkipAnalysis: true },
  };
  const rules = [...canaryRules({ noCrossNamespaceRefs: true, houseRules }), ...TEMPLATE_WARNINGS];
  const named = [...policies.text.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) => cell.split(', '));
  expect(named.sort()).toEqual(rules.map(({ name }) => `\`${name}\``).sort());
  for (const { rule, why } of RULES_WITHOUT_CEL) expect(policies.text).toContain(`* ${rule}: ${why}\n`);
});
