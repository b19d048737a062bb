/** What differs between two objects, by the paths that Pulumi shows. */

export interface Change {
  kind: 'add' | 'delete' | 'update';
  /** It cannot be changed in place. */
  replaces: boolean;
}

type Fields = { [name: string]: unknown };

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object is another one when these change. */
const IDENTITY = ['apiVersion', 'kind', 'metadata.name', 'metadata.namespace'];

const forced: Readonly<Record<string, readonly string[]>> = {
  DaemonSet: ['spec.selector'],
  Deployment: ['spec.selector'],
  Job: ['spec.selector', 'spec.template'],
};

/** The changes by path, without those at or below the paths of `ignoreChanges`. */
export function changesBetween(olds: Fields, news: Fields, ignored: readonly string[]): Map<string, Change> {
  const fixed = [...IDENTITY, ...(forced[String(news['kind'])] ?? [])];
  const changes = new Map<string, Change>();
  for (const [path, kind] of differences(olds, news)) {
    if (ignored.some((prefix) => isWithin(path, prefix))) continue;
    changes.set(path, { kind, replaces: fixed.some((prefix) => isWithin(path, prefix)) });
  }
  return changes;
}

/** `news` where both have a field, so that an object compares with what was asked of it. */
export function shapedLike(asked: unknown, live: unknown): unknown {
  if (Array.isArray(asked) && Array.isArray(live)) return live.map((item, index) => shapedLike(asked[index], item));
  if (!isFields(asked) || !isFields(live)) return live;
  const shared = Object.keys(asked).filter((name) => live[name] !== undefined);
  return Object.fromEntries(shared.map((name) => [name, shapedLike(asked[name], live[name])]));
}

const isWithin = (path: string, prefix: string) =>
  path === prefix || path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`);

function* differences(olds: unknown, news: unknown, path = ''): Generator<[string, Change['kind']]> {
  if (isFields(olds) && isFields(news)) {
    for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
      yield* differences(olds[name], news[name], joined(path, name));
    }
  } else if (Array.isArray(olds) && Array.isArray(news)) {
    for (let index = 0; index < Math.max(olds.length, news.length); index++) {
      yield* differences(olds[index], news[index], `${path}[${index}]`);
    }
  } else if (olds !== news) {
    yield [path, olds === undefined ? 'add' : news === undefined ? 'delete' : 'update'];
  }
}

function joined(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}
