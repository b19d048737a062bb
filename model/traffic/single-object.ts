/** Routers whose whole routing is one object named like the apex. */
import type { Canary, SessionAffinity } from '../canary';
import { namespaceOf } from '../defaults';
import { type JsonObject, objectOf, sameJson } from '../json';
import type { KubeObject, ResourceType } from '../kube';
import { apexName } from '../names';
import type { Router, Skip } from './router-contract';
import { ALL_TO_PRIMARY, type Routes, type UnreadableRoutes } from './routes';
import {
  findLive,
  foreignFields,
  isOurs,
  madeObject,
  objectOver,
  revertedObjects,
  routingMetadata,
} from './routing-object';
import { type SessionCookies, standingCookies } from './session-cookies';

/** One kind of routing object. */
export interface RoutingKind {
  provider: string;
  type: ResourceType;
  /** The fields of `spec` that are written, whether they are set or not. */
  fields: readonly string[];
  /** Those fields for a split. @throws Error for what cannot be routed as the spec says. */
  spec(canary: Canary, routes: Routes, cookies: SessionCookies): JsonObject;
  /** The same over the live spec of an object that is ours: keeps what users added inside our fields. */
  specOver(canary: Canary, wanted: JsonObject, live: JsonObject): JsonObject;
  /** The split that a live object asks for; undefined when it says none. */
  weights(canary: Canary, live: KubeObject): Routes | undefined;
  /** Why the live object does not route yet as it asks. */
  unready?(canary: Canary, live: KubeObject): Pick<UnreadableRoutes, 'unreadable' | 'pending'> | undefined;
  cookies?(canary: Canary, live: KubeObject): SessionCookies;
  canMirror?(canary: Canary): boolean;
  sessions?(canary: Canary): SessionAffinity | undefined;
  skips(canary: Canary): Skip[];
}

export function singleObjectRouter(kind: RoutingKind): Router {
  const find = (canary: Canary, live: readonly KubeObject[]) => findLive(live, kind.type.kind, apexName(canary));
  const cookies = (canary: Canary, object: KubeObject | undefined) =>
    object ? (kind.cookies?.(canary, object) ?? {}) : {};
  return {
    provider: kind.provider,
    splitsTraffic: true,
    objects: (canary) => [{ type: kind.type, name: apexName(canary) }],
    render(canary, routes, live, options = {}) {
      const object = find(canary, live);
      const split = routes ?? (object && kind.weights(canary, object)) ?? ALL_TO_PRIMARY;
      const handed = options.cookies ?? standingCookies(canary, split, cookies(canary, object));
      const wanted = kind.spec(canary, split, handed);
      const metadata = routingMetadata(canary, options.selector);
      if (!object) return [madeObject(canary, kind.type, apexName(canary), metadata, wanted)];
      const next = objectOver(canary, object, metadata, overSpec(kind, canary, wanted, object));
      return sameJson(next, object) ? [] : [next];
    },
    read(canary, live) {
      const object = find(canary, live);
      if (!object) return { unreadable: `${nameOf(kind, canary)} get query error: not found` };
      const asked = kind.weights(canary, object);
      if (!asked) return { unreadable: withoutRoutes(kind, canary) };
      const unready = kind.unready?.(canary, object);
      return unready ? { ...unready, asked } : asked;
    },
    finalize: (canary, live) => revertedObjects(canary, [find(canary, live)]),
    canMirror: kind.canMirror ?? (() => false),
    sessions: kind.sessions ?? (() => undefined),
    cookies: (canary, live) => cookies(canary, find(canary, live)),
    skips: kind.skips,
  };
}

function overSpec(kind: RoutingKind, canary: Canary, wanted: JsonObject, live: KubeObject): JsonObject {
  const spec = objectOf(live['spec']);
  const ours = isOurs(canary, live) ? kind.specOver(canary, wanted, spec) : wanted;
  return { ...foreignFields(spec, kind.fields), ...ours };
}

const nameOf = ({ type }: RoutingKind, canary: Canary): string =>
  `${type.kind} ${apexName(canary)}.${namespaceOf(canary)}`;

function withoutRoutes(kind: RoutingKind, canary: Canary): string {
  const apex = apexName(canary);
  return `${nameOf(kind, canary)} does not contain routes for ${apex}-primary and ${apex}-canary`;
}
