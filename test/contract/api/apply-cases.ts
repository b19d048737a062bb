import { type Answer, APPLY, type Body, type ContractClient, MERGE, once } from './client';
import { configMap, deployment } from './object-cases';

export function applyCases(client: ContractClient): void {
  const namespace = once(() => client.namespace());
  const map = (name: string) => `/api/v1/namespaces/${namespace()}/configmaps/${name}`;
  const apply = (path: string, manager: string, body: unknown, query = ''): Promise<Answer> =>
    client.patch(`${path}?fieldManager=${manager}${query}`, APPLY, body);
  const entryOf = (body: Body, manager: string) =>
    body.metadata.managedFields.find((entry: { manager: string }) => entry.manager === manager);

  test('creates, and records what the manager owns', async () => {
    const { status, body } = await apply(map('made'), 'one', configMap('made', { a: '1' }));
    expect(status).toBe(201);
    expect(entryOf(body, 'one')).toMatchObject({
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:a': {} } },
    });
  });

  test('again changes nothing', async () => {
    const first = await apply(map('again'), 'one', configMap('again', { a: '1' }));
    const second = await apply(map('again'), 'one', configMap('again', { a: '1' }));
    expect([second.status, second.body.metadata.resourceVersion]).toEqual([200, first.body.metadata.resourceVersion]);
  });

  test('drops what the manager no longer says, keeps what others own', async () => {
    await apply(map('shared'), 'one', configMap('shared', { a: '1', b: '2' }));
    await apply(map('shared'), 'two', configMap('shared', { b: '2', c: '3' }));
    const { body } = await apply(map('shared'), 'one', configMap('shared', {}));
    expect(body.data).toEqual({ b: '2', c: '3' });
  });

  test('a change of what another manager owns is a conflict, unless forced', async () => {
    await apply(map('fought'), 'one', configMap('fought', { a: '1' }));
    const refused = await apply(map('fought'), 'two', configMap('fought', { a: '2' }));
    expect([refused.status, refused.body.reason]).toEqual([409, 'Conflict']);
    expect(refused.body.message).toContain('conflict with "one"');
    expect(refused.body.details.causes).toEqual([
      expect.objectContaining({ reason: 'FieldManagerConflict', field: '.data.a' }),
    ]);
    const forced = await apply(map('fought'), 'two', configMap('fought', { a: '2' }), '&force=true');
    expect([forced.status, forced.body.data]).toEqual([200, { a: '2' }]);
    expect(entryOf(forced.body, 'one')).toBeUndefined();
  });

  test('an update takes the field over', async () => {
    await apply(map('taken'), 'one', configMap('taken', { a: '1', b: '1' }));
    const { body } = await client.patch(`${map('taken')}?fieldManager=editor`, MERGE, { data: { a: '2' } });
    expect(entryOf(body, 'editor')).toMatchObject({ operation: 'Update', fieldsV1: { 'f:data': { 'f:a': {} } } });
    expect(entryOf(body, 'one').fieldsV1).toEqual({ 'f:data': { 'f:b': {} } });
    expect((await apply(map('taken'), 'one', configMap('taken', { a: '1', b: '1' }))).status).toBe(409);
  });

  test('lists of containers merge by name', async () => {
    const path = `/apis/apps/v1/namespaces/${namespace()}/deployments/web`;
    await apply(path, 'one', deployment('web'));
    const injected = {
      ...deployment('web'),
      spec: { template: { spec: { containers: [{ name: 'side', image: 'side:1' }] } } },
    };
    const { status, body } = await apply(path, 'two', injected);
    expect(status).toBe(200);
    const names = (containers: { name: string }[]) => containers.map(({ name }) => name).sort();
    expect(names(body.spec.template.spec.containers)).toEqual(['side', 'web']);
    const without = await apply(path, 'two', { ...deployment('web'), spec: {} });
    expect(names(without.body.spec.template.spec.containers)).toEqual(['web']);
  });

  test('needs a manager, and takes YAML', async () => {
    expect((await client.patch(map('nobody'), APPLY, configMap('nobody'))).status).toBe(422);
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: "1"\n';
    expect((await apply(map('yaml'), 'one', yaml)).body.data).toEqual({ a: '1' });
  });
}
