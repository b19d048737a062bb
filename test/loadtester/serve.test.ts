import { undiciHttp } from '../../controller/http';
import { createLoadTester, type LoadTester } from '../../loadtester/load-tester';
import type { Listening } from '../../loadtester/serve';
import { ManualClock } from '../controller/gates/manual-clock';

const http = undiciHttp();
const clock = new ManualClock();
const logs: string[] = [];
let tester: LoadTester;
let listening: Listening;
let base: string;

beforeAll(async () => {
  tester = createLoadTester({ http, clock, log: ({ msg }) => void logs.push(msg) });
  listening = await tester.serve(0, '127.0.0.1');
  base = `http://127.0.0.1:${listening.port}`;
});

afterAll(async () => {
  await tester.stop();
  await listening.close();
  await http.close();
});

const post = (path: string, body: unknown, signal?: AbortSignal) =>
  fetch(base + path, { method: 'POST', body: JSON.stringify(body), ...(signal && { signal }) });

const payload = (metadata: Record<string, string>) => ({ name: 'podinfo', namespace: 'test', metadata });

test('gates over real HTTP', async () => {
  expect((await post('/gate/check', payload({}))).status).toBe(403);
  expect((await post('/gate/open', payload({}))).status).toBe(202);
  const checked = await post('/gate/check', payload({}));
  expect([checked.status, await checked.text()]).toEqual([200, 'Approved']);
});

test('a load over real HTTP, from the tester to itself', async () => {
  const cmd = `hey -n 20 -c 4 ${base}/healthz`;
  const response = await post('/', payload({ type: 'bash', cmd, returnCmdOutput: 'true' }));
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('[200] 20 responses');
});

test('curl and grep over real HTTP', async () => {
  const found = await post('/', payload({ type: 'bash', cmd: `curl -s ${base}/gate/halt | grep -q Forbidden` }));
  expect(found.status).toBe(200);
  const failed = await post('/', payload({ type: 'bash', cmd: 'curl -sf http://127.0.0.1:1/' }));
  expect([failed.status, await failed.text()]).toEqual([500, expect.stringContaining('port 1: Connection refused')]);
});

test('a client that goes away ends its task (L5)', async () => {
  const gone = new AbortController();
  const ended = new Promise<void>((resolve) => {
    const check = () => (logs.some((msg) => msg.includes('the client is gone')) ? resolve() : setTimeout(check, 5));
    check();
  });
  const answer = post('/', payload({ type: 'bash', cmd: 'sleep 60' }), gone.signal).catch(() => 'cut');
  while (!logs.includes('task starting sleep 60')) await new Promise((resolve) => setTimeout(resolve, 5));
  gone.abort();
  expect(await answer).toBe('cut');
  await ended;
});

test('a body that is too large, a path that is no path', async () => {
  const tooLarge = await fetch(base, { method: 'POST', body: 'x'.repeat(1_100_000) });
  expect(tooLarge.status).toBe(413);
  expect((await post('//', payload({}))).status).toBe(400);
});
