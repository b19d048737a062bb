/**
 * What a synthesis reads again and again, kept while it lasts. cdk8s validates the whole program anew for every chart that it
 * writes, and our rules look at the manifests of other objects: without this, a program of many charts takes the square of
 * their number.
 */
import type { IConstruct } from 'constructs';

/** What is kept of each construct, by what it is. */
type Kept = Map<IConstruct, Map<string, unknown>>;

/** A construct never moves, and to look for its root is to walk up there: a program of many charts asks very often. */
const roots = new WeakMap<IConstruct, IConstruct>();

function rootOf(construct: IConstruct): IConstruct {
  const known = roots.get(construct);
  if (known) return known;
  const { root } = construct.node;
  roots.set(construct, root);
  return root;
}

/** Of the programs that are being synthesised right now. */
const running = new WeakMap<IConstruct, Kept>();

const watched = new WeakSet<IConstruct>();

/** Methods of an App in which nothing of the program changes. */
const SYNTHESES = ['synth', 'synthYaml'] as const;

/** Lets `once` know when the construct's program is synthesised. */
export function watchSynthesis(construct: IConstruct): void {
  const root = rootOf(construct);
  if (watched.has(root)) return;
  watched.add(root);
  const app = root as IConstruct & { [method in (typeof SYNTHESES)[number]]?: () => unknown };
  for (const method of SYNTHESES) {
    const synthesise = app[method];
    if (synthesise) app[method] = () => duringSynthesis(app, () => synthesise.call(app));
  }
}

/** Runs something in which nothing of the construct's program changes. */
export function duringSynthesis<T>(construct: IConstruct, run: () => T): T {
  const root = rootOf(construct);
  if (running.has(root)) return run();
  running.set(root, new Map());
  try {
    return run();
  } finally {
    running.delete(root);
  }
}

/** What `make` makes of the construct: once in a synthesis, anew outside of one. */
export function once<T>(construct: IConstruct, what: string, make: () => T): T {
  const kept = running.get(rootOf(construct));
  if (!kept) return make();
  const own = kept.get(construct) ?? new Map<string, unknown>();
  kept.set(construct, own);
  if (!own.has(what)) own.set(what, make());
  return own.get(what) as T;
}
