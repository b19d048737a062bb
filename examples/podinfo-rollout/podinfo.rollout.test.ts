/**
 * Tests of a release policy, on the chart that is deployed, before anybody needs it. They run in any test runner: here in
 * jest, and as they stand in vitest with its globals; node:test needs `import { test } from 'node:test'`.
 */
import { App } from 'cdk8s';
import { rollout } from 'serin/testing';
import { Podinfo } from './chart';

const podinfo = rollout(new Podinfo(new App(), 'podinfo'));

test('a good version is promoted within four minutes', async () => {
  await podinfo
    .release('podinfo', { image: '3.1.1', startup: '10s' })
    .expect()
    .promoted({ within: '4m' })
    .weights(10, 20, 30, 40, 50)
    .usersAffected({ below: '0.1%' });
});

test('one with 5 % errors is stopped before a third of the users have it', async () => {
  await podinfo
    .release('podinfo', { image: '3.1.2', errors: '5%' })
    .expect()
    .rolledBack({ within: '3m', because: 'request-success-rate' })
    .neverExceeds(30)
    .usersAffected({ below: '1%' });
});

test('nothing is promoted that nobody approved', async () => {
  const release = podinfo.release('podinfo', { image: '3.1.1' });
  await release.reject('approval').expect().staysOn(50, { for: '30m' });
  await release.approve('approval', { at: '20m' }).expect().promoted({ within: '22m' });
});

test('while metrics are away nothing moves, and the release goes on when they are back', async () => {
  const release = podinfo.release('podinfo', { image: '3.1.1' });
  await release.metricsDown({ at: '50s', for: '1m' }).expect().promoted().weights(10, 20, 30, 40, 50);
});
