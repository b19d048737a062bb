/** The JSONPath of printer columns: names, indexes, and filters on one field. */
import { isObject } from '../json';

const STEP =
  /^\.?(?:\['((?:[^'\\]|\\.)*)'\]|\[(\d+|\*)\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]|((?:[^.[\\]|\\.)+))/;

/** All values at the path, such as `.status.conditions[?(@.type=="Ready")].status`. A path that cannot be read has none. */
export function jsonPath(value: unknown, path: string): unknown[] {
  let found = [value];
  let rest = path.replace(/^\{|\}$/g, '');
  while (rest !== '' && rest !== '.') {
    const match = STEP.exec(rest);
    if (!match) return [];
    rest = rest.slice(match[0].length);
    found = found.flatMap((item) => step(item, match)).filter((item) => item !== undefined && item !== null);
  }
  return found;
}

function step(value: unknown, [, quoted, index, field, wanted, name]: RegExpExecArray): unknown[] {
  if (index !== undefined) {
    if (!Array.isArray(value)) return [];
    return index === '*' ? value : [value[Number(index)]];
  }
  if (field !== undefined) {
    return Array.isArray(value) ? value.filter((item) => String(jsonPath(item, `.${field}`)[0]) === wanted) : [];
  }
  const key = (quoted ?? name ?? '').replace(/\\(.)/g, '$1');
  return isObject(value) ? [value[key]] : [];
}
