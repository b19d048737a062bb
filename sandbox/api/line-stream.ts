/** Lines that are written as things happen and read when the reader gets to them. */
import { connectionError } from './connection-error';

/** A one-way stream of lines in memory. */
export class LineStream implements AsyncIterable<string> {
  private readonly waiting: string[] = [];
  private ended = false;
  private silent = false;
  private error: Error | undefined;
  private wake: (() => void) | undefined;

  /** `onEnd` runs once, when the writer or the reader is done. */
  constructor(private readonly onEnd: () => void = () => {}) {}

  write(line: string): void {
    if (this.ended || this.silent) return;
    this.waiting.push(line);
    this.wake?.();
  }

  /** Swallows all further lines, like a connection that is dead without saying so. */
  silence(): void {
    this.silent = true;
  }

  /** Ends the stream because its reader is gone: what was not read is lost. */
  abort(): void {
    this.waiting.length = 0;
    this.end('EABORTED');
  }

  /** Ends the stream; with a code, the reader gets an error after the lines so far. */
  end(errorCode?: string): void {
    if (this.ended) return;
    this.ended = true;
    if (errorCode) this.error = connectionError(errorCode);
    this.onEnd();
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<string> {
    try {
      while (true) {
        while (this.waiting.length > 0) yield this.waiting.shift()!;
        if (this.error) throw this.error;
        if (this.ended) return;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    } finally {
      this.end();
    }
  }
}
