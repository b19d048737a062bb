/** examples/gallery: each strategy as a program, and what it says in the manifest. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Strategy } from '../../constructs';
import { EXAMPLES, synthesise } from './synthesise';

const success = (min: number) => `{ name: request-success-rate, thresholdRange: { min: ${min} } }`;
const duration = (max: number) => `{ name: request-duration, thresholdRange: { max: ${max} } }`;
const HTTP = 'service: { port: 9898, portName: http }';

/** The workload of each example, and the Canary's spec besides the target. */
const GALLERY: Record<string, [string, string]> = {
  progressive: [
    'checkout',
    `
${HTTP}
analysis: { interval: 1m, threshold: 5, stepWeight: 10, maxWeight: 50, metrics: [${success(99)}, ${duration(500)}] }
`,
  ],
  'step-weights': [
    'search',
    `
${HTTP}
analysis:
  interval: 2m
  threshold: 3
  stepWeights: [1, 5, 25, 50]
  stepWeightPromotion: 25
  metrics: [${success(99.9)}, ${duration(200)}]
`,
  ],
  'ab-test': [
    'frontend',
    `
${HTTP}
analysis:
  interval: 1m
  threshold: 2
  iterations: 30
  match:
  - headers: { x-employee: { exact: "yes" } }
  - headers: { cookie: { regex: '^(.*?;\\s*)?(preview=on)(;.*)?$' } }
  metrics: [${success(99)}]
`,
  ],
  'blue-green': [
    'reports',
    `
provider: kubernetes
${HTTP}
analysis:
  interval: 30s
  threshold: 2
  iterations: 10
  metrics: [${success(99)}]
  webhooks:
  - name: smoke-test
    type: pre-rollout
    url: http://flagger-loadtester.test/
    timeout: 30s
    metadata: { type: bash, cmd: "curl -sf http://reports-canary.test:9898/readyz" }
  - name: load
    url: http://flagger-loadtester.test/
    metadata: { cmd: "hey -z 30s -q 10 -c 2 http://reports-canary.test:9898/" }
`,
  ],
  mirrored: [
    'catalogue',
    `
${HTTP}
analysis:
  interval: 1m
  threshold: 5
  iterations: 10
  mirror: true
  mirrorWeight: 20
  metrics: [${success(99)}, ${duration(300)}]
`,
  ],
  'session-affinity': [
    'account',
    `
${HTTP}
analysis:
  interval: 1m
  threshold: 5
  stepWeight: 25
  maxWeight: 50
  sessionAffinity:
    cookieName: account-canary
    primaryCookieName: account-primary
    maxAge: 3600
    httpOnly: true
    secure: true
    sameSite: Lax
  metrics: [${success(99)}]
`,
  ],
  gated: [
    'billing',
    `
${HTTP}
analysis:
  interval: 1m
  threshold: 5
  stepWeight: 20
  maxWeight: 60
  metrics: [${success(99)}]
  webhooks:
  - { name: start, type: confirm-rollout, url: "http://flagger-loadtester.test/gate/check" }
  - { name: for everybody, type: confirm-promotion, url: "http://flagger-loadtester.test/gate/check", muteAlert: true }
  - { name: call it off, type: rollback, url: "http://flagger-loadtester.test/rollback/check" }
`,
  ],
  'gateway-api': [
    'shop',
    `
provider: gatewayapi:v1
service:
  port: 9898
  portName: http
  hosts: [shop.example.com]
  gatewayRefs: [{ name: public, namespace: gateways }]
  timeout: 15s
analysis: { interval: 1m, threshold: 5, stepWeight: 10, maxWeight: 50, metrics: [${success(99)}, ${duration(500)}] }
`,
  ],
};

const sourceOf = (name: string) => readFileSync(join(EXAMPLES, 'gallery', `${name}.ts`), 'utf8');

it.each(Object.entries(GALLERY))('examples/gallery/%s', (example, [workload, spec]) => {
  const manifests = synthesise(`gallery/${example}.ts`);
  expect(Object.keys(manifests)).toEqual([example]);
  const objects = manifests[example] ?? {};
  expect(Object.keys(objects)).toEqual([`Deployment/${workload}`, `Canary/${workload}`]);
  const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: workload };
  expect(objects[`Canary/${workload}`]).toEqual({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: workload, namespace: 'test' },
    spec: { targetRef, ...parse(spec) },
  });
});

it('shows every strategy, and says when to use it', () => {
  const names = readdirSync(join(EXAMPLES, 'gallery')).map((file) => file.replace(/\.ts$/, ''));
  expect(names.sort()).toEqual(Object.keys(GALLERY).sort());
  const sources = names.map(sourceOf);
  const factories = Object.getOwnPropertyNames(Strategy).filter((name) => typeof Object(Strategy)[name] === 'function');
  expect(factories.filter((name) => !sources.some((source) => source.includes(`Strategy.${name}(`)))).toEqual([]);
  expect(sources.filter((source) => !/^ \* Use it (for|where|on) /m.test(source))).toEqual([]);
});

it('is listed in examples/README.md, as every example is', () => {
  const text = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  const listed = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path);
  const programs = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const isListed = (program: string) => listed.some((path) => path === program || program.startsWith(`${path}/`));
  expect(programs.filter((program) => !isListed(program))).toEqual([]);
});
