import { type Answer, type ContractClient, MERGE, once } from './client';
import { deployment } from './object-cases';

const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });

const autoscaler = (name: string, spec: object = {}) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, maxReplicas: 4, ...spec },
});

export function defaultCases(client: ContractClient): void {
  const namespace = once(() => client.namespace());
  const deployments = () => `/apis/apps/v1/namespaces/${namespace()}/deployments`;
  const services = () => `/api/v1/namespaces/${namespace()}/services`;
  const autoscalers = (version: string) =>
    `/apis/autoscaling/${version}/namespaces/${namespace()}/horizontalpodautoscalers`;

  const expectInvalid = ({ status, body }: Answer, field: string, message: RegExp) => {
    expect([status, body.reason]).toEqual([422, 'Invalid']);
    expect(body.details.causes).toContainEqual(
      expect.objectContaining({ field, message: expect.stringMatching(message) }),
    );
  };

  test('a Deployment gets its defaults', async () => {
    const { replicas: _, ...spec } = deployment('plain').spec as Record<string, unknown>;
    const { body } = await client.post(`${deployments()}?dryRun=All`, { ...deployment('plain'), spec });
    expect(body.spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    });
    const { containers, ...pod } = body.spec.template.spec;
    expect(pod).toEqual({
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    });
    expect(containers[0]).toEqual({
      name: 'web',
      image: 'example.test/web:1',
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: 'IfNotPresent',
    });
  });

  test('container ports, probes and volumes get theirs', async () => {
    const made = deployment('filled');
    Object.assign(made.spec.template.spec, { volumes: [{ name: 'conf', configMap: { name: 'conf' } }] });
    Object.assign(made.spec.template.spec.containers[0]!, {
      image: 'example.test/web',
      ports: [{ containerPort: 80 }],
      readinessProbe: { httpGet: { port: 80 } },
    });
    const { containers, volumes } = (await client.post(`${deployments()}?dryRun=All`, made)).body.spec.template.spec;
    expect(volumes[0].configMap.defaultMode).toBe(420);
    expect(containers[0]).toMatchObject({
      imagePullPolicy: 'Always',
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      readinessProbe: {
        httpGet: { path: '/', port: 80, scheme: 'HTTP' },
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      },
    });
  });

  test('a Service gets an address and keeps it', async () => {
    const { body } = await client.post(
      services(),
      service('addressed', { selector: { app: 'x' }, ports: [{ port: 80 }] }),
    );
    expect(body.spec).toMatchObject({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilyPolicy: 'SingleStack',
      clusterIP: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
    expect(body.spec.clusterIPs).toEqual([body.spec.clusterIP]);
    const replaced = await client.put(`${services()}/addressed`, service('addressed', { ports: [{ port: 81 }] }));
    expect([replaced.status, replaced.body.spec.clusterIP]).toEqual([200, body.spec.clusterIP]);
    const moved = await client.patch(`${services()}/addressed`, MERGE, {
      spec: { clusterIP: 'None', clusterIPs: ['None'] },
    });
    expect(moved.status).toBe(422);
  });

  test.each([
    [
      'a port out of range',
      { ports: [{ port: 70000 }] },
      'spec.ports[0].port',
      /must be between 1 and 65535, inclusive/,
    ],
    ['no port at all', { selector: { a: 'b' } }, 'spec.ports', /Required value/],
    ['a nameless one of two', { ports: [{ name: 'a', port: 1 }, { port: 2 }] }, 'spec.ports[1].name', /Required value/],
    [
      'a name twice',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 2 },
        ],
      },
      'spec.ports[1].name',
      /Duplicate value: "a"/,
    ],
  ])('a Service with %s is Invalid', async (_, spec, field, message) => {
    expectInvalid(await client.post(services(), service('wrong', spec)), field, message);
  });

  test('a Service must not have a name that is no DNS label', async () => {
    const answer = await client.post(services(), service('a.b', { ports: [{ port: 1 }] }));
    expectInvalid(answer, 'metadata.name', /DNS/);
  });

  test('a Deployment must select its own pods, with a selector that never changes', async () => {
    const stranger = deployment('stranger', { selector: { matchLabels: { app: 'other' } } });
    expectInvalid(
      await client.post(deployments(), stranger),
      'spec.template.metadata.labels',
      /`selector` does not match template `labels`/,
    );
    await client.post(deployments(), deployment('fixed'));
    const labels = { app: 'fixed', more: 'yes' };
    const patch = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } };
    expectInvalid(await client.patch(`${deployments()}/fixed`, MERGE, patch), 'spec.selector', /field is immutable/);
  });

  test('a Deployment needs containers with images, and no negative replicas', async () => {
    const empty = deployment('empty');
    empty.spec.template.spec.containers = [];
    expectInvalid(await client.post(deployments(), empty), 'spec.template.spec.containers', /Required value/);
    const negative = await client.post(deployments(), deployment('negative', { replicas: -1 }));
    expectInvalid(negative, 'spec.replicas', /must be greater than or equal to 0/);
  });

  test('a value of the wrong type is BadRequest', async () => {
    const { status, body } = await client.post(deployments(), deployment('typed', { replicas: 'three' }));
    expect([status, body.reason]).toEqual([400, 'BadRequest']);
    expect(body.message).toContain('cannot unmarshal string');
    const labelled = { ...deployment('typed'), metadata: { name: 'typed', annotations: { number: 1 } } };
    expect((await client.post(deployments(), labelled)).status).toBe(400);
  });

  test('an autoscaler gets its defaults and is the same object in both versions', async () => {
    const { status, body } = await client.post(autoscalers('v2'), autoscaler('auto'));
    expect(status).toBe(201);
    expect(body.spec).toMatchObject({
      minReplicas: 1,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    });
    const v1 = await client.get(`${autoscalers('v1')}/auto`);
    expect(v1.body).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { maxReplicas: 4, targetCPUUtilizationPercentage: 80 },
    });
    const patched = await client.patch(`${autoscalers('v1')}/auto`, MERGE, {
      spec: { targetCPUUtilizationPercentage: 60 },
    });
    expect(patched.status).toBe(200);
    const after = await client.get(`${autoscalers('v2')}/auto`);
    expect(after.body.spec.metrics[0].resource.target.averageUtilization).toBe(60);
  });

  test.each([
    ['maxReplicas 0', { maxReplicas: 0 }, 'spec.maxReplicas', /must be greater than 0/],
    ['min above max', { minReplicas: 9 }, 'spec.maxReplicas', /must be greater than or equal to `minReplicas`/],
  ])('an autoscaler with %s is Invalid', async (_, spec, field, message) => {
    expectInvalid(await client.post(autoscalers('v2'), autoscaler('wrong', spec)), field, message);
  });

  test('a Secret turns stringData into data and has a type that stays', async () => {
    const path = `/api/v1/namespaces/${namespace()}/secrets`;
    const { body } = await client.post(path, { metadata: { name: 'kept' }, stringData: { a: 'hello' } });
    expect([body.type, body.data, body.stringData]).toEqual(['Opaque', { a: 'aGVsbG8=' }, undefined]);
    expectInvalid(await client.patch(`${path}/kept`, MERGE, { type: 'other' }), 'type', /field is immutable/);
  });

  test('a Namespace is labelled with its name', async () => {
    const { body } = await client.get(`/api/v1/namespaces/${namespace()}`);
    expect(body.metadata.labels).toMatchObject({ 'kubernetes.io/metadata.name': namespace() });
    expect(body).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  });
}
