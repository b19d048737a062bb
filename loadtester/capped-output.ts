/** Output of a process without its middle when it is long: how it began and how it ended tell most (L8). */
export class CappedOutput {
  private head = '';
  private tail = '';
  private cut = 0;

  /** @param half characters of the beginning, and as many of the end. */
  constructor(private readonly half = 32 * 1024) {}

  add(text: string): void {
    const room = this.half - this.head.length;
    this.head += text.slice(0, room);
    const rest = this.tail + text.slice(Math.max(room, 0));
    this.cut += Math.max(0, rest.length - this.half);
    this.tail = rest.slice(-this.half);
  }

  /** Beginning and end, and between them a line that says what is missing. */
  text(): string {
    if (this.cut === 0) return this.head + this.tail;
    return `${this.head}\n… ${this.cut} characters left out …\n${this.tail}`;
  }
}
