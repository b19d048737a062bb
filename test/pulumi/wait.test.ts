import type { Canary } from '../../model/canary';
import type { Clock } from '../../model/ports';
import type { Seen } from '../../pulumi/verdict';
import { outcomeOf } from '../../pulumi/wait';

/** Time that passes as fast as it is waited for; timers that are cancelled never fire. */
function quickClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    after(ms, task) {
      let live = true;
      setImmediate(() => {
        if (!live) return;
        now += ms;
        task();
      });
      return {
        cancel() {
          live = false;
        },
      };
    },
  };
}

const at = (status: object, present = 's1-new'): Seen => ({
  canary: {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo' },
    spec: {},
    status,
  } as unknown as Canary,
  present: { hash: present, configs: {} },
  primary: undefined,
});

/** Plays the moments one after the other; the last one stays. */
function waitThrough(moments: (Seen | Error)[], deadlineMs = 600_000) {
  const said: string[] = [];
  let index = 0;
  const read = async () => {
    const moment = moments[Math.min(index++, moments.length - 1)];
    if (moment instanceof Error) throw moment;
    return moment as Seen;
  };
  const outcome = outcomeOf({ read, clock: quickClock(), deadlineMs, say: (text) => said.push(text) });
  return { outcome, said };
}

const OLD = { phase: 'Succeeded', lastAppliedSpec: 's1-old' };
const NEW = { lastAppliedSpec: 's1-new' };
const step = (canaryWeight: number) => at({ ...NEW, phase: 'Progressing', canaryWeight });

it('says what happens, each thing once, and ends with the promotion', async () => {
  const done = at({ ...NEW, phase: 'Succeeded' });
  const { outcome, said } = waitThrough([at(OLD), at(OLD), step(10), step(10), step(20), done]);
  await expect(outcome).resolves.toEqual({
    state: 'promoted',
    revision: 's1-new',
    message: 'revision s1-new is promoted',
  });
  expect(said).toEqual([
    'waiting for the run of revision s1-new to begin',
    'analysing: 10 % of the traffic to the canary',
    'analysing: 20 % of the traffic to the canary',
  ]);
});

it('fails with the reason of the run', async () => {
  const runs = [{ revision: 's1-new', startedAt: '', outcome: 'failed', reason: 'RollbackHook' }];
  const { outcome } = waitThrough([step(10), at({ ...NEW, phase: 'Failed', runs })]);
  await expect(outcome).rejects.toMatchObject({ name: 'ReleaseError', reason: 'RollbackHook' });
});

it('fails when the deadline passes, with the last that was seen', async () => {
  const { outcome } = waitThrough([step(10)], 60_000);
  await expect(outcome).rejects.toMatchObject({
    reason: 'DeadlineExceeded',
    message: 'not promoted within 1m0s; the last that was seen: analysing: 10 % of the traffic to the canary',
  });
});

it('asks again when the API server is away, and not when it refuses', async () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const { outcome, said } = waitThrough([away, at({ ...NEW, phase: 'Succeeded' })]);
  await expect(outcome).resolves.toMatchObject({ state: 'promoted' });
  expect(said).toEqual(['the API server cannot be asked: connect ECONNREFUSED']);

  const refused = Object.assign(new Error('GET /apis: 403 forbidden'), { status: 403 });
  await expect(waitThrough([refused]).outcome).rejects.toMatchObject({ reason: 'ApiServerRefuses' });
});

it('judges by the revision of its first look', async () => {
  const { outcome } = waitThrough([step(10), at({ phase: 'Succeeded', lastAppliedSpec: 's1-other' }, 's1-other')]);
  await expect(outcome).rejects.toMatchObject({ reason: 'RevisionChanged' });
});

describe('a stalled Canary', () => {
  const stalled = at({
    ...OLD,
    conditions: [{ type: 'Stalled', status: 'True', reason: 'InvalidSpec', message: 'spec: …' }],
  });

  it('fails when it lasts', async () => {
    await expect(waitThrough([stalled]).outcome).rejects.toMatchObject({ reason: 'InvalidSpec' });
  });

  it('may be older than what was applied', async () => {
    const { outcome } = waitThrough([stalled, stalled, at({ ...NEW, phase: 'Succeeded' })]);
    await expect(outcome).resolves.toMatchObject({ state: 'promoted' });
  });
});
