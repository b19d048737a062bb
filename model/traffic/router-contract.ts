/** What every traffic provider does: pure, live objects in, wanted objects out. */
import type { Canary, SessionAffinity } from '../canary';
import type { KubeObject, ResourceType } from '../kube';
import type { SelectorLabel } from '../names';
import type { Routes, UnreadableRoutes } from './routes';
import type { SessionCookies } from './session-cookies';

/** An object that a router needs to see, and writes. */
export interface RoutingObject {
  type: ResourceType;
  name: string;
  /** Seen, never written: what the routing is made from. */
  readOnly?: true;
}

export interface RenderOptions {
  /** The target's selector label: lands on the routing object beside `service.apex`. */
  selector?: SelectorLabel;
  /** Cookies of the session affinity from now on. @default those that are handed out, else those of the status */
  cookies?: SessionCookies;
}

/** A part of the spec that a provider cannot do and leaves out. */
export interface Skip {
  /** Dotted path below `spec`. */
  path: string;
  reason: string;
}

/** Live objects are found by kind and name; others are not looked at. */
export interface Router {
  provider: string;
  /** The objects of a Canary, in the order in which they are written. */
  objects(canary: Canary): RoutingObject[];
  /**
   * The wanted objects that differ from the live ones. Without `routes` the live split stays.
   * @throws Error for what cannot be routed as the spec and the `readOnly` objects say, whatever the others are like;
   * `routingProblem` asks for the text.
   */
  render(
    canary: Canary,
    routes: Routes | undefined,
    live: readonly KubeObject[],
    options?: RenderOptions,
  ): KubeObject[];
  /** The live split. */
  read(canary: Canary, live: readonly KubeObject[]): Routes | UnreadableRoutes;
  /** What deleting the Canary writes back; empty when there is nothing to revert. */
  finalize(canary: Canary, live: readonly KubeObject[]): KubeObject[];
  /** Whether this Canary's requests can be mirrored. */
  canMirror(canary: Canary): boolean;
  /** Whether weights reach users; without it the run is blue/green and users stay on the primary. */
  splitsTraffic: boolean;
  /** How this Canary's users are kept on one side; undefined when they are not. */
  sessions(canary: Canary): SessionAffinity | undefined;
  /** The cookies that the live objects hand out: they survive a status that was not written (T14). */
  cookies(canary: Canary, live: readonly KubeObject[]): SessionCookies;
  /** What of the spec has no effect with this provider. */
  skips(canary: Canary): Skip[];
}

/** What the operator set for routers, whatever the Canary. */
export interface RouterSettings {
  /** `-ingress-annotations-prefix` @default nginx.ingress.kubernetes.io */
  ingressAnnotationsPrefix?: string;
  /** `-ingress-class`, for HTTPProxies. */
  ingressClass?: string;
}
