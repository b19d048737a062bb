/** Decides which texts are news: lasting states once in a run, long progress of a wait no oftener than the interval. */
import type { Saying } from './rollout/decision';

interface Memory {
  run: string;
  said: Set<string>;
  waits: number;
  lastWaitAt: number;
}

/** Progress texts of a run that are said as they come: 50 replicas would make 50 of them. */
const FREELY = 5;

export class Telling {
  private readonly memories = new Map<string, Memory>();

  /** Whether a text should be recorded now. Texts that are neither `once` nor `waiting` always are. */
  isNews(key: string, run: string, saying: Saying, now: number, intervalMs: number): boolean {
    if (!saying.once && !saying.waiting) return true;
    const memory = this.memoryOf(key, run);
    const text = `${saying.type} ${saying.message}`;
    if (memory.said.has(text)) return false;
    if (saying.waiting && memory.waits >= FREELY && now - memory.lastWaitAt < intervalMs) return false;
    memory.said.add(text);
    if (saying.waiting) {
      memory.lastWaitAt = now;
      memory.waits++;
    }
    return true;
  }

  forget(key: string): void {
    this.memories.delete(key);
  }

  private memoryOf(key: string, run: string): Memory {
    const known = this.memories.get(key);
    if (known?.run === run) return known;
    const memory: Memory = { run, said: new Set(), waits: 0, lastWaitAt: Number.NEGATIVE_INFINITY };
    this.memories.set(key, memory);
    return memory;
  }
}
