import type { ObjectStore } from '../api/store';
import { NODE, type Node, type Pod } from './objects';

/** Work of others on the same machines, again and again. */
export interface Neighbour {
  /** From one burst to the next. */
  everyMs: number;
  forMs: number;
  /** Answers of pods on a busy node take so many times as long. */
  slowdown: number;
  /** How many nodes have it, the first by name. @default 1 */
  nodes?: number;
  /** When the first burst begins, Unix time. @default now */
  fromMs?: number;
}

/** Who else is on the nodes. */
export class Neighbours {
  private readonly all: { neighbour: Neighbour; fromMs: number; nodes: ReadonlySet<string> }[] = [];

  constructor(private readonly store: ObjectStore) {}

  add(neighbour: Neighbour): void {
    const names = (this.store.list(NODE) as Node[]).map(({ metadata }) => metadata.name);
    const nodes = new Set(names.slice(0, neighbour.nodes ?? 1));
    this.all.push({ neighbour, nodes, fromMs: neighbour.fromMs ?? this.store.clock.now() });
  }

  /** How many times as long the answers of a pod take now. */
  slowdownOf(pod: Pod): number {
    if (this.all.length === 0) return 1;
    const nowMs = this.store.clock.now();
    return this.all
      .filter(({ nodes }) => nodes.has(pod.spec.nodeName ?? ''))
      .filter(({ neighbour, fromMs }) => nowMs >= fromMs && (nowMs - fromMs) % neighbour.everyMs < neighbour.forMs)
      .reduce((product, { neighbour }) => product * neighbour.slowdown, 1);
  }
}
