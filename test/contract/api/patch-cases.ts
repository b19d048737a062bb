import { type ContractClient, JSON_PATCH, MERGE, once, STRATEGIC } from './client';
import { configMap, deployment } from './object-cases';

export function patchCases(client: ContractClient): void {
  const namespace = once(() => client.namespace());
  const maps = () => `/api/v1/namespaces/${namespace()}/configmaps`;
  const deployments = () => `/apis/apps/v1/namespaces/${namespace()}/deployments`;

  test('merge: sets, keeps and removes', async () => {
    await client.post(maps(), configMap('merged', { keep: '1', drop: '2' }));
    const { status, body } = await client.patch(`${maps()}/merged`, MERGE, { data: { drop: null, add: '3' } });
    expect([status, body.data]).toEqual([200, { keep: '1', add: '3' }]);
  });

  test('merge: with an old version is Conflict, to nothing is NotFound', async () => {
    await client.post(maps(), configMap('raced'));
    const stale = await client.patch(`${maps()}/raced`, MERGE, {
      metadata: { resourceVersion: '1' },
      data: { a: '1' },
    });
    expect([stale.status, stale.body.reason]).toEqual([409, 'Conflict']);
    expect((await client.patch(`${maps()}/nobody`, MERGE, { data: {} })).status).toBe(404);
  });

  test('merge: what changes nothing keeps the version', async () => {
    const { body } = await client.post(maps(), configMap('same', { a: '1' }));
    const after = await client.patch(`${maps()}/same`, MERGE, { data: { a: '1' } });
    expect(after.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  test('JSON: operations in order, all or nothing', async () => {
    await client.post(maps(), configMap('listed', { a: '1' }));
    const good = await client.patch(`${maps()}/listed`, JSON_PATCH, [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'add', path: '/data/b', value: '2' },
      { op: 'remove', path: '/data/a' },
    ]);
    expect([good.status, good.body.data]).toEqual([200, { b: '2' }]);
    const bad = await client.patch(`${maps()}/listed`, JSON_PATCH, [
      { op: 'replace', path: '/data/b', value: '3' },
      { op: 'test', path: '/data/b', value: 'other' },
    ]);
    expect([bad.status, bad.body.reason]).toEqual([422, 'Invalid']);
    expect((await client.get(`${maps()}/listed`)).body.data).toEqual({ b: '2' });
  });

  test('strategic: containers merge by name, their env too', async () => {
    const made = deployment('strategic');
    Object.assign(made.spec.template.spec.containers[0]!, { env: [{ name: 'A', value: '1' }] });
    await client.post(deployments(), made);
    const side = { name: 'side', image: 'example.test/side:1' };
    const web = { name: 'web', image: 'example.test/web:2', env: [{ name: 'B', value: '2' }] };
    const patch = { spec: { template: { spec: { containers: [web, side] } } } };
    const { body } = await client.patch(`${deployments()}/strategic`, STRATEGIC, patch);
    const containers: { name: string; image: string; env?: unknown }[] = body.spec.template.spec.containers;
    const byName = Object.fromEntries(containers.map((container) => [container.name, container]));
    expect(byName['side']).toMatchObject(side);
    expect(byName['web']).toMatchObject({ image: 'example.test/web:2' });
    expect(byName['web']?.env).toHaveLength(2);
    const removal = { spec: { template: { spec: { containers: [{ $patch: 'delete', name: 'side' }] } } } };
    const after = await client.patch(`${deployments()}/strategic`, STRATEGIC, removal);
    expect(after.body.spec.template.spec.containers).toHaveLength(1);
  });

  test('strategic: retainKeys drops what the other strategy had', async () => {
    await client.post(deployments(), deployment('retained'));
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    const { body } = await client.patch(`${deployments()}/retained`, STRATEGIC, patch);
    expect(body.spec.strategy).toEqual({ type: 'Recreate' });
  });

  test('strategic: $patch replace', async () => {
    await client.post(maps(), configMap('replaced', { a: '1', b: '2' }));
    const { body } = await client.patch(`${maps()}/replaced`, STRATEGIC, { data: { $patch: 'replace', c: '3' } });
    expect(body.data).toEqual({ c: '3' });
  });

  test('a type that is none is UnsupportedMediaType', async () => {
    await client.post(maps(), configMap('odd'));
    const { status } = await client.patch(`${maps()}/odd`, 'application/x-odd', {});
    expect(status).toBe(415);
  });
}
