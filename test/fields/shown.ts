/** How a field shows that it means what it says. */
import type { Canary } from '../../model/canary';
import type { KubeObject } from '../../model/kube';
import { routerFor } from '../../model/traffic/router';
import type { Router } from '../../model/traffic/router-contract';
import type { Routes } from '../../model/traffic/routes';
import { aCanary } from '../fixtures';
import { FIELDS, sampleOf, setAt, valueAt } from './crd-paths';

export type Shown =
  /** Sets the field and looks for its effect. */
  | { shows: (path: string) => void | Promise<void> }
  /** Another test does: its file below test/, and its title. */
  | { seenBy: readonly [file: string, title: string] }
  /** It has no effect; docs/differences.md has a line with its path. */
  | { not: string };

/** By path, or by what paths begin with and `*`. */
export type Table = Readonly<Record<string, Shown>>;

export const shows = (effect: (path: string) => void | Promise<void>): Shown => ({ shows: effect });
export const seenBy = (file: string, title: string): Shown => ({ seenBy: [file, title] });

// biome-ignore lint/suspicious/noExplicitAny: raw JSON
export type Raw = any;

const SPLIT: Routes = { primary: 80, canary: 20, mirrored: false };

/** What a provider's router writes for a Canary. */
export function routed(canary: Canary, provider = 'istio', routes = SPLIT, live: KubeObject[] = []): Raw[] {
  return (routerFor(provider) as Router).render(canary, routes, live);
}

export const virtualService = (canary: Canary, routes = SPLIT): Raw =>
  routed(canary, 'istio', routes).find(({ kind }) => kind === 'VirtualService');

export function httpRoute(canary: Canary, routes = SPLIT): Raw {
  const { service } = canary.spec;
  service!.gatewayRefs ??= [{ name: 'public' }];
  return routed(canary, 'gatewayapi:v1', routes)[0];
}

/** A Canary in which the field has a value that its schema takes. */
export function canaryWith(path: string, value: unknown = sampleOf(FIELDS.get(path)!), canary = aCanary()): Canary {
  setAt(canary, path, value);
  return canary;
}

/** The field's value turns up in what is rendered, at a path of the same ending. */
export const copiedTo = (render: (canary: Canary) => Raw, from: string, to: string, base = aCanary): Shown =>
  shows((path) => {
    const value = sampleOf(FIELDS.get(path)!);
    const place = path.replace(from, to);
    expect(valueAt(render(base()), place)).not.toEqual(value);
    expect(valueAt(render(canaryWith(path, value, base())), place)).toEqual(value);
  });
