import { dropName, type Labels, labelsKey, METRIC_NAME, omit, pick, printLabels } from '../labels';
import { PromqlError } from './error';
import { type Binary, COMPARISONS, type Matching, SET_OPERATORS } from './expression';
import { type Element, type ScalarValue, unique, type Value, type VectorValue, vector } from './value';

const ARITHMETIC: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
  atan2: Math.atan2,
};

const COMPARE: Record<string, (a: number, b: number) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** The value of `left op right`. */
export function combine(binary: Binary, left: Value, right: Value): Value {
  if (left.type === 'scalar' && right.type === 'scalar') {
    return { type: 'scalar', value: compute(binary, left.value, right.value) ?? 0 };
  }
  if (right.type === 'scalar') return withScalar(binary, left as VectorValue, right, false);
  if (left.type === 'scalar') return withScalar(binary, right as VectorValue, left, true);
  const [a, b] = [(left as VectorValue).elements, (right as VectorValue).elements];
  return SET_OPERATORS.has(binary.op) ? setOperation(binary, a, b) : matchUp(binary, a, b);
}

/** The result for one pair of values; undefined when a comparison filters it out. Comparisons keep the left value. */
function compute(binary: Binary, a: number, b: number): number | undefined {
  const arithmetic = ARITHMETIC[binary.op];
  if (arithmetic) return arithmetic(a, b);
  const holds = COMPARE[binary.op]!(a, b);
  if (binary.bool) return Number(holds);
  return holds ? a : undefined;
}

function keepsName(binary: Binary): boolean {
  return COMPARISONS.has(binary.op) && !binary.bool;
}

function withScalar(binary: Binary, of: VectorValue, scalar: ScalarValue, swapped: boolean): VectorValue {
  const out: Element[] = [];
  for (const { labels, value } of of.elements) {
    let result = swapped ? compute(binary, scalar.value, value) : compute(binary, value, scalar.value);
    if (result === undefined) continue;
    if (keepsName(binary)) result = value;
    out.push({ labels: keepsName(binary) ? labels : dropName(labels), value: result });
  }
  return unique(out);
}

/** What of its labels a series is matched by. */
function signature(matching: Matching): (labels: Labels) => string {
  if (matching.on) return (labels) => labelsKey(pick(labels, matching.labels));
  return (labels) => labelsKey(omit(labels, [...matching.labels, METRIC_NAME]));
}

function setOperation({ op, matching }: Binary, left: Element[], right: Element[]): VectorValue {
  const sign = signature(matching);
  const signatures = (elements: Element[]) => new Set(elements.map((one) => sign(one.labels)));
  if (op === 'or') {
    const taken = signatures(left);
    return vector([...left, ...right.filter((one) => !taken.has(sign(one.labels)))]);
  }
  const others = signatures(right);
  return vector(left.filter((one) => others.has(sign(one.labels)) === (op === 'and')));
}

/** One-to-one, or many-to-one with group_left and group_right. */
function matchUp(binary: Binary, left: Element[], right: Element[]): VectorValue {
  const { matching } = binary;
  const swapped = matching.many === 'right';
  const [many, one] = swapped ? [right, left] : [left, right];
  const sign = signature(matching);
  const partners = uniquePartners(one, binary, swapped ? 'left' : 'right');
  const used = new Map<string, Set<string>>();
  const out: Element[] = [];
  for (const element of many) {
    const key = sign(element.labels);
    const partner = partners.get(key);
    if (!partner) continue;
    const [a, b] = swapped ? [partner.value, element.value] : [element.value, partner.value];
    const value = compute(binary, a, b);
    const labels = resultLabels(binary, element.labels, partner.labels);
    if (value === undefined) continue;
    claim(used, key, labels, matching);
    out.push({ labels, value });
  }
  return vector(out);
}

function uniquePartners(elements: Element[], { matching }: Binary, side: string): Map<string, Element> {
  const sign = signature(matching);
  const partners = new Map<string, Element>();
  for (const element of elements) {
    const key = sign(element.labels);
    const other = partners.get(key);
    if (other) {
      const group = printLabels(
        matching.on ? pick(element.labels, matching.labels) : omit(element.labels, matching.labels),
      );
      const twins = `[${printLabels(element.labels)}, ${printLabels(other.labels)}]`;
      throw new PromqlError(
        'execution',
        `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ${twins};` +
          'many-to-many matching not allowed: matching labels must be unique on one side',
      );
    }
    partners.set(key, element);
  }
  return partners;
}

function claim(used: Map<string, Set<string>>, key: string, labels: Labels, matching: Matching): void {
  const taken = used.get(key) ?? new Set<string>();
  const result = labelsKey(labels);
  if (!matching.many && taken.size > 0) {
    const message = 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)';
    throw new PromqlError('execution', message);
  }
  if (taken.has(result)) {
    const message = 'multiple matches for labels: grouping labels must ensure unique matches';
    throw new PromqlError('execution', message);
  }
  used.set(key, taken.add(result));
}

function resultLabels(binary: Binary, many: Labels, one: Labels): Labels {
  const { matching } = binary;
  const base = keepsName(binary) ? many : dropName(many);
  if (!matching.many) return matching.on ? pick(base, matching.labels) : omit(base, matching.labels);
  const kept = omit(base, matching.include);
  return { ...kept, ...pick(one, matching.include) };
}
