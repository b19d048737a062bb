/** The rules of `validate` as a ValidatingAdmissionPolicy. What the resource definitions refuse themselves is not repeated. */
import { GO_DURATION } from './duration';
import { celMessage, celText, type SharedRule } from './rules/shared-rule';
import { TEMPLATE_WARNINGS } from './rules/template-warnings';
import { canaryRules, type ValidateOptions } from './validate';

/** A rule of `validate` that the policy does not have, and why. */
export interface RuleWithoutCel {
  rule: string;
  why: string;
}

export const RULES_WITHOUT_CEL: readonly RuleWithoutCel[] = [
  {
    rule: 'types, bounds, enums, required fields and what they need of each other',
    why: 'the resource definitions have them, generated from the same types, and refuse before any policy is asked',
  },
  {
    rule: 'spec.canaryAnalysis is not read',
    why: 'the API server drops unknown fields before a policy sees the object; kubectl warns of them itself',
  },
  {
    rule: 'rules across objects (selector label, autoscaler of the target, deadline and probes, two Canaries of a target)',
    why: 'a policy sees one object; synth sees the program, the controller the cluster',
  },
];

interface Validation {
  expression: string;
  message: string;
  messageExpression?: string;
  reason: 'Invalid';
}

/** The parts of a policy's spec that come from rules. */
export interface PolicyRules {
  variables: { name: string; expression: string }[];
  validations: Validation[];
}

/** Which rules a policy has. */
export interface PolicyOptions extends ValidateOptions {
  /** Rules of those severities; house rules are errors. */
  severities: readonly SharedRule['severity'][];
}

/** The policy of Canaries; `options.initialised` and `namespace` are read from the object. */
export function canaryPolicyRules(options: PolicyOptions): PolicyRules {
  const rules = canaryRules(options).filter(({ severity }) => options.severities.includes(severity));
  return { variables: variables(options.provider ?? 'istio'), validations: rules.map(validation) };
}

/** The policy of MetricTemplates. */
export const templatePolicyRules = (): PolicyRules => ({
  variables: [],
  validations: TEMPLATE_WARNINGS.map(validation),
});

const validation = (rule: SharedRule): Validation => ({
  expression: rule.cel.holds,
  ...celMessage(rule),
  reason: 'Invalid',
});

const goDuration = (text: string, otherwise: string) =>
  `${text}.matches(${celText(GO_DURATION)}) ? duration(${text}) : duration('${otherwise}')`;

/** What rules call by a short name. The API server evaluates each when it is first asked for. */
function variables(provider: string): PolicyRules['variables'] {
  const apex = "object.spec.?service.?name.orValue('')";
  const all: Record<string, string> = {
    analysis: 'object.spec.analysis',
    metrics: 'object.spec.analysis.?metrics.orValue([])',
    alerts: 'object.spec.analysis.?alerts.orValue([])',
    webhooks: 'object.spec.analysis.?webhooks.orValue([])',
    match: 'object.spec.analysis.?match.orValue([])',
    stepWeights: 'object.spec.analysis.?stepWeights.orValue([])',
    provider: `object.spec.?provider.orValue(${celText(provider)})`,
    gateways: 'object.spec.?service.?gateways.orValue([])',
    apex: `${apex} != '' ? ${apex} : object.spec.targetRef.name`,
    interval: 'duration(object.spec.analysis.interval)',
    rolloutHooks:
      "object.spec.analysis.?webhooks.orValue([]).filter(w, w.?type.orValue('') in ['', 'rollout'])" +
      ".map(w, w.?timeout.orValue('10s')).map(t, " +
      `${goDuration('t', '0s')}).sum()`,
    upperHeaders:
      'object.spec.analysis.?match.orValue([]).filter(m, has(m.headers))' +
      '.map(m, m.headers.filter(h, h != h.lowerAscii())).filter(l, l.size() > 0)',
  };
  return Object.entries(all).map(([name, expression]) => ({ name, expression }));
}
