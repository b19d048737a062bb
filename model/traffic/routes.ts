/** How traffic is split: what every router reads and renders. */

export interface Routes {
  /** Percent of the primary. */
  primary: number;
  /** Percent of the canary; with the primary's it is 100. */
  canary: number;
  /** The canary gets copies of the primary's requests. */
  mirrored: boolean;
}

export const ALL_TO_PRIMARY: Routes = { primary: 100, canary: 0, mirrored: false };

export const ALL_TO_CANARY: Routes = { primary: 0, canary: 100, mirrored: false };

/** The split that gives the canary `weight` percent. */
export const routesFor = (weight: number, mirrored = false): Routes => ({
  primary: 100 - weight,
  canary: weight,
  mirrored,
});

/** The split that two weights make, in percent; undefined when both are 0 or absent (T11). */
export function splitOf(primary = 0, canary = 0, mirrored = false): Routes | undefined {
  const sum = primary + canary;
  if (!(sum > 0)) return undefined;
  if (primary === 0 || canary === 0 || sum === 100)
    return routesFor(sum === 100 ? canary : canary > 0 ? 100 : 0, mirrored);
  // A side with any traffic never counts as one without.
  return routesFor(Math.min(Math.max(Math.round((100 * canary) / sum), 1), 99), mirrored);
}

/** Live objects that say no split at all: an error of the tick, never a split of 0 and 0. */
export interface UnreadableRoutes {
  unreadable: string;
  /** What the objects ask for, where only its being served is in doubt. */
  asked?: Routes;
  /** Passes by itself within moments, as a rule: worth saying only when it lasts. */
  pending?: true;
}

export const isUnreadable = (read: Routes | UnreadableRoutes): read is UnreadableRoutes => 'unreadable' in read;
