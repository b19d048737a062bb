import { type ContractClient, MERGE, once, type WatchEvent } from './client';
import { configMap } from './object-cases';

const brief = ({ type, object }: WatchEvent) => `${type} ${object.metadata.name}`;
const isMap = (name: string, type: string) => (event: WatchEvent) => brief(event) === `${type} ${name}`;

export function watchCases(client: ContractClient): void {
  const maps = once(async () => `/api/v1/namespaces/${await client.namespace()}/configmaps`);
  const map = (name: string, labels: object = {}) => configMap(name, {}, { labels: { watched: 'yes', ...labels } });
  const ours = 'watch=true&labelSelector=watched%3Dyes';
  const version = async () => (await client.get(`${maps()}?limit=1`)).body.metadata.resourceVersion;

  test('from a version: every change since, in order', async () => {
    const start = await version();
    await client.post(maps(), map('early'));
    const events = await client.watch(
      `${maps()}?${ours}&resourceVersion=${start}`,
      isMap('late', 'ADDED'),
      async () => {
        await client.patch(`${maps()}/early`, MERGE, { data: { a: '1' } });
        await client.delete(`${maps()}/early`);
        await client.post(maps(), map('late'));
      },
    );
    expect(events.map(brief)).toEqual(['ADDED early', 'MODIFIED early', 'DELETED early', 'ADDED late']);
    expect(events[0]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((left, right) => left - right));
    await client.delete(`${maps()}/late`);
  });

  test('without a version: first what is there', async () => {
    await client.post(maps(), map('present'));
    const events = await client.watch(`${maps()}?${ours}`, isMap('present', 'MODIFIED'), () =>
      client.patch(`${maps()}/present`, MERGE, { data: { a: '1' } }),
    );
    expect(events.map(brief)).toContain('ADDED present');
    await client.delete(`${maps()}/present`);
  });

  test('an object that leaves the selection is deleted, one that enters is added', async () => {
    const start = await version();
    await client.post(maps(), map('moving'));
    const events = await client.watch(`${maps()}?${ours}&resourceVersion=${start}`, isMap('end', 'ADDED'), async () => {
      for (const watched of ['no', 'yes']) {
        await client.patch(`${maps()}/moving`, MERGE, { metadata: { labels: { watched } } });
      }
      await client.post(maps(), map('end'));
    });
    expect(events.map(brief)).toEqual(['ADDED moving', 'DELETED moving', 'ADDED moving', 'ADDED end']);
  });

  test('one object by name', async () => {
    const start = await version();
    const path = `${maps()}?watch=1&fieldSelector=metadata.name%3Dchosen&resourceVersion=${start}`;
    const events = await client.watch(path, isMap('chosen', 'DELETED'), async () => {
      await client.post(maps(), map('other'));
      await client.post(maps(), map('chosen'));
      await client.delete(`${maps()}/chosen`);
    });
    expect(events.map(brief)).toEqual(['ADDED chosen', 'DELETED chosen']);
  });

  test('the initial state can end with a bookmark', async () => {
    await client.post(maps(), map('initial'));
    const query = 'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const events = await client.watch(`${maps()}?${ours}&${query}`, ({ type }) => type === 'BOOKMARK');
    expect(events.map(brief)).toContain('ADDED initial');
    expect(events.at(-1)?.object).toMatchObject({
      kind: 'ConfigMap',
      metadata: {
        annotations: { 'k8s.io/initial-events-end': 'true' },
        resourceVersion: expect.stringMatching(/^\d+$/),
      },
    });
  });
}
