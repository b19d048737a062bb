import { type Body, type ContractClient, once, TABLE } from './client';
import { configMap, deployment } from './object-cases';

const names = (body: Body): string[] => body.items.map((item: Body) => item.metadata.name);

export function listCases(client: ContractClient): void {
  const maps = once(async () => {
    const path = `/api/v1/namespaces/${await client.namespace()}/configmaps`;
    const labelled = { a: { app: 'web', size: '1' }, b: { app: 'web' }, c: { app: 'db' }, d: {} };
    for (const [name, labels] of Object.entries(labelled)) {
      await client.post(path, configMap(name, {}, { labels: { contract: 'list', ...labels } }));
    }
    return path;
  });

  test.each([
    ['app=web', ['a', 'b']],
    ['app==web,size', ['a']],
    ['app!=web', ['c', 'd']],
    ['app in (web,db)', ['a', 'b', 'c']],
    ['app notin (web, db)', ['d']],
    ['!app', ['d']],
    ['app,!size', ['b', 'c']],
    ['app=nobody', []],
  ])('label selector %s', async (selector, expected) => {
    const query = encodeURIComponent(`contract=list,${selector}`);
    expect(names((await client.get(`${maps()}?labelSelector=${query}`)).body)).toEqual(expected);
  });

  test('a list has a kind and a version; its items repeat no type', async () => {
    const { body } = await client.get(`${maps()}?labelSelector=contract%3Dlist`);
    expect(body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(body.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(Object.keys(body.items[0])).not.toContain('kind');
  });

  test('field selectors', async () => {
    expect(names((await client.get(`${maps()}?fieldSelector=metadata.name%3Da`)).body)).toEqual(['a']);
    const others = await client.get(`${maps()}?labelSelector=contract%3Dlist&fieldSelector=metadata.name%21%3Da`);
    expect(names(others.body)).toEqual(['b', 'c', 'd']);
    const { status, body } = await client.get(`${maps()}?fieldSelector=data.a%3D1`);
    expect([status, body.reason]).toEqual([400, 'BadRequest']);
  });

  test('bad selectors are BadRequest', async () => {
    expect((await client.get(`${maps()}?labelSelector=${encodeURIComponent('a in b')}`)).status).toBe(400);
  });

  test('pages show one state', async () => {
    const query = 'labelSelector=contract%3Dlist&limit=3';
    const first = await client.get(`${maps()}?${query}`);
    expect(names(first.body)).toEqual(['a', 'b', 'c']);
    const late = await client.post(maps(), configMap('z', {}, { labels: { contract: 'list' } }));
    const next = await client.get(`${maps()}?${query}&continue=${encodeURIComponent(first.body.metadata.continue)}`);
    expect(names(next.body)).toEqual(['d']);
    expect(next.body.metadata.continue ?? '').toBe('');
    await client.delete(`${maps()}/${late.body.metadata.name}`);
  });

  test('of all namespaces', async () => {
    const { body } = await client.get('/api/v1/configmaps?labelSelector=contract%3Dlist');
    expect(names(body)).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd']));
  });

  test('as metadata only', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const { body } = await client.get(`${maps()}?labelSelector=size`, accept);
    expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(body.items[0]).toMatchObject({ metadata: { name: 'a', resourceVersion: expect.any(String) } });
    expect(body.items[0].data).toBeUndefined();
    const one = await client.get(`${maps()}/a`, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
    expect(one.body).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
  });

  test('as a table', async () => {
    const path = maps().replace('/api/v1', '/apis/apps/v1').replace('configmaps', 'deployments');
    await client.post(path, deployment('shown', { paused: true }));
    const { body } = await client.get(`${path}?fieldSelector=metadata.name%3Dshown`, TABLE);
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    const columns = body.columnDefinitions.map((column: Body) => column.name);
    expect(columns).toEqual(['Name', 'Ready', 'Up-to-date', 'Available', 'Age', 'Containers', 'Images', 'Selector']);
    const [row] = body.rows;
    expect([...row.cells.slice(0, 4), ...row.cells.slice(5)]).toEqual([
      'shown',
      '0/0',
      0,
      0,
      'web',
      'example.test/web:1',
      'app=shown',
    ]);
    expect(row.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'shown' } });
  });

  test('events by the object they are about', async () => {
    const namespace = /namespaces\/([^/]+)/.exec(maps())![1];
    const events = `/api/v1/namespaces/${namespace}/events`;
    for (const name of ['one', 'two']) {
      const involvedObject = { kind: 'ConfigMap', namespace, name };
      const event = {
        metadata: { name },
        involvedObject,
        reason: 'Said',
        message: name,
        type: 'Warning',
        source: { component: 'contract' },
      };
      expect((await client.post(events, event)).status).toBe(201);
    }
    const query = encodeURIComponent('involvedObject.name=one,type=Warning,reason=Said');
    expect(names((await client.get(`${events}?fieldSelector=${query}`)).body)).toEqual(['one']);
    const other = (await client.get(`/apis/events.k8s.io/v1/namespaces/${namespace}/events/one`)).body;
    expect(other).toMatchObject({ apiVersion: 'events.k8s.io/v1', note: 'one', regarding: { name: 'one' } });
    const elsewhere = {
      metadata: { name: 'no' },
      involvedObject: { kind: 'ConfigMap', namespace: 'other', name: 'x' },
    };
    expect((await client.post(events, elsewhere)).status).toBe(422);
  });
}
