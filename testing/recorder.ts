/** Writes down what happens to a Canary: its phases, weights, checks and events. */
import type { Canary, RunCheck } from '../model/canary';
import { compact } from '../model/json';
import { type KubeObject, RESOURCES } from '../model/kube';
import { isRouter, ROUTING_TYPES, routerFor } from '../model/traffic/router';
import { ALL_TO_PRIMARY, isUnreadable, type Routes } from '../model/traffic/routes';
import type { Sandbox } from '../sandbox/world';
import type { Entry, UsersSample } from './outcome';

/** An entry without its time. */
type Happening = Entry extends infer E ? (E extends Entry ? Omit<E, 'atMs'> : never) : never;

interface CoreEvent extends KubeObject {
  type?: string;
  message?: string;
  involvedObject?: { kind?: string; name?: string; namespace?: string };
}

const WATCHED: ReadonlySet<string> = new Set(['Canary', ...ROUTING_TYPES.map(({ kind }) => kind)]);

/** From these a promotion begins with an analysis that has passed, and that is no step any more. */
const DECIDING: ReadonlySet<string> = new Set(['Progressing', 'WaitingPromotion']);

export class Recorder {
  readonly entries: Entry[] = [];
  readonly users: UsersSample[] = [];
  /** Called after every entry. */
  onEntry: (entry: Entry) => void = () => undefined;
  private phase = '';
  private routes: Routes = ALL_TO_PRIMARY;
  private stepAt: string | undefined;
  private beginsAnew = false;
  private readonly answered = new Map<string, string>();
  private readonly closers: { close(): void }[] = [];

  constructor(
    private readonly sandbox: Sandbox,
    private readonly ref: { name: string; namespace: string },
    private readonly provider: string,
    private readonly nowMs: () => number,
  ) {
    const { store } = sandbox;
    this.closers = [
      store.watch(RESOURCES.event, undefined, ({ type, object }) => {
        if (type !== 'DELETED') this.event(object as CoreEvent);
      }),
      store.observe(({ object }) => {
        if (WATCHED.has(object.kind)) this.look();
      }),
    ];
  }

  close(): void {
    for (const one of this.closers) one.close();
  }

  note(happening: Happening): void {
    const entry = { atMs: this.nowMs(), ...happening } as Entry;
    this.entries.push(entry);
    this.onEntry(entry);
  }

  /** A gate is asked at every step: what it answers is news when it changes. */
  hook(name: string, answer: string): void {
    if (this.answered.get(name) === answer) return;
    this.answered.set(name, answer);
    this.note({ kind: 'hook', name, answer });
  }

  sample(): void {
    const { requests, errors, slow = 0 } = this.sandbox.users.seen;
    this.users.push({ atMs: this.nowMs(), requests, errors, slow });
  }

  canary(): Canary | undefined {
    return this.sandbox.store.get({ ...RESOURCES.canary, ...this.ref }) as Canary | undefined;
  }

  /** The live split; before there are routes all of it is the primary's. */
  liveRoutes(): Routes {
    const [canary, router] = [this.canary(), routerFor(this.provider)];
    if (!canary || !isRouter(router)) return ALL_TO_PRIMARY;
    const live = router.objects(canary).flatMap(({ type, name }) => {
      const found = this.sandbox.store.get({ ...type, namespace: this.ref.namespace, name });
      return found ? [found] : [];
    });
    if (live.length === 0 && router.splitsTraffic) return ALL_TO_PRIMARY;
    const read = router.read(canary, live);
    return isUnreadable(read) ? (read.asked ?? this.routes) : read;
  }

  private event({ involvedObject, type, message = '' }: CoreEvent): void {
    if (involvedObject?.kind !== 'Canary' || involvedObject.name !== this.ref.name) return;
    if (involvedObject.namespace !== this.ref.namespace) return;
    this.note({ kind: 'event', type: type === 'Warning' ? 'Warning' : 'Normal', message });
  }

  private look(): void {
    const canary = this.canary();
    if (!canary) return;
    const routes = this.liveRoutes();
    const { phase = '', serin, runs, failedChecks = 0 } = canary.status ?? {};
    const stepAt = (serin as { stepAt?: string } | undefined)?.stepAt;
    if (stepAt !== undefined && stepAt !== this.stepAt) {
      // The step that begins anew judges nothing: the checks are those of before.
      if (!this.beginsAnew) this.checks(runs?.at(-1)?.checks ?? [], failedChecks);
      this.beginsAnew = false;
      this.stepAt = stepAt;
    } else if (phase === 'Promoting' && DECIDING.has(this.phase)) {
      this.checks(runs?.at(-1)?.checks ?? [], failedChecks);
    }
    if (phase !== this.phase) this.note({ kind: 'phase', phase });
    this.phase = phase;
    const same = routes.canary === this.routes.canary && routes.mirrored === this.routes.mirrored;
    if (same) return;
    this.note({ kind: 'weight', ...routes });
    if (routes.canary === 0 && !routes.mirrored) this.beginsAnew = true;
    this.routes = routes;
  }

  private checks(checks: readonly RunCheck[], failedChecks: number): void {
    if (checks.length === 0) return;
    const seen = checks.map(({ name, verdict, value, range, message }) =>
      compact({ name, verdict, value, range, message }),
    );
    this.note({ kind: 'checks', checks: seen, failedChecks });
  }
}
