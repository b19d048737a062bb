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

/** Live objects that say no split at all: an error of the tick, never a split of 0 and 0. */
export interface UnreadableRoutes {
  unreadable: string;
}

export const isUnreadable = (read: Routes | UnreadableRoutes): read is UnreadableRoutes => 'unreadable' in read;
