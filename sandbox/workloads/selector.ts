import type { Selector } from './objects';

type LabelSet = Record<string, string> | undefined;

/** Whether every label of a plain selector is there; an empty or absent selector fits nothing. */
export function fitsLabels(selector: LabelSet, labels: LabelSet): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => labels?.[name] === value);
}

/** A label selector with expressions; an empty one fits everything. */
export function fitsSelector(selector: Selector, labels: LabelSet): boolean {
  const plain = Object.entries(selector.matchLabels ?? {}).every(([name, value]) => labels?.[name] === value);
  return plain && (selector.matchExpressions ?? []).every((one) => fitsExpression(one, labels?.[one.key]));
}

function fitsExpression(one: { operator: string; values?: string[] }, value: string | undefined): boolean {
  switch (one.operator) {
    case 'In':
      return value !== undefined && (one.values ?? []).includes(value);
    case 'NotIn':
      return value === undefined || !(one.values ?? []).includes(value);
    case 'Exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}
