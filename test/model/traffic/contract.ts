/** What every router must do, whatever its objects look like. */
import fc from 'fast-check';
import type { Canary } from '../../../model/canary';
import type { KubeObject } from '../../../model/kube';
import { LAST_APPLIED } from '../../../model/objects/metadata';
import { type Router, routingProblem, sessionStep } from '../../../model/traffic/router';
import { ALL_TO_PRIMARY, type Routes } from '../../../model/traffic/routes';
import { ORIGINAL_CONFIGURATION } from '../../../model/traffic/routing-object';
import { cookieLetters, type SessionCookies } from '../../../model/traffic/session-cookies';
import { frozen, raw, splits, written } from './specimen';

export interface Subject {
  router: Router;
  /** Canaries of many shapes that this router can route. */
  canaries: readonly Canary[];
  /** One that keeps sessions, for routers that can. */
  withSessions?: Canary | undefined;
  /** Objects of users that are there before. */
  given: readonly KubeObject[];
  /** Splits that a canary can have. @default all */
  possible?: (canary: Canary, routes: Routes) => Routes;
  /** What people and other controllers add to the routing object; `spec` is changed in place. */
  additions: (spec: unknown) => void;
  /** The spec of a user's own object of the same kind and name. */
  foreignSpec: object;
  /** Whether the additions are still there. */
  kept: (spec: unknown) => boolean;
  /** A change of the Canary that changes the routing object, and is no change of the split. */
  edit: (canary: Canary) => void;
}

const RUNS = { numRuns: 40 };

export function describeContract({ router, given, ...subject }: Subject): void {
  const at = (weight: Routes, canary: Canary) => subject.possible?.(canary, weight) ?? weight;
  const render = (canary: Canary, routes: Routes | undefined, live: readonly KubeObject[], cookies?: SessionCookies) =>
    written(live, router.render(frozen(canary), frozen(routes), frozen(live), cookies ? { cookies } : {}));
  const mainOf = (canary: Canary, live: readonly KubeObject[]) => {
    const { type, name } = router.objects(canary).at(-1)!;
    return live.find((object) => object.kind === type.kind && object.metadata.name === name)!;
  };
  const replaced = (live: readonly KubeObject[], object: KubeObject, change: (copy: KubeObject) => void) => {
    const copy = structuredClone(object);
    change(copy);
    return live.map((other) => (other === object ? copy : other));
  };
  const edited = (canary: Canary) => {
    const copy = structuredClone(canary);
    subject.edit(copy);
    return copy;
  };
  const cases = fc.constantFrom(...subject.canaries).chain((canary) =>
    fc.record({
      canary: fc.constant(canary),
      routes: splits(router, canary).map((routes) => at(routes, canary)),
      next: splits(router, canary).map((routes) => at(routes, canary)),
    }),
  );
  const everyCase = (check: (one: { canary: Canary; routes: Routes; next: Routes }) => void) =>
    fc.assert(fc.property(cases, check), RUNS);

  test('has no problem with its canaries', () => {
    for (const canary of subject.canaries) expect(routingProblem(router, canary, given)).toBeUndefined();
  });

  test('reading what was rendered gives the split', () => {
    everyCase(({ canary, routes, next }) => {
      const live = render(canary, routes, given);
      expect(router.read(canary, live)).toEqual(routes);
      expect(router.read(canary, render(canary, next, live))).toEqual(next);
    });
  });

  test('rendering again writes nothing, a step is one write', () => {
    everyCase(({ canary, routes, next }) => {
      const live = render(canary, routes, given);
      expect(router.render(canary, routes, live)).toEqual([]);
      expect(router.render(canary, undefined, live)).toEqual([]);
      expect(router.render(canary, next, live).length).toBeLessThanOrEqual(1);
    });
  });

  test('everything that it names is there after the first writes, and it starts with the primary', () => {
    for (const canary of subject.canaries) {
      const live = render(canary, undefined, given);
      for (const { type, name } of router.objects(canary)) {
        const object = live.find((one) => one.kind === type.kind && one.metadata.name === name);
        expect(object).toMatchObject({ apiVersion: type.apiVersion, metadata: { namespace: 'test' } });
      }
      expect(router.read(canary, live)).toEqual(ALL_TO_PRIMARY);
      expect(mainOf(canary, live).metadata.ownerReferences).toMatchObject([{ uid: 'uid-canary', controller: true }]);
    }
  });

  test('T1, T2: repairs and steps keep what users added, and repairs keep the split', () => {
    everyCase(({ canary, routes, next }) => {
      const live = render(canary, routes, given);
      const added = replaced(live, mainOf(canary, live), (object) => {
        object.metadata.labels = { ...object.metadata.labels, team: 'blue' };
        object.metadata.annotations = { ...object.metadata.annotations, 'argocd.argoproj.io/tracking-id': 'x' };
        subject.additions(object['spec']);
      });
      for (const [asked, expected] of [
        [undefined, routes],
        [next, next],
      ] as const) {
        const after = render(edited(canary), asked, added);
        const main = mainOf(canary, after);
        expect(router.read(canary, after)).toEqual(expected);
        expect(main.metadata.labels).toMatchObject({ team: 'blue' });
        expect(main.metadata.annotations).toMatchObject({ 'argocd.argoproj.io/tracking-id': 'x' });
        expect({ kept: subject.kept(main['spec']), spec: main['spec'] }).toMatchObject({ kept: true });
        expect(router.render(edited(canary), undefined, after)).toEqual([]);
      }
    });
  });

  test('nothing of a former spec stays: over what was made for another Canary it is as made afresh', () => {
    const pairs = fc.tuple(cases, cases);
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const live = render(before.canary, before.routes, given);
        const over = render(after.canary, after.routes, live, {});
        const afresh = render(after.canary, after.routes, given, {});
        expect(mainOf(after.canary, over)['spec']).toEqual(mainOf(after.canary, afresh)['spec']);
        expect(router.read(after.canary, over)).toEqual(after.routes);
      }),
      RUNS,
    );
  });

  test('an edit of the Canary reaches the object', () => {
    const [canary] = subject.canaries;
    const live = render(canary!, undefined, given);
    expect(router.render(edited(canary!), undefined, live)).toHaveLength(1);
  });

  test('T3: what a user had is recorded once and put back, what was made is not', () => {
    const [canary] = subject.canaries;
    const made = render(canary!, undefined, given);
    expect(router.finalize(canary!, made)).toEqual([]);
    const { ownerReferences: _, ...metadata } = mainOf(canary!, made).metadata;
    const foreign = { ...mainOf(canary!, made), metadata, spec: subject.foreignSpec };
    const own = made.map((object) =>
      object.metadata.name === foreign.metadata.name && object.kind === foreign.kind ? foreign : object,
    );
    const taken = render(canary!, undefined, own);
    expect(router.read(canary!, taken)).toEqual(ALL_TO_PRIMARY);
    expect(mainOf(canary!, taken)['spec']).toMatchObject(raw(mainOf(canary!, made)).spec);
    const stepped = render(edited(canary!), { primary: 70, canary: 30, mirrored: false }, taken);
    const [back] = router.finalize(canary!, stepped);
    expect(raw(back).spec).toEqual(subject.foreignSpec);
    expect(router.finalize(canary!, written(stepped, [back!]))).toEqual([]);
  });

  test('kubectl’s own record is put back, once', () => {
    const [canary] = subject.canaries;
    const made = render(canary!, undefined, given);
    const { ownerReferences: _, ...metadata } = mainOf(canary!, made).metadata;
    const annotations = { ...metadata.annotations, [LAST_APPLIED]: JSON.stringify({ spec: subject.foreignSpec }) };
    const foreign = { ...mainOf(canary!, made), metadata: { ...metadata, annotations } };
    const taken = render(canary!, undefined, written(made, [foreign]));
    expect(mainOf(canary!, taken).metadata.annotations).not.toHaveProperty([ORIGINAL_CONFIGURATION]);
    const [back] = router.finalize(canary!, taken);
    expect(raw(back).spec).toEqual(subject.foreignSpec);
    expect(router.finalize(canary!, written(taken, [back!]))).toEqual([]);
  });

  test('T11: an object without a split is an error, never a split', () => {
    const [canary] = subject.canaries;
    const live = render(canary!, undefined, given);
    expect(router.read(canary!, given)).toEqual({ unreadable: expect.stringContaining('not found') });
    for (const spec of [undefined, 'x', {}, { http: 'x', rules: 1, routes: {}, weighted: [] }]) {
      const broken = replaced(live, mainOf(canary!, live), (object) => {
        object['spec'] = spec;
        delete object.metadata.annotations;
      });
      expect(router.read(canary!, broken)).toEqual({ unreadable: expect.stringMatching(/ \S+\.test /) });
      expect(router.read(canary!, render(canary!, undefined, broken))).toEqual(ALL_TO_PRIMARY);
    }
  });

  test('what it leaves out is said with a reason', () => {
    for (const canary of subject.canaries) {
      for (const { path, reason } of router.skips(canary)) {
        expect(path).toMatch(/^(service|analysis)\.\w/);
        expect(reason.length).toBeGreaterThan(10);
      }
    }
  });

  const { withSessions } = subject;
  if (!withSessions) return;

  test('session affinity: cookies go with the split, and come back from the live object (T14)', () => {
    const steps = fc.array(splits(router, withSessions), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(steps, fc.string(), (splitsOfRun, random) => {
        let live: readonly KubeObject[] = render(withSessions, undefined, given);
        let before = ALL_TO_PRIMARY;
        splitsOfRun.forEach((next, index) => {
          const letters = cookieLetters(`${random}${index}`);
          const { cookies } = sessionStep(router, withSessions, {
            live: before,
            next,
            routing: live,
            letters: () => letters,
          });
          live = render(withSessions, next, live, cookies);
          expect(router.read(withSessions, live)).toEqual(next);
          const { previous, ...handed } = cookies;
          expect(router.cookies(withSessions, live)).toEqual(next.canary > 0 ? handed : cookies);
          expect(router.render(withSessions, undefined, live)).toEqual([]);
          const repaired = render(edited(withSessions), undefined, live);
          expect(router.cookies(withSessions, repaired)).toEqual(router.cookies(withSessions, live));
          before = next;
        });
      }),
      RUNS,
    );
  });
}
