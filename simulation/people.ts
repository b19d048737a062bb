/** What people do while a release is under way. */
import type { CanaryAnalysis } from '../model/canary';
import type { KubeObject } from '../model/kube';
import { isRouter, routerFor } from '../model/traffic/router';
import type { Chance } from './chance';
import type { ACTIONS } from './mishap';
import { canaryOf, NAME, NAMESPACE, targetOf } from './objects';
import { imageOf, isStuck } from './services';
import type { World } from './world';

export type Action = (typeof ACTIONS)[number];

interface PodTemplate {
  spec: { template: { spec: { containers: { image: string }[] } }; replicas: number };
}

export class People {
  private pushes = 0;

  constructor(
    private readonly world: World,
    /** Told of everything that may make a new revision. */
    private readonly pushed: () => void,
  ) {}

  /** Does it if there is something to do it to; says whether. */
  act(action: Action, chance: Chance): boolean {
    return this.actions[action](chance);
  }

  push(quality: 'good' | 'bad' | 'stuck'): boolean {
    return this.setImage(`app:${quality}-${++this.pushes}`);
  }

  setImage(image: string): boolean {
    this.pushed();
    return this.world.edit('deployment', NAME, (draft: PodTemplate) => {
      draft.spec.template.spec.containers[0]!.image = image;
    });
  }

  /** Puts back what was taken away. */
  restore(): void {
    const { world } = this;
    if (!world.get('deployment', NAME)) this.makeTarget('app:good-0');
    // Whoever took the primary's pods away has to give them back: Serin leaves that to people.
    const primary = world.get('deployment', `${NAME}-primary`) as PodTemplate | undefined;
    if (primary?.spec.replicas === 0) this.scale(`${NAME}-primary`, 1);
    // Nothing comes of a first version that never gets ready: somebody pushes one that does.
    const bootstraps = ['none', '', 'Initializing'].includes(world.phase);
    if (bootstraps && isStuck(imageOf(world.get('deployment', NAME)))) this.push('good');
    if (!world.canary) this.makeCanary();
    else this.spec((spec) => Object.assign(spec, { suspend: false, skipAnalysis: false }));
  }

  makeCanary(): void {
    this.pushed();
    this.world.create(canaryOf(this.world.scenario));
  }

  private makeTarget(image: string): void {
    this.pushed();
    this.world.create(targetOf(this.world.scenario, image));
  }

  private readonly actions: Record<Action, (chance: Chance) => boolean> = {
    'push-good': () => this.push('good'),
    'push-bad': () => this.push('bad'),
    'push-stuck': () => this.push('stuck'),
    'push-back': () => {
      const promoted = imageOf(this.world.get('deployment', `${NAME}-primary`));
      return promoted !== '' && this.setImage(promoted);
    },
    'rollback-hook': (chance) => {
      this.world.hooks.rollback = true;
      this.later(chance.between(3_000, 20_000), () => {
        this.world.hooks.rollback = false;
      });
      return true;
    },
    'config-edited': (chance) => {
      this.pushed();
      return this.world.edit('configMap', 'settings', (draft: { data: { value: string } }) => {
        draft.data.value = chance.pick(['one', 'two', 'three']);
      });
    },
    'target-scaled': (chance) => this.scale(NAME, chance.pick([0, 1, 2])),
    'target-deleted': (chance) => this.deleteTarget(chance.between(2_000, 15_000)),
    'target-replaced': () => this.deleteTarget(0),
    'canary-replaced': (chance) => {
      if (!this.world.remove('canary', NAME)) return false;
      this.later(chance.between(1_000, 20_000), () => {
        if (!this.world.canary) this.makeCanary();
      });
      return true;
    },
    'canary-edited': (chance) => this.editAnalysis(chance),
    suspended: (chance) => {
      this.later(chance.between(5_000, 20_000), () => this.spec((spec) => Object.assign(spec, { suspend: false })));
      return this.spec((spec) => Object.assign(spec, { suspend: true }));
    },
    'analysis-skipped': (chance) => {
      this.later(chance.between(5_000, 30_000), () =>
        this.spec((spec) => Object.assign(spec, { skipAnalysis: false })),
      );
      return this.spec((spec) => Object.assign(spec, { skipAnalysis: true }));
    },
    'route-edited': (chance) => this.editRoute(chance),
    'route-deleted': () => this.deleteRoute(),
    'service-deleted': (chance) =>
      this.world.remove('service', chance.pick([NAME, `${NAME}-canary`, `${NAME}-primary`])),
    'primary-deleted': () => this.world.remove('deployment', `${NAME}-primary`),
    'primary-scaled': (chance) => this.scale(`${NAME}-primary`, chance.pick([0, 2])),
    'pods-deleted': (chance) => this.deletePods(chance),
    'bad-neighbour': (chance) => this.neighbour(chance),
  };

  private later(ms: number, task: () => void): void {
    this.world.clock.after(ms, task);
  }

  private spec(change: (spec: Record<string, unknown>) => void): boolean {
    return this.world.edit('canary', NAME, (draft: { spec: Record<string, unknown> }) => change(draft.spec));
  }

  private scale(name: string, replicas: number): boolean {
    return this.world.edit('deployment', name, (draft: PodTemplate) => {
      draft.spec.replicas = replicas;
    });
  }

  private deleteTarget(forMs: number): boolean {
    const image = imageOf(this.world.get('deployment', NAME));
    if (!this.world.remove('deployment', NAME)) return false;
    this.later(forMs, () => {
      if (!this.world.get('deployment', NAME)) this.makeTarget(image);
    });
    return true;
  }

  private editAnalysis(chance: Chance): boolean {
    const change = chance.pick<Partial<CanaryAnalysis>>([
      { threshold: 1 },
      { interval: '15s' },
      { stepWeight: 50, maxWeight: 50 },
      { maxWeight: 90 },
    ]);
    this.pushed();
    const weighted = this.world.canary?.spec.analysis.iterations === undefined;
    const able = weighted ? change : { interval: '15s' };
    return this.spec((spec) => Object.assign(spec['analysis'] as object, able));
  }

  private routes() {
    const canary = this.world.canary;
    const router = canary && routerFor(canary.spec.provider ?? 'istio');
    return canary && router && isRouter(router)
      ? router.objects(canary).map((object) => ({ router, canary, object }))
      : [];
  }

  private deleteRoute(): boolean {
    const route = this.routes().find(({ object }) => !object.readOnly);
    const ref = route && { ...route.object.type, namespace: NAMESPACE, name: route.object.name };
    if (!ref || !this.world.sandbox.store.get(ref)) return false;
    this.world.sandbox.store.delete(ref);
    return true;
  }

  /** Another split, as somebody would make it by hand. */
  private editRoute(chance: Chance): boolean {
    const { store } = this.world.sandbox;
    const all = this.routes();
    const live = all.map(({ object }) => store.get({ ...object.type, namespace: NAMESPACE, name: object.name }));
    const present = live.filter((object): object is KubeObject => object !== undefined);
    const [first] = all;
    // Some are made from the user's own objects: nobody edits a split that is not whole.
    if (!first || present.length < all.length) return false;
    const canary = chance.pick([0, 10, 50]);
    const edited = first.router.render(first.canary, { primary: 100 - canary, canary, mirrored: false }, present);
    const ours = all.filter(({ object }) => !object.readOnly).map(({ object }) => object.name);
    for (const object of edited) if (ours.includes(object.metadata.name)) store.update(object);
    return edited.length > 0;
  }

  private deletePods(chance: Chance): boolean {
    const { store } = this.world.sandbox;
    const side = chance.pick([NAME, `${NAME}-primary`]);
    const pods = store.list({ apiVersion: 'v1', kind: 'Pod' }, NAMESPACE);
    const chosen = pods.filter(({ metadata }) => metadata.labels?.['app'] === side);
    for (const { metadata } of chosen)
      store.delete({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: metadata.name });
    return chosen.length > 0;
  }

  /** Objects that cannot work. */
  private neighbour(chance: Chance): boolean {
    if (this.world.get('canary', 'neighbour')) return false;
    const canary = canaryOf(this.world.scenario);
    canary.metadata.name = 'neighbour';
    canary.spec.targetRef.name = 'nowhere';
    if (chance.often(0.5)) canary.spec.analysis.interval = '1s';
    canary.spec.analysis.metrics = [{ name: 'x', templateRef: { name: 'nothing' }, thresholdRange: { max: 1 } }];
    this.world.create(canary);
    return true;
  }
}
