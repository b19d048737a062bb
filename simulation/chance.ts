/** Chance that depends on nothing but a seed. */
import { seeded } from '../sandbox/random';

export class Chance {
  private readonly draw: () => number;

  constructor(seed: number) {
    this.draw = seeded(seed);
    // Neighbouring seeds start alike.
    for (let i = 0; i < 4; i++) this.draw();
  }

  /** From 0 up to 1. */
  readonly next = (): number => this.draw();

  /** A whole number from `from` up to and with `to`. */
  between(from: number, to: number): number {
    return from + Math.floor(this.draw() * (to - from + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.draw() * choices.length)]!;
  }

  /** True that often, 0 to 1. */
  often(share: number): boolean {
    return this.draw() < share;
  }
}
