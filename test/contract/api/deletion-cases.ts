import { type Body, type ContractClient, MERGE, once } from './client';
import { configMap, deployment } from './object-cases';

export function deletionCases(client: ContractClient): void {
  const namespace = once(() => client.namespace());
  const maps = () => `/api/v1/namespaces/${namespace()}/configmaps`;
  const owned = (name: string, owner: Body, more: object = {}) =>
    configMap(
      name,
      {},
      {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: owner.metadata.name, uid: owner.metadata.uid, ...more },
        ],
      },
    );

  test('answers with a Status that names what is gone', async () => {
    const made = await client.post(maps(), configMap('simple'));
    const { status, body } = await client.delete(`${maps()}/simple`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'simple', kind: 'configmaps', uid: made.body.metadata.uid },
    });
    expect((await client.delete(`${maps()}/simple`)).status).toBe(404);
  });

  test('finalizers hold the object, and no new ones come', async () => {
    await client.post(maps(), configMap('held', {}, { finalizers: ['contract.test/hold'] }));
    const { status, body } = await client.delete(`${maps()}/held`);
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ name: 'held', deletionTimestamp: expect.any(String) });
    const more = { metadata: { finalizers: ['contract.test/hold', 'contract.test/more'] } };
    const added = await client.patch(`${maps()}/held`, MERGE, more);
    expect([added.status, added.body.reason]).toEqual([422, 'Invalid']);
    expect(added.body.message).toContain('no new finalizers can be added if the object is being deleted');
    expect((await client.patch(`${maps()}/held`, MERGE, { metadata: { finalizers: null } })).status).toBe(200);
    expect((await client.get(`${maps()}/held`)).status).toBe(404);
  });

  test('preconditions', async () => {
    const { body } = await client.post(maps(), configMap('guarded'));
    const wrong = await client.delete(`${maps()}/guarded`, { preconditions: { uid: 'other' } });
    expect([wrong.status, wrong.body.reason]).toEqual([409, 'Conflict']);
    const old = await client.delete(`${maps()}/guarded`, { preconditions: { resourceVersion: '1' } });
    expect(old.status).toBe(409);
    const { uid, resourceVersion } = body.metadata;
    expect((await client.delete(`${maps()}/guarded`, { preconditions: { uid, resourceVersion } })).status).toBe(200);
  });

  test('dry run deletes nothing', async () => {
    await client.post(maps(), configMap('spared'));
    expect((await client.delete(`${maps()}/spared?dryRun=All`)).status).toBe(200);
    expect((await client.get(`${maps()}/spared`)).status).toBe(200);
  });

  test('a collection by label', async () => {
    for (const name of ['x', 'y']) await client.post(maps(), configMap(name, {}, { labels: { batch: name } }));
    expect((await client.delete(`${maps()}?labelSelector=batch%3Dx`)).status).toBe(200);
    expect((await client.get(`${maps()}/x`)).status).toBe(404);
    expect((await client.get(`${maps()}/y`)).status).toBe(200);
  });

  test('background: what an object owns goes after it', async () => {
    const owner = await client.post(maps(), configMap('owner'));
    await client.post(maps(), owned('child', owner.body));
    await client.delete(`${maps()}/owner`, { propagationPolicy: 'Background' });
    expect((await client.get(`${maps()}/owner`)).status).toBe(404);
    await client.gone(`${maps()}/child`);
  });

  test('foreground: the owner waits', async () => {
    const owner = await client.post(maps(), configMap('waiting'));
    const child = owned('blocking', owner.body, { blockOwnerDeletion: true });
    await client.post(maps(), { ...child, metadata: { ...child.metadata, finalizers: ['contract.test/hold'] } });
    await client.delete(`${maps()}/waiting`, { propagationPolicy: 'Foreground' });
    await client.eventually(
      () => client.get(`${maps()}/blocking`),
      ({ body }) => body.metadata.deletionTimestamp !== undefined,
    );
    expect((await client.get(`${maps()}/waiting`)).body.metadata.finalizers).toEqual(['foregroundDeletion']);
    await client.patch(`${maps()}/blocking`, MERGE, { metadata: { finalizers: null } });
    await client.gone(`${maps()}/waiting`);
  });

  test('orphan: what it owned stays', async () => {
    const owner = await client.post(maps(), configMap('parting'));
    await client.post(maps(), owned('staying', owner.body));
    await client.delete(`${maps()}/parting`, { propagationPolicy: 'Orphan' });
    await client.gone(`${maps()}/parting`);
    const { body } = await client.get(`${maps()}/staying`);
    expect(body.metadata.ownerReferences ?? []).toEqual([]);
  });

  test('a custom owner takes a Deployment with it', async () => {
    const owner = await client.post(maps(), configMap('chief'));
    const path = maps().replace('/api/v1', '/apis/apps/v1').replace('configmaps', 'deployments');
    const { metadata } = owned('crew', owner.body, { controller: true, blockOwnerDeletion: true });
    await client.post(path, { ...deployment('crew', { paused: true }), metadata });
    await client.delete(`${maps()}/chief`);
    await client.gone(`${path}/crew`);
  });

  test('a namespace takes its contents with it', async () => {
    const { body } = await client.post('/api/v1/namespaces', { metadata: { generateName: 'contract-gone-' } });
    const path = `/api/v1/namespaces/${body.metadata.name}`;
    await client.post(`${path}/configmaps`, configMap('inside', {}, { finalizers: ['contract.test/hold'] }));
    expect((await client.delete(path)).body).toMatchObject({ status: { phase: 'Terminating' } });
    const late = await client.post(`${path}/configmaps`, configMap('late'));
    expect([late.status, late.body.reason]).toEqual([403, 'Forbidden']);
    await client.eventually(
      () => client.get(`${path}/configmaps/inside`),
      (answer) => answer.body.metadata.deletionTimestamp !== undefined,
    );
    await client.patch(`${path}/configmaps/inside`, MERGE, { metadata: { finalizers: null } });
    await client.gone(path);
  });
}
