/** Rollout tests, for any test runner. */
export { Expectation } from './expectation';
export { RolloutFailed } from './failure';
export type * from './outcome';
export type { Share, Time } from './quantities';
export { Rollout, rollout } from './rollout';
export type * from './source';
export type * from './version';
export type * from './world';
