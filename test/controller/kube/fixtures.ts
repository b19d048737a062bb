import { KubeClient, type KubeClientOptions } from '../../../controller/kube/client';
import { VirtualClock } from '../../../sandbox/clock';
import { FakeApi } from './fake-api';

/** A client of a fake API server on a virtual clock, without jitter unless asked for. */
export function aCluster(options: Partial<KubeClientOptions> = {}) {
  const clock = new VirtualClock();
  const api = new FakeApi(clock);
  const random = options.random ?? (() => 0.999);
  const client = new KubeClient({ http: api.http, server: 'http://api', clock, random, version: '1.2.3', ...options });
  return { clock, api, client, random };
}

/** Moves the clock until `promise` settles; its result or error is the answer. At most an hour. */
export async function settle<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let done = false;
  const finished = () => {
    done = true;
  };
  promise.then(finished, finished);
  await clock.runUntil(() => done, { limitMs: 3_600_000 });
  return promise;
}
