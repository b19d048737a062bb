import type { ContractClient } from './client';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export function discoveryCases(client: ContractClient): void {
  test('is alive and says its version', async () => {
    expect(await client.get('/livez')).toMatchObject({ status: 200, body: 'ok' });
    expect(await client.get('/readyz')).toMatchObject({ status: 200, body: 'ok' });
    expect((await client.get('/version')).body).toMatchObject({
      major: '1',
      gitVersion: expect.stringMatching(/^v1\.\d+\./),
    });
  });

  test('lists groups and resources one by one', async () => {
    expect((await client.get('/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = (await client.get('/apis')).body.groups;
    const apps = groups.find((group: { name: string }) => group.name === 'apps');
    expect(apps).toMatchObject({ preferredVersion: { groupVersion: 'apps/v1', version: 'v1' } });
    const { kind, groupVersion, resources } = (await client.get('/apis/apps/v1')).body;
    expect({ kind, groupVersion }).toEqual({ kind: 'APIResourceList', groupVersion: 'apps/v1' });
    expect(resources).toContainEqual(
      expect.objectContaining({ name: 'deployments', kind: 'Deployment', namespaced: true, shortNames: ['deploy'] }),
    );
    expect(resources).toContainEqual(
      expect.objectContaining({ name: 'deployments/scale', kind: 'Scale', group: 'autoscaling' }),
    );
  });

  test('lists everything at once for clients that ask', async () => {
    const { body, headers } = await client.get('/apis', AGGREGATED);
    expect(headers['content-type']).toContain('as=APIGroupDiscoveryList');
    expect(body).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    const apps = body.items.find((item: { metadata: { name: string } }) => item.metadata.name === 'apps');
    expect(apps.versions[0].resources).toContainEqual(
      expect.objectContaining({ resource: 'deployments', scope: 'Namespaced', singularResource: 'deployment' }),
    );
  });

  test.each([
    '/apis/autoscaling/v2beta1/horizontalpodautoscalers',
    '/api/v1/nonsense',
    '/apis/no.such.group/v1/things',
  ])('%s is not served', async (path) => {
    expect((await client.get(path)).status).toBe(404);
  });

  test('says which media types it speaks', async () => {
    const { status, body } = await client.get('/api/v1/namespaces/default', 'text/html');
    expect(status).toBe(406);
    expect(body).toMatchObject({ kind: 'Status', reason: 'NotAcceptable' });
  });

  test('a method that makes no sense is 405', async () => {
    const { status, body } = await client.post('/api/v1/namespaces/default', {});
    expect([status, body.reason]).toEqual([405, 'MethodNotAllowed']);
  });
}
