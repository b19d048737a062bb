/**
 * What a rollout test costs: processor time of a release of 30 minutes, from lib/testing as users have it.
 *
 *   npm run build && node bench/rollout-tests.mjs [runs]
 */
import { createRequire } from 'node:module';

const { rollout } = createRequire(import.meta.url)('../lib/testing/index.js');
const RUNS = Number(process.argv[2] ?? 10);

const labels = { app: 'podinfo' };
const metadata = { name: 'podinfo', namespace: 'test' };
const containers = [{ name: 'podinfod', image: 'podinfo:v1', ports: [{ containerPort: 9898 }] }];
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
};
const canary = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata,
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    service: { port: 9898 },
    analysis: {
      interval: '3m',
      threshold: 3,
      stepWeight: 10,
      metrics: [
        { name: 'request-success-rate', thresholdRange: { min: 99 } },
        { name: 'request-duration', thresholdRange: { max: 500 } },
      ],
    },
  },
};

const spent = [];
for (let run = 0; run < RUNS; run++) {
  const [before, startMs] = [process.cpuUsage(), performance.now()];
  const outcome = await rollout([deployment, canary]).release('podinfo', { image: 'v2' }).run();
  const { user, system } = process.cpuUsage(before);
  const cpuMs = Math.round((user + system) / 1000);
  spent.push(cpuMs);
  const wallMs = Math.round(performance.now() - startMs);
  console.log(`${outcome.result} after ${Math.round(outcome.tookMs / 1000)} s: ${cpuMs} ms CPU, ${wallMs} ms wall`);
}
spent.sort((a, b) => a - b);
console.log(`median ${spent[Math.floor(RUNS / 2)]} ms CPU, ${RUNS} runs, node ${process.version}`);
