/** The programs of examples/pulumi: what each registers, with Pulumi's mocks. */
import * as pulumi from '@pulumi/pulumi';
import type { Canary } from '../../model/canary';
import { problemText, validate } from '../../model/validate';
import { startEngine } from './engine';

const canaryOf = ({ registered }: Awaited<ReturnType<typeof startEngine>>) =>
  registered.find(({ inputs }) => inputs['kind'] === 'Canary')?.inputs as unknown as Canary;

const isKnown = (output: unknown) => (output as { isKnown: Promise<boolean> }).isKnown;

const STRATEGIES = {
  'ab-test': { iterations: 3, match: [{ headers: { 'x-canary': { exact: 'insider' } } }, { headers: { cookie: {} } }] },
  'blue-green': { iterations: 3, webhooks: [{ type: 'pre-rollout' }] },
  mirrored: { iterations: 4, mirror: true, mirrorWeight: 50 },
  'session-affinity': {
    stepWeight: 25,
    maxWeight: 50,
    sessionAffinity: { cookieName: 'podinfo-canary', maxAge: 3600 },
  },
  'step-weights': { stepWeights: [5, 20, 80], stepWeightPromotion: 50 },
};

it.each(Object.entries(STRATEGIES))(
  'examples/pulumi/%s registers a release without mistakes',
  async (name, analysis) => {
    const engine = await startEngine();
    const { outcome } = require(`../../examples/pulumi/${name}/index.ts`);
    expect(await isKnown(outcome)).toBe(false);
    expect(engine.registered.map(({ inputs }) => inputs['kind']).sort()).toEqual(['Canary', 'Deployment', 'Namespace']);
    const canary = canaryOf(engine);
    expect(validate(canary).map(problemText)).toEqual([]);
    expect(canary).toMatchObject({
      metadata: { name: 'podinfo', namespace: name },
      spec: { provider: 'istio', service: { port: 9898 }, analysis },
    });
  },
);

it.each(['controller', 'synth'])(
  'examples/pulumi/cdk8s-chart registers the objects of its chart: %s',
  async (bootstrap) => {
    jest.resetModules(); // the program is run twice
    pulumi.runtime.setAllConfig({ 'project:bootstrap': bootstrap });
    const engine = await startEngine();
    const { outcomes } = require('../../examples/pulumi/cdk8s-chart/index.ts');
    expect(Object.keys(outcomes)).toEqual(['podinfo/canary/Resource']);
    expect(await isKnown(outcomes['podinfo/canary/Resource'])).toBe(false);
    const kinds = engine.registered.map(({ inputs }) => inputs['kind']);
    expect(kinds).toEqual(expect.arrayContaining(['Namespace', 'Deployment', 'Canary']));
    expect(kinds.includes('VirtualService')).toBe(bootstrap === 'synth');
  },
);
