/** Label and field selectors, as they come in a query. */
import type { KubeObject } from '../../model/kube';
import { badRequest } from './api-error';
import { at } from './json';
import type { Kind } from './kind';

export type Matcher = (object: KubeObject) => boolean;

const NAME = '[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?';
const SET = new RegExp(`^(${NAME})\\s+(in|notin)\\s*\\(([^)]*)\\)$`);
const EQUALS = new RegExp(`^(${NAME})\\s*(=|==|!=)\\s*([-A-Za-z0-9_.]*)$`);
const COMPARES = new RegExp(`^(${NAME})\\s*([<>])\\s*(-?\\d+)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${NAME})$`);

/** Reads a label selector: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. @throws ApiError 400 */
export function labelMatcher(selector: string): Matcher {
  const rules = splitOutsideBrackets(selector).map(labelRule);
  return (object) => rules.every((rule) => rule(object.metadata.labels ?? {}));
}

type LabelRule = (labels: Record<string, string>) => boolean;

function labelRule(text: string): LabelRule {
  const set = SET.exec(text);
  if (set)
    return setRule(
      set[1]!,
      set[3] === 'in',
      set[4]!.split(',').map((value) => value.trim()),
    );
  const equals = EQUALS.exec(text);
  if (equals) return setRule(equals[1]!, equals[3] !== '!=', [equals[4]!]);
  const compares = COMPARES.exec(text);
  if (compares) return compareRule(compares[1]!, compares[3] as '<' | '>', Number(compares[4]));
  const exists = EXISTS.exec(text);
  if (exists) return (labels) => Object.hasOwn(labels, exists[2]!) === (exists[1] === '');
  throw badRequest(`unable to parse requirement: found '${text}', expected: a label selector requirement`);
}

function setRule(key: string, wanted: boolean, values: string[]): LabelRule {
  return (labels) => (labels[key] !== undefined && values.includes(labels[key])) === wanted;
}

function compareRule(key: string, sign: '<' | '>', limit: number): LabelRule {
  return (labels) => {
    const value = labels[key] === undefined ? Number.NaN : Number(labels[key]);
    return sign === '<' ? value < limit : value > limit;
  };
}

function splitOutsideBrackets(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Fields beside the name and namespace that a kind can be selected by. */
const FIELDS: Record<string, string[]> = {
  'v1 Pod': ['spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  'v1 Event': [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (name) => `involvedObject.${name}`,
    ),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  'v1 Secret': ['type'],
  'v1 Namespace': ['status.phase'],
  'v1 Node': ['spec.unschedulable'],
  'apps/v1 ReplicaSet': ['status.replicas'],
};

/** Reads a field selector: `metadata.name=a,type!=b`. @throws ApiError 400 for a field that the kind does not offer. */
export function fieldMatcher(kind: Kind, selector: string): Matcher {
  const allowed = ['metadata.name', 'metadata.namespace', ...(FIELDS[`${kind.apiVersion} ${kind.kind}`] ?? [])];
  const rules = selector
    .split(',')
    .filter(Boolean)
    .map((part): Matcher => {
      const [, path = '', sign, value = ''] = /^\s*([^=!]+?)\s*(==?|!=)\s*(.*?)\s*$/.exec(part) ?? [];
      if (!sign) throw badRequest(`invalid selector: '${selector}'; can't understand '${part}'`);
      if (!allowed.includes(path)) {
        const names = allowed.map((name) => `"${name}"`).join(', ');
        throw badRequest(
          allowed.length > 2
            ? `field label not supported: ${path}`
            : `"${path}" is not a known field selector: only ${names}`,
        );
      }
      return (object) => (fieldValue(object, path) === value) === (sign !== '!=');
    });
  return (object) => rules.every((rule) => rule(object));
}

function fieldValue(object: KubeObject, path: string): string {
  const found = path === 'source' ? at(object, 'source', 'component') : at(object, ...path.split('.'));
  return found === undefined || found === null ? '' : String(found);
}

/** Is the set of labels chosen by a LabelSelector object? An empty selector chooses all. */
export function selects(selector: unknown, labels: Record<string, string> | undefined): boolean {
  const matchLabels = Object.entries((at(selector, 'matchLabels') ?? {}) as Record<string, string>);
  const expressions = (at(selector, 'matchExpressions') ?? []) as {
    key: string;
    operator: string;
    values?: string[];
  }[];
  const has = labels ?? {};
  return (
    matchLabels.every(([key, value]) => has[key] === value) &&
    expressions.every(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return has[key] !== undefined;
      if (operator === 'DoesNotExist') return has[key] === undefined;
      return setRule(key, operator === 'In', values)(has);
    })
  );
}

/** A LabelSelector object as the text of a selector, as the scale subresource shows it. */
export function selectorText(selector: unknown): string {
  const labels = Object.entries((at(selector, 'matchLabels') ?? {}) as Record<string, string>);
  const expressions = (at(selector, 'matchExpressions') ?? []) as {
    key: string;
    operator: string;
    values?: string[];
  }[];
  const written = expressions.map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
  });
  return [...labels.map(([key, value]) => `${key}=${value}`), ...written].join(',');
}
