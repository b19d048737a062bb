/** A gate of one Canary; `rollback` gates are separate from the others. */
export interface Gate {
  kind: 'gate' | 'rollback';
  name: string;
  namespace: string;
}

/** Where opened gates survive a restart. */
export interface GateStore {
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}

export interface GatesOptions {
  /**
   * An opened gate lets one revision pass, however often it asks, and is closed for the next (L6).
   * @default false: it stays open until somebody closes it, as in the reference
   */
  closeAfterUse?: boolean;
  /** @default gates live in memory */
  store?: GateStore;
  onProblem?(text: string): void;
}

/** Gates, closed until somebody opens them. */
export class Gates {
  /** The checksum that came through first; empty: nobody yet. */
  private readonly opened = new Map<string, string>();
  private saved: Promise<void> = Promise.resolve();
  private loaded: Promise<void> | undefined;

  constructor(private readonly options: GatesOptions = {}) {}

  /** Fills in what the store has, once. A store that cannot be read leaves all gates closed. */
  load(): Promise<void> {
    this.loaded ??= this.read();
    return this.loaded;
  }

  /** @param checksum of the revision that wants to pass; without one nothing is used up. */
  check(gate: Gate, checksum: string): boolean {
    const user = this.opened.get(key(gate));
    if (user === undefined) return false;
    if (!this.options.closeAfterUse || checksum === '' || user === checksum) return true;
    const first = user === '';
    if (first) this.opened.set(key(gate), checksum);
    else this.opened.delete(key(gate));
    this.save();
    return first;
  }

  set(gate: Gate, open: boolean): void {
    if (open) this.opened.set(key(gate), '');
    else this.opened.delete(key(gate));
    this.save();
  }

  /** Resolves when everything that happened is in the store. */
  flush(): Promise<void> {
    return this.saved;
  }

  private async read(): Promise<void> {
    try {
      const text = await this.options.store?.load();
      for (const [gate, user] of Object.entries(text ? JSON.parse(text) : {})) this.opened.set(gate, String(user));
    } catch (error) {
      this.options.onProblem?.(`gates cannot be read, all are closed: ${(error as Error).message}`);
    }
  }

  /** One after the other, so that the last one wins. */
  private save(): void {
    const { store, onProblem } = this.options;
    if (store === undefined) return;
    const text = JSON.stringify(Object.fromEntries(this.opened));
    this.saved = this.saved
      .then(() => store.save(text))
      .catch((error: Error) => onProblem?.(`gates cannot be written, a restart will forget them: ${error.message}`));
  }
}

function key({ kind, name, namespace }: Gate): string {
  return `${kind}/${namespace}/${name}`;
}
