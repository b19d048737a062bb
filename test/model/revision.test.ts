import fc from 'fast-check';
import type { KubeObject } from '../../model/kube';
import {
  configChecksum,
  configRefs,
  isForeignHash,
  isTracked,
  SCALE_TO_ZERO,
  templateHash,
  webhookChecksum,
} from '../../model/revision';
import { aDeployment } from './tutorial';

const config = (fields: object, metadata: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', ...metadata }, ...fields }) as KubeObject;

describe('checksum of a config', () => {
  test.each([
    ['html', { data: { color: 'red', 'a<b': 'x' } }, '21d92c8ce487bb4d'],
    ['plain', { data: { color: 'red' } }, '241889ca0604e333'],
    ['absent data', {}, '74234e98afe7498f'],
    ['Secret', { kind: 'Secret', data: { p: 'YWJj' } }, 'e1bf9122e789d610'],
    ['another Secret', { kind: 'Secret', data: { apiKey: 'dGVzdA==' } }, '3930f0692c2295eb'],
  ])('%s is the reference’s', (_, fields, checksum) => {
    expect(configChecksum(config(fields))).toBe(checksum);
  });

  test('W7: binary data counts', () => {
    const [one, two] = ['AA==', 'AQ=='].map((binary) =>
      configChecksum(config({ data: { a: 'b' }, binaryData: { x: binary } })),
    );
    expect(one).not.toBe(two);
    expect(configChecksum(config({ data: { color: 'red' }, binaryData: {} }))).toBe('241889ca0604e333');
  });
});

test.each([
  ['a ConfigMap', config({}), true],
  ['an opted-out one', config({}, { annotations: { 'flagger.app/config-tracking': 'disabled' } }), false],
  ['another value', config({}, { annotations: { 'flagger.app/config-tracking': 'enabled' } }), true],
  ['an opaque Secret', config({ kind: 'Secret', type: 'Opaque' }), true],
  ['a TLS Secret', config({ kind: 'Secret', type: 'kubernetes.io/tls' }), true],
  ['a registry Secret', config({ kind: 'Secret', type: 'kubernetes.io/dockerconfigjson' }), false],
])('%s: tracked %#', (_, object, tracked) => {
  expect(isTracked(object)).toBe(tracked);
});

test('references are found wherever the reference looks, W9: mandatory if any use is', () => {
  expect(configRefs(templateOf(aDeployment()))).toEqual([
    { kind: 'ConfigMap', name: 'files', optional: false },
    { kind: 'Secret', name: 'certs', optional: false },
    { kind: 'ConfigMap', name: 'extra', optional: false },
    { kind: 'Secret', name: 'token', optional: false },
    { kind: 'ConfigMap', name: 'colors', optional: false },
    { kind: 'Secret', name: 'passwords', optional: true },
    { kind: 'Secret', name: 'all', optional: false },
  ]);
  const optional = { secretKeyRef: { name: 's', key: 'k', optional: true } };
  const mandatory = { secretKeyRef: { name: 's', key: 'k' } };
  for (const uses of [
    [optional, mandatory],
    [mandatory, optional],
  ]) {
    const template = { spec: { initContainers: [{ env: uses.map((valueFrom) => ({ name: 'n', valueFrom })) }] } };
    expect(configRefs(template)).toEqual([{ kind: 'Secret', name: 's', optional: false }]);
  }
});

test('references tolerate garbage', () => {
  for (const template of [
    undefined,
    null,
    'x',
    { spec: 4 },
    { spec: { containers: [null, { env: 'x' }], volumes: {} } },
  ]) {
    expect(configRefs(template)).toEqual([]);
  }
});

const templateOf = (deployment: KubeObject) => (deployment as unknown as { spec: { template: unknown } }).spec.template;

describe('hash of a template', () => {
  const hash = templateHash(aDeployment());

  test('is recognisable and long', () => {
    expect(hash).toMatch(/^s1-[0-9a-f]{16,}$/);
    expect(isForeignHash(hash)).toBe(false);
    expect(isForeignHash('5d49f6b77c')).toBe(true);
    expect(isForeignHash('')).toBe(false);
    expect(isForeignHash(undefined)).toBe(false);
  });

  test('changes with the image and any template annotation, not with replicas or metadata', () => {
    const of = (change: Parameters<typeof aDeployment>[0]) => templateHash(aDeployment(change));
    expect(of((d) => Object.assign(d.spec.template.spec.containers[0] ?? {}, { image: 'x' }))).not.toBe(hash);
    expect(of((d) => Object.assign(d.spec.template.metadata.annotations, { restartedAt: 'now' }))).not.toBe(hash);
    expect(of((d) => Object.assign(d.spec, { replicas: 7, strategy: {} }))).toBe(hash);
    expect(of((d) => Object.assign(d.metadata, { labels: {} }))).toBe(hash);
  });

  test('does not see what is absent, null or empty', () => {
    const of = (extra: object) => templateHash(aDeployment((d) => Object.assign(d.spec.template.spec, extra)));
    expect(of({ hostAliases: [], securityContext: {}, schedulerName: null, nodeSelector: {} })).toBe(hash);
    expect(of({ hostNetwork: false })).not.toBe(hash);
  });

  test('sees empty selectors and the kind of an empty volume', () => {
    const of = (extra: object) => templateHash(aDeployment((d) => Object.assign(d.spec.template.spec, extra)));
    const term = (selector: object) => ({
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'z', ...selector }] },
      },
    });
    expect(of(term({ namespaceSelector: {} }))).not.toBe(of(term({})));
    expect(of({ volumes: [{ name: 'v', projected: {} }] })).not.toBe(of({ volumes: [{ name: 'v', emptyDir: {} }] }));
  });

  test('of a DaemonSet does not see that it is scaled to zero', () => {
    const of = (nodeSelector?: Record<string, string>) =>
      templateHash({
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'd' },
        spec: { template: { spec: { containers: [], ...(nodeSelector ? { nodeSelector } : {}) } } },
      });
    expect(of({ [SCALE_TO_ZERO]: 'true' })).toBe(of());
    expect(of({ [SCALE_TO_ZERO]: 'true', disk: 'ssd' })).toBe(of({ disk: 'ssd' }));
    expect(of({ disk: 'ssd' })).not.toBe(of());
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 4 }), (template) => {
        const wrap = (value: unknown) =>
          templateHash({
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: 'x' },
            spec: { template: value },
          });
        expect(wrap(reversed(template))).toBe(wrap(template));
      }),
      { numRuns: 60 },
    );
  });
});

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
};

test('the checksum of webhooks follows revision and configs', () => {
  const checksum = webhookChecksum({ 'configmap/a': '1', 'secret/b': '2' }, 's1-x');
  expect(webhookChecksum({ 'secret/b': '2', 'configmap/a': '1' }, 's1-x')).toBe(checksum);
  expect(webhookChecksum({ 'configmap/a': '1' }, 's1-x')).not.toBe(checksum);
  expect(webhookChecksum({ 'configmap/a': '1', 'secret/b': '2' }, 's1-y')).not.toBe(checksum);
});

test('the order in which configs were found makes no other checksum', () => {
  const of = (...names: string[]) => webhookChecksum(Object.fromEntries(names.map((name) => [name, name])), 'h');
  expect(of('secret/b', 'secret/a', 'secret/c')).toBe(of('secret/a', 'secret/b', 'secret/c'));
  expect(of('ab', 'a', '😀', '｡')).toBe(of('a', 'ab', '｡', '😀'));
});
