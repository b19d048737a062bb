/** `pulumi up` without a preview, against an API server that has a Deployment and a Canary. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { Duration } from 'cdk8s';
import { templateHash } from '../../model/revision';
import { Canary } from '../../pulumi';
import { releaseOutcome } from '../../pulumi/outcome';
import { knownOf, startEngine } from './engine';

const TEMPLATE = {
  metadata: { labels: { app: 'podinfo' } },
  spec: { containers: [{ name: 'a', image: 'podinfo:2' }] },
};
const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'podinfo', namespace: 'test' },
  spec: { selector: { matchLabels: { app: 'podinfo' } }, template: TEMPLATE },
};
const HASH = templateHash(DEPLOYMENT);

let server: Server;
let status: object;

beforeEach(async () => {
  server = createServer((request, response) => {
    const canary = { metadata: { name: 'podinfo', namespace: 'test' }, spec: {}, status };
    const found = { deployments: DEPLOYMENT, canaries: canary }[request.url?.split('/').at(-2) ?? ''];
    response.writeHead(found ? 200 : 404).end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const kubeconfig = () =>
  JSON.stringify({
    'current-context': 'a',
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    clusters: [{ name: 'a', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } }],
    users: [{ name: 'a', user: { token: 't' } }],
  });

const deployment = () =>
  new k8s.apps.v1.Deployment('podinfo', { metadata: DEPLOYMENT.metadata, spec: DEPLOYMENT.spec });

const canary = (opts: pulumi.ComponentResourceOptions = {}, more: object = {}) =>
  new Canary(
    'podinfo',
    {
      target: deployment(),
      service: { port: 9898 },
      analysis: { interval: Duration.minutes(1), threshold: 5, iterations: 10 },
      ...more,
    },
    opts,
  );

it('ends well when the revision has been promoted', async () => {
  await startEngine(false);
  status = { phase: 'Succeeded', lastAppliedSpec: HASH, lastPromotedSpec: HASH };
  const { outcome } = canary({}, { wait: { kubeconfig: pulumi.secret(kubeconfig()) } });
  expect(await knownOf(outcome)).toEqual({
    state: 'promoted',
    revision: HASH,
    message: `revision ${HASH} is promoted`,
  });
  expect(await (outcome as unknown as { isSecret: Promise<boolean> }).isSecret).toBe(false);
});

it('finds the cluster through the provider of the Canary', async () => {
  await startEngine(false);
  status = { phase: 'Initialized', lastAppliedSpec: HASH };
  const provider = new k8s.Provider('cluster', { kubeconfig: kubeconfig() });
  expect(await knownOf(canary({ provider }).outcome)).toMatchObject({ state: 'promoted', revision: HASH });
});

it('fails with the reason of the run when it was rolled back', async () => {
  await startEngine(false);
  const runs = [{ revision: HASH, startedAt: '', outcome: 'failed', reason: 'ProgressDeadlineExceeded' }];
  status = { phase: 'Failed', lastAppliedSpec: HASH, lastPromotedSpec: 's1-old', runs };
  const outcome = releaseOutcome(new pulumi.ComponentResource('serin:index:Canary', 'release'), {
    object: { name: 'podinfo', namespace: 'test' },
    workload: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo', namespace: 'test' },
    connection: { kubeconfig: kubeconfig(), context: undefined, namespace: undefined },
    deadlineMs: 60_000,
  });
  const error = await outcome.catch((failure: Error) => failure);
  expect(pulumi.ResourceError.isInstance(error)).toBe(true);
  await expect(outcome).rejects.toThrow(
    `Canary test/podinfo: ProgressDeadlineExceeded: revision ${HASH} was rolled back`,
  );
});
