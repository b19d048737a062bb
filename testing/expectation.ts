import { affects, type Check, ends, neverAbove, says, staysOn, takesWeights } from './checks';
import { RolloutFailed } from './failure';
import type { Outcome } from './outcome';
import { play } from './play';
import type { Share, Time } from './quantities';
import type { Scenario } from './scenario';
import { outcomeText } from './text';

/** What a release is expected to do. Awaiting it plays the release once, and throws RolloutFailed when it does otherwise. */
export class Expectation implements PromiseLike<Outcome> {
  /** @internal */
  constructor(
    private readonly scenario: Scenario,
    private readonly checks: readonly Check[],
  ) {}

  /** The new version gets all traffic, and nothing is left behind. */
  promoted(options: { within?: Time } = {}): Expectation {
    return this.with(ends('promoted', options.within));
  }

  /**
   * The release fails and the old version has all traffic again.
   * @param options `because`: part of an event text, or the name of the metric that failed
   */
  rolledBack(options: { within?: Time; because?: string | RegExp } = {}): Expectation {
    return this.with(ends('rolledBack', options.within, options.because));
  }

  /** The canary gets exactly these percentages, one after the other, until it is decided. */
  weights(...percent: number[]): Expectation {
    return this.with(takesWeights(percent));
  }

  /** The canary never gets more than this before it is promoted. */
  neverExceeds(percent: number): Expectation {
    return this.with(neverAbove(percent));
  }

  /** The release stops at this weight, neither promoted nor rolled back. @param options `for` @default 10m */
  staysOn(percent: number, options: { for?: Time } = {}): Expectation {
    return this.with(staysOn(percent, options.for ?? '10m'));
  }

  /** Of all requests of users during the test, a smaller share fails or is slow. */
  usersAffected(options: { below: Share }): Expectation {
    return this.with(affects(options.below));
  }

  /** An event of the Canary has this text. */
  says(text: string | RegExp): Expectation {
    return this.with(says(text));
  }

  // biome-ignore lint/suspicious/noThenProperty: `await rollout(…).expect()…` is the whole point of this class
  then<A = Outcome, B = never>(
    fulfilled?: ((outcome: Outcome) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.verify().then(fulfilled, rejected);
  }

  private with(check: Check): Expectation {
    return new Expectation(this.scenario, [...this.checks, check]);
  }

  private async verify(): Promise<Outcome> {
    if (this.checks.length === 0) throw new Error('expect(): say what is expected, such as .promoted()');
    const outcome = await play(
      this.scenario,
      this.checks.flatMap(({ enough }) => (enough ? [enough] : [])),
    );
    const problems = this.checks.flatMap((check) => check.problem(outcome) ?? []);
    if (problems.length === 0) return outcome;
    throw new RolloutFailed(`${problems.join('\n')}\n\n${outcomeText(outcome)}`, outcome);
  }
}
