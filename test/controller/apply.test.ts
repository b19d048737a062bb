/** Carrying decisions out: the fences of each write. */
import { apply, NotLeaderError, type TellPorts, type WritePorts } from '../../controller/apply';
import { NO_ANSWERS } from '../../controller/asking';
import { act, type Effect, normal } from '../../controller/rollout/decision';
import type { Observation } from '../../controller/rollout/observation';
import { type KubeObject, RESOURCES } from '../../model/kube';
import { aCanary, START } from '../fixtures';

const canary = { ...aCanary(), metadata: { ...aCanary().metadata, resourceVersion: '7' } };
const seen = { canary, settings: {}, now: START } as unknown as Observation;

interface Told {
  writes: Array<[string, unknown]>;
  events: string[];
}

function ports(told: Told, more: Partial<WritePorts> = {}): WritePorts & TellPorts {
  const wrote = (verb: string, object: unknown) => {
    told.writes.push([verb, object]);
    return object as KubeObject;
  };
  return {
    get: async () => undefined,
    create: async (_type, object) => wrote('create', object),
    replace: async (_type, object) => wrote('replace', object),
    patch: async (_type, _namespace, _name, patch, subresource) => wrote(subresource ?? 'patch', patch),
    delete: async () => void wrote('delete', undefined),
    observed: () => undefined,
    mayWrite: () => true,
    now: () => START,
    event: ({ saying }) => told.events.push(saying.message),
    alert: () => undefined,
    facts: () => undefined,
    ...more,
  };
}

const nothingTold = (): Told => ({ writes: [], events: [] });

const patch = (more: Partial<Extract<Effect, { write: 'patch' }>> = {}): Effect => ({
  write: 'patch',
  type: RESOURCES.deployment,
  namespace: 'test',
  name: 'podinfo',
  patch: { spec: { replicas: 0 } },
  context: 'scaling failed',
  ...more,
});

test('invariant 8: without the lease nothing is written, and nothing is said', async () => {
  const told = nothingTold();
  const decision = act('Any', { effects: [patch()], status: { canaryWeight: 1 }, says: [normal('moved')] });
  const applied = apply(ports(told, { mayWrite: () => false }), seen, decision, NO_ANSWERS);
  await expect(applied).rejects.toThrow(NotLeaderError);
  expect(told).toEqual(nothingTold());
});

test('invariant 8: a lease that is lost between two writes stops the second, and the status', async () => {
  for (const status of [{}, { canaryWeight: 1 }]) {
    const told = nothingTold();
    const mayWrite = () => told.writes.length < 1;
    const effects = 'canaryWeight' in status ? [patch()] : [patch(), patch()];
    const applied = apply(ports(told, { mayWrite }), seen, act('Any', { effects, status }), NO_ANSWERS);
    await expect(applied).rejects.toThrow('leadership is lost');
    expect(told.writes).toHaveLength(1);
  }
});

test('a lost lease is never a repair that may fail', async () => {
  const told = nothingTold();
  const decision = act('Any', { effects: [patch({ repair: true } as never)], says: [normal('moved')] });
  const applied = apply(ports(told, { mayWrite: () => false }), seen, decision, NO_ANSWERS);
  await expect(applied).rejects.toThrow(NotLeaderError);
  expect(told.events).toEqual([]);
});

test('the status is fenced with the version that was seen', async () => {
  const told = nothingTold();
  await apply(ports(told), seen, act('Any', { status: { canaryWeight: 1 } }), NO_ANSWERS);
  expect(told.writes).toEqual([
    ['status', { status: expect.objectContaining({ canaryWeight: 1 }), metadata: { resourceVersion: '7' } }],
  ]);
});

test('a status that could not be written is not announced, except at the end of a run', async () => {
  const refused = async () => {
    throw Object.assign(new Error('the object has been modified'), { code: 'Conflict' });
  };
  const decision = act('Any', { status: { canaryWeight: 1 }, says: [normal('moved')] });
  const told = nothingTold();
  await expect(apply(ports(told, { patch: refused }), seen, decision, NO_ANSWERS)).rejects.toThrow('modified');
  expect(told.events).toEqual([]);
  const ended = { ...decision, tellsFirst: true } as const;
  await expect(apply(ports(told, { patch: refused }), seen, ended, NO_ANSWERS)).rejects.toThrow('modified');
  expect(told.events).toEqual(['moved']);
});

test('a fenced patch carries the version, and its own metadata', async () => {
  const told = nothingTold();
  const fenced = patch({ resourceVersion: '3', patch: { metadata: { annotations: { a: 'b' } } } });
  await apply(ports(told), seen, act('Any', { effects: [fenced] }), NO_ANSWERS);
  expect(told.writes[0]).toEqual(['patch', { metadata: { annotations: { a: 'b' }, resourceVersion: '3' } }]);
});

test('an object that went meanwhile is a lost race; what fails otherwise says what it was about', async () => {
  const failing = (code: string) => async () => {
    throw Object.assign(new Error(`deployments "podinfo": ${code}`), { code });
  };
  const decision = act('Any', { effects: [patch()] });
  const gone = apply(ports(nothingTold(), { patch: failing('NotFound') }), seen, decision, NO_ANSWERS);
  await expect(gone).rejects.toMatchObject({ code: 'Conflict' });
  const forbidden = apply(ports(nothingTold(), { patch: failing('Forbidden') }), seen, decision, NO_ANSWERS);
  await expect(forbidden).rejects.toMatchObject({
    code: 'Forbidden',
    message: 'scaling failed: deployments "podinfo": Forbidden',
  });
});

test('a repair that fails is told after everything else was done', async () => {
  const told = nothingTold();
  const broken = patch({ name: 'broken', repair: true } as never);
  const write = ports(told).patch;
  const onlyBroken: WritePorts['patch'] = (type, namespace, name, ...rest) =>
    name === 'broken' ? Promise.reject(new Error('no')) : write(type, namespace, name, ...rest);
  const decision = act('Any', { effects: [broken, patch()], status: { canaryWeight: 1 }, says: [normal('moved')] });
  await expect(apply(ports(told, { patch: onlyBroken }), seen, decision, NO_ANSWERS)).rejects.toThrow('no');
  expect(told.writes.map(([verb]) => verb)).toEqual(['patch', 'status']);
  expect(told.events).toEqual(['moved']);
});
