/** One object of a cache: as itself while it is read or moves, else as JSON, which takes a quarter of the memory. */
import type { KubeObject } from '../../model/kube';

/** Those of all kinds that are held as themselves: the nine of 300 Canaries in motion. A tick of one beyond them parses nine texts, 0.15 ms. */
const MOST_UNPACKED = 3_000;

/** Counts the rounds of putting away: what was read in this one or the one before stays, unless it is too much. */
export class Rounds {
  now = 1;
  private readonly unpacked = new Set<Held>();

  /** @param most objects that are held as themselves; the oldest goes for one more */
  constructor(private readonly most = MOST_UNPACKED) {}

  keep(held: Held): void {
    this.unpacked.add(held);
    const [oldest] = this.unpacked;
    if (this.unpacked.size > this.most && oldest) this.pack(oldest);
  }

  drop(held: Held): void {
    this.unpacked.delete(held);
  }

  /** Ends a round: what nobody read in it becomes JSON. */
  end(): void {
    for (const held of this.unpacked) if (!held.wasRead) this.pack(held);
    this.now += 1;
  }

  private pack(held: Held): void {
    held.pack();
    this.unpacked.delete(held);
  }
}

export class Held {
  readonly uid: string | undefined;
  readonly version: string | undefined;
  readonly generation: number | undefined;
  private object: KubeObject | undefined;
  private text: string | undefined;
  /** The round of the last read; 0: it was never read. */
  private readIn = 0;

  /**
   * @param keys by which it is found, beside its name
   * @param packed nobody is known to need it soon: it was listed, it did not move
   */
  constructor(
    object: KubeObject,
    readonly keys: readonly string[],
    private readonly rounds: Rounds,
    packed: boolean,
  ) {
    this.uid = object.metadata.uid;
    this.version = object.metadata.resourceVersion;
    this.generation = object.metadata.generation;
    if (packed) this.text = JSON.stringify(object);
    else this.keep(object);
  }

  /** The object; the very same one for who reads it again soon. */
  read(): KubeObject {
    const object = this.peek();
    // One read may be the only one for days: a second one in these rounds is the sign that more come.
    if (this.readIn >= this.rounds.now - 1 && this.readIn > 0) this.keep(object);
    this.readIn = this.rounds.now;
    return object;
  }

  /** The object, for who looks at all of them. */
  peek(): KubeObject {
    return this.object ?? (JSON.parse(this.text ?? 'null') as KubeObject);
  }

  /** With the very spec of `object` when they are equal: what was worked out from it stays known (rollout/kept.ts). */
  withThisSpec(object: KubeObject): KubeObject {
    const before = this.object?.['spec'];
    const now = object['spec'];
    // The generation alone does not tell: a restored etcd counts again.
    if (before === undefined || now === undefined || this.generation !== object.metadata.generation) return object;
    return JSON.stringify(before) === JSON.stringify(now) ? { ...object, spec: before } : object;
  }

  /** In this round. */
  get wasRead(): boolean {
    return this.readIn === this.rounds.now;
  }

  pack(): void {
    this.text ??= JSON.stringify(this.object);
    this.object = undefined;
  }

  private keep(object: KubeObject): void {
    if (this.object !== undefined) return;
    this.object = object;
    this.rounds.keep(this);
  }
}
