import { type ContractClient, MERGE, once } from './client';

export const configMap = (name: string, data: Record<string, string> = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

export const deployment = (name: string, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'web', image: 'example.test/web:1' }] },
    },
    ...spec,
  },
});

export function objectCases(client: ContractClient): void {
  const namespace = once(() => client.namespace());
  const maps = () => `/api/v1/namespaces/${namespace()}/configmaps`;
  const deployments = () => `/apis/apps/v1/namespaces/${namespace()}/deployments`;

  test('create: the server adds id, version and a time in whole seconds', async () => {
    const { status, body } = await client.post(maps(), configMap('made', { a: '1' }));
    expect(status).toBe(201);
    expect(body).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } });
    expect(body.metadata).toMatchObject({
      name: 'made',
      namespace: namespace(),
      uid: expect.any(String),
      resourceVersion: expect.stringMatching(/^\d+$/),
      creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect((await client.get(`${maps()}/made`)).body).toEqual(body);
  });

  test('create: twice is AlreadyExists', async () => {
    await client.post(maps(), configMap('twice'));
    const { status, body } = await client.post(maps(), configMap('twice'));
    expect([status, body.kind, body.reason, body.message]).toEqual([
      409,
      'Status',
      'AlreadyExists',
      'configmaps "twice" already exists',
    ]);
  });

  test('create: generateName makes a name', async () => {
    const { body } = await client.post(maps(), { metadata: { generateName: 'some-' } });
    expect(body.metadata).toMatchObject({ generateName: 'some-', name: expect.stringMatching(/^some-[a-z0-9]{5}$/) });
  });

  test('create: a bad name is Invalid and names the field', async () => {
    const { status, body } = await client.post(maps(), configMap('Not_A_Name'));
    expect([status, body.reason]).toEqual([422, 'Invalid']);
    expect(body.details.causes).toContainEqual(
      expect.objectContaining({ reason: 'FieldValueInvalid', field: 'metadata.name' }),
    );
  });

  test('create: without its namespace is NotFound', async () => {
    const { status, body } = await client.post('/api/v1/namespaces/no-such-namespace/configmaps', configMap('x'));
    expect([status, body.message]).toEqual([404, 'namespaces "no-such-namespace" not found']);
  });

  test('create: dry run answers as usual and keeps nothing', async () => {
    const { status, body } = await client.post(`${maps()}?dryRun=All`, configMap('dry'));
    expect([status, body.metadata.name]).toEqual([201, 'dry']);
    expect((await client.get(`${maps()}/dry`)).status).toBe(404);
  });

  test('get: what is not there is NotFound with details', async () => {
    const { status, body } = await client.get(`${deployments()}/nobody`);
    expect(status).toBe(404);
    expect(body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'deployments.apps "nobody" not found',
      reason: 'NotFound',
      details: { name: 'nobody', group: 'apps', kind: 'deployments' },
      code: 404,
    });
  });

  test('update: with an old version is Conflict', async () => {
    const { body } = await client.post(maps(), configMap('raced', { a: '1' }));
    const won = await client.put(`${maps()}/raced`, { ...body, data: { a: '2' } });
    expect(won.status).toBe(200);
    const lost = await client.put(`${maps()}/raced`, { ...body, data: { a: '3' } });
    expect([lost.status, lost.body.reason]).toEqual([409, 'Conflict']);
    expect(lost.body.message).toBe(
      'Operation cannot be fulfilled on configmaps "raced": the object has been modified; please apply your changes to the latest version and try again',
    );
    const blind = await client.put(`${maps()}/raced`, configMap('raced', { a: '4' }));
    expect([blind.status, blind.body.data]).toEqual([200, { a: '4' }]);
  });

  test('update: what changes nothing keeps the version', async () => {
    const { body } = await client.post(maps(), configMap('same', { a: '1' }));
    const { body: after } = await client.put(`${maps()}/same`, body);
    expect(after.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  test('update: another name than in the URL is BadRequest', async () => {
    await client.post(maps(), configMap('one'));
    const { status, body } = await client.put(`${maps()}/one`, configMap('other'));
    expect([status, body.reason]).toEqual([400, 'BadRequest']);
  });

  test('versions grow with each write, over all kinds', async () => {
    const first = await client.post(maps(), configMap('first'));
    const second = await client.post(`/api/v1/namespaces/${namespace()}/secrets`, { metadata: { name: 'second' } });
    const versions = [first, second].map(({ body }) => Number(body.metadata.resourceVersion));
    expect(versions[1]).toBeGreaterThan(versions[0]!);
  });

  test('generation counts changes of the spec, not of the rest', async () => {
    const path = `${deployments()}/counted`;
    const made = await client.post(deployments(), { ...deployment('counted'), status: { replicas: 7 } });
    expect(made.body.metadata.generation).toBe(1);
    expect(made.body.status.replicas).toBeUndefined();
    const labelled = await client.patch(path, MERGE, { metadata: { labels: { a: 'b' } } });
    expect(labelled.body.metadata.generation).toBe(1);
    const scaled = await client.patch(path, MERGE, { spec: { replicas: 0 } });
    expect(scaled.body.metadata.generation).toBe(1);
    const changed = await client.patch(path, MERGE, { spec: { minReadySeconds: 3 } });
    expect(changed.body.metadata.generation).toBe(2);
  });

  test('annotations of a Deployment count as a change of its spec', async () => {
    await client.post(deployments(), deployment('noted', { paused: true }));
    const patch = { metadata: { annotations: { note: 'x' } } };
    expect((await client.patch(`${deployments()}/noted`, MERGE, patch)).body.metadata.generation).toBe(2);
  });

  test('status is written through its own resource only', async () => {
    const path = `${deployments()}/stated`;
    await client.post(deployments(), deployment('stated', { paused: true }));
    const main = await client.patch(path, MERGE, { status: { collisionCount: 5 } });
    expect(main.body.status.collisionCount).toBeUndefined();
    const status = await client.patch(`${path}/status`, MERGE, {
      spec: { minReadySeconds: 9 },
      status: { collisionCount: 5 },
    });
    expect(status.status).toBe(200);
    expect(status.body.status.collisionCount).toBe(5);
    expect(status.body.spec.minReadySeconds ?? 0).toBe(0);
    expect(status.body.metadata.generation).toBe(1);
  });

  test('scale reads and writes replicas', async () => {
    const path = `${deployments()}/scaled`;
    await client.post(deployments(), deployment('scaled', { paused: true }));
    const { body } = await client.get(`${path}/scale`);
    expect(body).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: {},
      status: { selector: 'app=scaled' },
    });
    const patched = await client.patch(`${path}/scale`, MERGE, { spec: { replicas: 2 } });
    expect(patched.body).toMatchObject({ kind: 'Scale', spec: { replicas: 2 } });
    expect((await client.get(path)).body.spec.replicas).toBe(2);
    await client.delete(path);
  });
}
