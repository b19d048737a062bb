/** Plays scenarios on a cluster the way a person would: applies, edits, waits, and looks at what became of it. */
import type { KubeClient } from '../../controller/kube/client';
import { type KubeObject, RESOURCES, type ResourceType } from '../../model/kube';
import type { Clock } from '../../model/ports';
import type { Sandbox } from '../../sandbox/world';
import type { ChapterName, Result } from './demo-state';
import type { Lens } from './lens';
import { FIRST_VERSION, IMAGE, RUN_LIMIT_MS, type Scenario } from './scenarios';
import { APP, analysis, HOST, NAMESPACE, tutorialObjects } from './tutorial-objects';

export interface Stage {
  clock: Clock;
  sandbox: Sandbox;
  client: KubeClient;
  lens: Lens;
}

/** Called when a chapter begins and when it ends. */
export type OnChapter = (name: ChapterName, result?: Result) => void;

const BOOTSTRAP_LIMIT_MS = 120_000;
/** Between two chapters, for people to see how the last one ended, and for its requests to leave the window. */
const REST_MS = 12_000;
/** A finished run leaves no canary pods behind within this time. */
const TIDY_LIMIT_MS = 30_000;
const LAST_WORDS_MS = 1_000;
const USERS_PER_SECOND = 40;

/**
 * Bootstraps the tutorial, then plays each scenario.
 * @throws Error when the bootstrap does not end: nothing can be played then.
 */
export async function play(stage: Stage, scenarios: readonly Scenario[], onChapter: OnChapter): Promise<Result[]> {
  const [first] = scenarios;
  if (!first) return [];
  onChapter('bootstrap');
  await bootstrap(stage, first);
  const results: Result[] = [];
  let primaryVersion = FIRST_VERSION;
  for (const [index, scenario] of scenarios.entries()) {
    await rest(stage.clock, index === 0 ? REST_MS / 2 : REST_MS);
    onChapter(scenario.name);
    if (index > 0) await setAnalysis(stage, scenario);
    const result = await release(stage, scenario, primaryVersion);
    if (result.outcome === 'Succeeded') primaryVersion = scenario.version;
    results.push(result);
    onChapter(scenario.name, result);
  }
  await rest(stage.clock, REST_MS / 4);
  return results;
}

const NAMESPACE_TYPE: ResourceType = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false };
const GATEWAY_TYPE: ResourceType = {
  apiVersion: 'networking.istio.io/v1beta1',
  kind: 'Gateway',
  plural: 'gateways',
  namespaced: true,
};
const TYPES: readonly ResourceType[] = [NAMESPACE_TYPE, GATEWAY_TYPE, ...Object.values(RESOURCES)];

async function bootstrap({ client, sandbox, lens, clock }: Stage, first: Scenario): Promise<void> {
  for (const object of tutorialObjects(first)) await create(client, object);
  const initialized = await until({ lens, clock }, () => lens.phase() === 'Initialized', BOOTSTRAP_LIMIT_MS);
  if (!initialized) throw new Error(`the Canary did not become Initialized, it is ${lens.phase() || 'not seen yet'}`);
  // Users come when there is something to see: from here on, every answer counts.
  sandbox.ingress({ host: HOST, perSecond: USERS_PER_SECOND });
}

async function create(client: KubeClient, object: KubeObject): Promise<void> {
  const type = TYPES.find(({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind);
  if (!type) throw new Error(`no type for ${object.kind}`);
  await client.create(type, object);
}

/** Replaces the whole analysis, as an editor would: a merge would keep stepWeight beside iterations. */
async function setAnalysis({ client }: Stage, scenario: Scenario): Promise<void> {
  const patch = [{ op: 'replace', path: '/spec/analysis', value: analysis(scenario) }];
  await client.patch(RESOURCES.canary, NAMESPACE, APP, patch, { kind: 'json', fieldManager: 'demo' });
}

/** `kubectl set image`, and all that follows from it. */
async function release(stage: Stage, scenario: Scenario, before: string): Promise<Result> {
  const { clock, sandbox, client, lens } = stage;
  const image = `${IMAGE}:${scenario.version}`;
  const trouble = watchForTrouble(stage, scenario, image);
  const startMs = clock.now();
  sandbox.users.reset();
  const applied = lens.canary()?.status?.lastAppliedSpec;
  const container = { name: 'podinfod', image };
  const patch = { spec: { template: { spec: { containers: [container] } } } };
  await client.patch(RESOURCES.deployment, NAMESPACE, APP, patch, { kind: 'strategic', fieldManager: 'demo' });

  const ended = () => {
    const status = lens.canary()?.status;
    return status?.lastAppliedSpec !== applied && (status?.phase === 'Succeeded' || status?.phase === 'Failed');
  };
  const inTime = await until(stage, ended, RUN_LIMIT_MS);
  const tookMs = clock.now() - startMs;
  trouble.close();
  const phase = lens.phase();
  const outcome = inTime && (phase === 'Succeeded' || phase === 'Failed') ? phase : 'TimedOut';
  await until(stage, () => lens.side(APP).wanted === 0, TIDY_LIMIT_MS);
  // Events are written after what they tell of: the last one has to come before the outcome.
  await rest(clock, LAST_WORDS_MS);
  const users = sandbox.users.seen;
  const problems = [
    ...(outcome === scenario.expected ? [] : [`it ended ${outcome}${inTime ? '' : ` (${phase})`}`]),
    ...leftovers(lens, scenario.expected === 'Succeeded' ? scenario.version : before),
    ...(scenario.expected === 'Succeeded' && users.errors > 0 ? [`users saw ${users.errors} errors`] : []),
  ];
  const { expected, name } = scenario;
  return {
    scenario: name,
    outcome,
    expected,
    ok: problems.length === 0,
    problems,
    tookMs,
    users: { requests: users.requests, errors: users.errors },
  };
}

/** Breaks the new version when it has its share of the traffic, as the tutorial does by hand. */
function watchForTrouble({ sandbox, lens }: Stage, { turnsBad }: Scenario, image: string): { close(): void } {
  if (!turnsBad) return { close() {} };
  const watch = lens.onChange(() => {
    if (lens.routes().canary < turnsBad.atWeight) return;
    watch.close();
    sandbox.behaviour(image, turnsBad.behaviour);
  });
  return watch;
}

/** What must hold after any run, whatever became of it. */
function leftovers(lens: Lens, version: string): string[] {
  const routes = lens.routes();
  const primary = lens.side(`${APP}-primary`);
  const canary = lens.side(APP);
  return [
    ...(routes.primary === 100 && !routes.mirrored ? [] : [`the primary has ${routes.primary} % of the traffic`]),
    ...(primary.version === version ? [] : [`the primary runs ${primary.version || 'nothing'}, not ${version}`]),
    ...(primary.ready > 0 ? [] : ['the primary has no ready pods']),
    ...(canary.wanted === 0 ? [] : [`${canary.wanted} canary pods are left`]),
  ];
}

function rest(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve));
}

/** Resolves with true as soon as a change makes it hold, with false when the time is over. */
export function until(
  { lens, clock }: Pick<Stage, 'lens' | 'clock'>,
  holds: () => boolean,
  limitMs: number,
): Promise<boolean> {
  if (holds()) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (result: boolean) => {
      watch.close();
      timer.cancel();
      resolve(result);
    };
    const timer = clock.after(limitMs, () => settle(false));
    const watch = lens.onChange(() => {
      if (holds()) settle(true);
    });
  });
}
