/** Makes the Canaries of the bench and edits their Deployments, many at a time. */
import type { Api } from '../../test/cluster/control-plane/api';
import { type Canaries, canary, deployment, edit, nameOf, namespaceOf, namespacesOf } from './fleet';

const AT_ONCE = 16;

/** Makes Canaries number `from` up to `to` with their Deployments. */
export async function populate(api: Api, from: number, to: number, canaries: Canaries): Promise<void> {
  for (const name of namespacesOf(from, to)) {
    const { status } = await api.send('POST', '/api/v1/namespaces', { metadata: { name } });
    if (status !== 201 && status !== 409) throw new Error(`namespace ${name}: HTTP ${status}`);
  }
  const indices = Array.from({ length: to - from }, (_, index) => from + index);
  await inParallel(indices, async (index) => {
    const namespace = namespaceOf(index);
    await create(api, `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment(index, canaries));
    await create(api, `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries`, canary(index, canaries));
  });
}

async function create(api: Api, path: string, object: object): Promise<void> {
  const { status, body } = await api.send('POST', path, object);
  if (status !== 201) throw new Error(`POST ${path}: HTTP ${status} ${JSON.stringify(body)}`);
}

/** Ships a version. @returns when, Unix milliseconds */
export async function ship(api: Api, index: number, version: number): Promise<number> {
  const path = `/apis/apps/v1/namespaces/${namespaceOf(index)}/deployments/${nameOf(index)}`;
  const atMs = Date.now();
  const { status, body } = await api.send('PATCH', path, edit(version), 'application/strategic-merge-patch+json');
  if (status !== 200) throw new Error(`PATCH ${path}: HTTP ${status} ${JSON.stringify(body)}`);
  return atMs;
}

/** Ships a version of each, evenly over a time, as people who do not know of each other. @returns when, by index */
export async function shipAll(
  api: Api,
  indices: readonly number[],
  version: number,
  overMs: number,
): Promise<Map<number, number>> {
  const shipped = new Map<number, number>();
  const startMs = performance.now();
  await inParallel(indices, async (index, position) => {
    const dueMs = startMs + (position * overMs) / indices.length;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    shipped.set(index, await ship(api, index, version));
  });
  return shipped;
}

async function inParallel(items: readonly number[], work: (item: number, position: number) => Promise<void>) {
  let next = 0;
  const worker = async () => {
    for (let position = next++; position < items.length; position = next++) await work(items[position]!, position);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
