/** Metrics, webhooks and alerts of an analysis, each as the factory that makes it. */
import { AlertSeverity } from '../../constructs/analysis';
import { NoData } from '../../constructs/metric';
import { at, compact, isObject, type JsonObject, numberOf, objectOf, textOf } from '../../model/json';
import { duration, durationOf } from './durations';
import {
  type Fields,
  fieldsOf,
  flag,
  literal,
  member,
  type Names,
  number,
  objectCode,
  quoted,
  text,
  textMap,
  type Writer,
  type Written,
} from './written';

/** How a Canary's program names another object: a variable, or undefined when it is not in the program. */
export type VariableOf = (kind: string, name: string, namespace: string | undefined) => string | undefined;

/** A reference, as the construct when the file has it. A construct brings its namespace along, so not where none is. */
function reference(kind: string, ref: JsonObject, variableOf: VariableOf): Written | undefined {
  const name = textOf(ref['name']);
  const namespace = textOf(ref['namespace']);
  if (name === undefined) return undefined;
  const made = compact({ name, namespace });
  const variable = variableOf(kind, name, namespace);
  if (variable === undefined) return { code: literal(made), made };
  return { code: namespace === undefined ? `{ name: ${variable}.name }` : variable, made };
}

const NO_DATA = { noData: member('NoData', NoData) };
const WINDOW: Fields = { interval: duration, ...NO_DATA };
const BUILT_IN: Readonly<Record<string, string>> = {
  'request-success-rate': 'successRate',
  'grpc-success-rate': 'grpcSuccessRate',
  'request-duration': 'duration',
};

/** Any metric; what its factory cannot say is left to patches. */
export function metric(variableOf: VariableOf): Writer {
  return (value, names) => {
    const name = textOf(at(value, 'name'));
    if (!isObject(value) || name === undefined) return undefined;
    names.add('Metric');
    const template = isObject(value['templateRef'])
      ? reference('MetricTemplate', value['templateRef'], variableOf)
      : undefined;
    if (template) return templateMetric(value, name, template, names);
    const query = textOf(value['query']);
    const factory = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
    if (factory !== undefined && query === undefined) return builtInMetric(value, name, factory, names);
    const { options, made } = ranged(value, names);
    return {
      code: `Metric.query(${quoted(name)}, ${quoted(query ?? '')}, ${objectCode(options)})`,
      made: { name, query: query ?? '', ...made },
    };
  };
}

function ranged(value: JsonObject, names: Names) {
  const range = fieldsOf(objectOf(value['thresholdRange']), { min: number, max: number }, names);
  const rest = fieldsOf(value, WINDOW, names);
  return { options: [...range.entries, ...rest.entries], made: { thresholdRange: range.made, ...rest.made } };
}

function templateMetric(value: JsonObject, name: string, template: Written, names: Names): Written {
  const { options, made } = ranged(value, names);
  const own = name === at(template.made, 'name') ? [] : [['name', quoted(name)] as const];
  const variables = textMap(value['templateVariables'], names);
  const all = [...own, ...options, ...(variables ? [['variables', variables.code] as const] : [])];
  return {
    code: `Metric.template(${template.code}, ${objectCode(all)})`,
    made: { name, templateRef: template.made, templateVariables: variables?.made, ...made },
  };
}

function builtInMetric(value: JsonObject, name: string, factory: string, names: Names): Written {
  const rest = fieldsOf(value, { ...WINDOW, minSamples: number }, names);
  const isDuration = factory === 'duration';
  const side = isDuration ? 'max' : 'min';
  const found = numberOf(at(value, 'thresholdRange', side)) ?? numberOf(value['threshold']) ?? 0;
  const bound = isDuration ? Math.max(0, found) : found;
  const code = isDuration ? durationOf(bound, names).code : String(bound);
  return {
    code: `Metric.${factory}(${objectCode([[side, code], ...rest.entries])})`,
    made: { name, thresholdRange: { [side]: bound }, ...rest.made },
  };
}

const CALL: Fields = { url: text, timeout: duration, retries: number, disableTLS: flag, metadata: textMap };
const GATE: Fields = { ...CALL, muteAlert: flag };
const HOOKS: Readonly<Record<string, readonly [string, Fields]>> = {
  'confirm-rollout': ['Gate.confirmRollout', GATE],
  'confirm-traffic-increase': ['Gate.confirmTrafficIncrease', GATE],
  'confirm-promotion': ['Gate.confirmPromotion', GATE],
  rollback: ['Gate.rollback', CALL],
  'pre-rollout': ['Webhook.preRollout', CALL],
  'post-rollout': ['Webhook.postRollout', CALL],
  event: ['Webhook.event', CALL],
};

export const webhook: Writer = (value, names) => {
  const name = textOf(at(value, 'name'));
  if (!isObject(value) || name === undefined || textOf(value['url']) === undefined) return undefined;
  const load = loadTest(value, name, names);
  if (load) return load;
  const type = textOf(value['type']) ?? '';
  const known = Object.hasOwn(HOOKS, type) ? HOOKS[type] : undefined;
  const [factory, fields] = known ?? ['Webhook.rollout', CALL];
  names.add(factory.split('.')[0] ?? '');
  const { entries, made } = fieldsOf(value, fields, names);
  return {
    code: `${factory}(${quoted(name)}, ${objectCode(entries)})`,
    made: { name, ...(known && { type }), ...made },
  };
};

/** A hook of every step with a command is the load. */
function loadTest(value: JsonObject, name: string, names: Names): Written | undefined {
  const { cmd, ...metadata } = objectOf(value['metadata']);
  const every = ['', 'rollout'].includes(textOf(value['type']) ?? '');
  if (!every || typeof cmd !== 'string' || 'retries' in value || 'disableTLS' in value) return undefined;
  if (!textMap(metadata, names)) return undefined;
  names.add('Webhook');
  const { entries, made } = fieldsOf(value, { url: text, timeout: duration }, names);
  const rest = Object.keys(metadata).length > 0 ? [['metadata', literal(metadata)] as const] : [];
  return {
    code: `Webhook.loadTest(${quoted(name)}, ${objectCode([...entries, ['cmd', quoted(cmd)], ...rest])})`,
    made: { name, ...made, metadata: { ...metadata, cmd } },
  };
}

export function alert(variableOf: VariableOf): Writer {
  return (value, names) => {
    const name = textOf(at(value, 'name'));
    const provider = reference('AlertProvider', objectOf(at(value, 'providerRef')), variableOf);
    if (name === undefined || !provider) return undefined;
    const severity = fieldsOf(objectOf(value), { severity: member('AlertSeverity', AlertSeverity) }, names);
    return {
      code: objectCode([['name', quoted(name)], ['provider', provider.code], ...severity.entries]),
      made: { name, providerRef: provider.made, ...severity.made },
    };
  };
}
