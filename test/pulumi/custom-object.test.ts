import * as pulumi from '@pulumi/pulumi';
import { validate } from '../../model/validate';
import { checkedSpec, refusalOf } from '../../pulumi/custom-object';
import { settled } from '../../pulumi/inputs';
import { failureOf, knownOf, startEngine } from './engine';

const SPEC = {
  targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
  service: { port: 9898 },
  analysis: {
    interval: '1m',
    threshold: 5,
    stepWeight: 10,
    metrics: [{ name: 'request-success-rate', thresholdRange: { min: 99 } }],
  },
};

function checked(spec: object) {
  const owner = new pulumi.ComponentResource('serin:index:Canary', 'release');
  const metadata = pulumi.output({ name: 'podinfo' });
  return checkedSpec(owner, 'release', {
    kind: 'Canary',
    metadata,
    spec: pulumi.output<unknown>(spec),
    rules: (canary) => validate(canary),
  });
}

beforeEach(async () => {
  await startEngine();
});

it('accepts what can work', async () => {
  expect(await knownOf(checked(SPEC))).toEqual(SPEC);
});

it('refuses at preview what cannot, and names resource, value and remedy', async () => {
  const error = await failureOf(checked({ ...SPEC, service: { port: 98_980 } }));
  expect(pulumi.ResourceError.isInstance(error)).toBe(true);
  expect(error.message).toBe('Canary "release": spec.service.port: must be 1 to 65535 (98980): set port to 1 to 65535');
});

it('names the resource also where the spec cannot be written at all', async () => {
  const owner = new pulumi.ComponentResource('serin:index:Canary', 'release');
  const make = () => {
    throw new Error('service: targetPort 80 and targetPortName http are both set; remove one');
  };
  const error = await failureOf(settled({}, make, refusalOf(owner, 'Canary', 'release')));
  expect(error.message).toBe(
    'Canary "release": service: targetPort 80 and targetPortName http are both set; remove one',
  );
});

it('lists several errors', async () => {
  const error = await failureOf(checked({ ...SPEC, service: {}, analysis: { ...SPEC.analysis, iterations: 5 } }));
  expect(error.message).toMatch(/^Canary "release" has 2 errors:\n {2}- spec\..*\n {2}- spec\./);
});
