/** A gate of one Canary; `rollback` gates are separate from the others. */
export interface Gate {
  kind: 'gate' | 'rollback';
  name: string;
  namespace: string;
}

/** Gates in memory, closed until somebody opens them. */
export class Gates {
  private readonly opened = new Set<string>();

  isOpen(gate: Gate): boolean {
    return this.opened.has(key(gate));
  }

  set(gate: Gate, open: boolean): void {
    if (open) this.opened.add(key(gate));
    else this.opened.delete(key(gate));
  }
}

function key({ kind, name, namespace }: Gate): string {
  return `${kind}/${namespace}/${name}`;
}
