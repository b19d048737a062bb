/** Listeners that cannot hurt each other. */

/**
 * Calls each listener with each message, in order. A listener may cause further messages: they wait for their turn,
 * so that every listener sees the same order. What a listener throws is reported and goes no further.
 */
export class Broadcast<Message extends unknown[]> {
  private readonly listeners = new Set<(...message: Message) => void>();
  private readonly pending: Message[] = [];
  private sending = false;

  constructor(private readonly onThrow: (error: unknown) => void) {}

  /** Returns how to stop listening. */
  listen(listener: (...message: Message) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  send(messages: Message[]): void {
    this.pending.push(...messages);
    if (this.sending) return;
    this.sending = true;
    for (let message = this.pending.shift(); message; message = this.pending.shift()) {
      for (const listener of [...this.listeners]) this.tell(listener, message);
    }
    this.sending = false;
  }

  clear(): void {
    this.listeners.clear();
  }

  private tell(listener: (...message: Message) => void, message: Message): void {
    try {
      listener(...message);
    } catch (error) {
      this.onThrow(error);
    }
  }
}
