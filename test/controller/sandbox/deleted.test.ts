/** What is left of a Canary that was deleted while a tick of it was under way: no series. */
import { RESOURCES } from '../../../model/kube';
import type { Http } from '../../../model/ports';
import { NAMESPACE } from '../../fixtures';
import type { Cluster } from './cluster';
import { bootstrapped } from './podinfo';

const STATUS = /^PATCH .*\/canaries\/podinfo\/status/;

test('a tick that ends after its Canary was deleted leaves no series', async () => {
  let cluster: Cluster | undefined;
  let held = 0;
  // The answer to a write of the status comes late: the watch is faster.
  const wire =
    (http: Http): Http =>
    async (request) => {
      const response = await http(request);
      if (STATUS.test(`${request.method} ${request.url}`) && cluster) {
        held++;
        await new Promise<void>((resolve) => cluster?.clock.after(2_000, resolve));
      }
      return response;
    };
  const started = await bootstrapped({}, undefined, undefined, {}, { wire });
  started.setImage('stefanprodan/podinfo:3.1.1');
  await started.clock.runUntil(() => started.routes() === '80/20', { limitMs: 300_000 });
  expect(await started.telemetry.exposition()).toContain('name="podinfo"');
  cluster = started;
  await started.clock.runUntil(() => held > 0, { limitMs: 60_000 });
  started.sandbox.store.delete({ ...RESOURCES.canary, namespace: NAMESPACE, name: 'podinfo' });
  await started.clock.advance(60_000);
  expect((await started.telemetry.exposition()).split('\n').filter((line) => line.includes('podinfo'))).toEqual([]);
  await started.stop();
});
