import { type GroupingProvider, NO_DATA, QueryError } from '../../../controller/analysis/metric-provider';
import { builtinQuery } from '../../../controller/analysis/queries';
import { QueryBatches } from '../../../controller/analysis/query-batches';
import { ManualClock } from '../gates/manual-clock';
import { VARIABLES } from './questions';

/** A server that notes what it is asked; `answers` decides what comes. */
class Server {
  readonly single: string[] = [];
  readonly shared: string[] = [];
  trouble: QueryError | undefined;

  constructor(private readonly clock: ManualClock) {}

  async query(query: string): Promise<number> {
    this.single.push(query);
    await this.answerTime();
    return 1;
  }

  async queryEach(query: string) {
    this.shared.push(query);
    await this.answerTime();
    if (this.trouble) throw this.trouble;
    return new Map([...query.matchAll(/app-(\d+)/g)].map(([name, number]) => [`test/${name}`, Number(number)]));
  }

  private answerTime(): Promise<void> {
    return new Promise((resolve) => this.clock.after(10, resolve));
  }
}

function aLine() {
  const clock = new ManualClock();
  const server = new Server(clock);
  const batches = new QueryBatches(clock);
  const ask = (target: string, metric = 'request-success-rate', address = 'http://prometheus:9090') => {
    const { query, grouped } = builtinQuery(metric, 'istio', { ...VARIABLES, target })!;
    return batches.ask({ server: server as unknown as GroupingProvider, address, query, grouped: grouped! });
  };
  const apps = (count: number) => Array.from({ length: count }, (_, index) => `app-${index + 1}`);
  return { clock, server, ask, apps };
}

test('a Canary alone asks its own query, at once', async () => {
  const { clock, server, ask } = aLine();
  const before = clock.now();
  expect(await clock.runUntil(ask('app-1'))).toBe(1);
  expect(clock.now() - before).toBe(10);
  expect([server.single.length, server.shared.length]).toEqual([1, 0]);
  expect(clock.pending).toBe(0);
});

test('F#1235: a thousand Canaries at once cost one query, and each gets its own answer', async () => {
  const { clock, server, ask, apps } = aLine();
  const answers = await clock.runUntil(Promise.all(apps(1000).map((app) => ask(app))));
  expect([server.single.length, server.shared.length]).toEqual([0, 1]);
  expect(answers).toEqual(apps(1000).map((app) => Number(app.slice(4))));
});

test('the number of queries grows with time and kinds, not with Canaries', async () => {
  const queriesOf = async (canaries: number) => {
    const { clock, server, ask, apps } = aLine();
    for (const [index, app] of apps(canaries).entries()) {
      clock.after((index * 1000) / canaries, () => void ask(app));
    }
    await clock.advance(2000);
    return server.single.length + server.shared.length;
  };
  expect(await queriesOf(400)).toBeLessThanOrEqual((await queriesOf(20)) + 1);
});

test('kinds and servers do not mix', async () => {
  const { clock, server, ask } = aLine();
  await clock.runUntil(
    Promise.all([
      ask('app-1'),
      ask('app-2', 'request-duration'),
      ask('app-3', 'request-success-rate', 'http://other:9090'),
    ]),
  );
  expect([server.single.length, server.shared.length]).toEqual([3, 0]);
});

test('a workload without series has no data', async () => {
  const { clock, ask } = aLine();
  const [, silent] = await clock.runUntil(Promise.all([ask('app-1'), ask('silent'), ask('app-2')]));
  expect(silent).toBe(NO_DATA);
});

test('two checks of one workload share its answer', async () => {
  const { clock, server, ask } = aLine();
  const answers = await clock.runUntil(Promise.all([ask('app-1'), ask('app-7'), ask('app-7'), ask('app-8')]));
  expect(answers.slice(1)).toEqual([7, 7, 8]);
  expect(server.shared[0]?.match(/app-7/g)?.length).toBe(3);
});

test('a server that refuses shared queries is asked one by one, for ten minutes', async () => {
  const { clock, server, ask, apps } = aLine();
  server.trouble = new QueryError('Refused', 'error response 405');
  const all = () => clock.runUntil(Promise.all(apps(5).map((app) => ask(app))));
  expect(await all()).toEqual([1, 1, 1, 1, 1]);
  await all();
  expect([server.single.length, server.shared.length]).toEqual([10, 1]);
  await clock.advance(600_000);
  server.trouble = undefined;
  expect(await all()).toEqual([1, 2, 3, 4, 5]);
});

test('a server that does not answer fails all that asked, and is asked for less next time', async () => {
  const { clock, server, ask, apps } = aLine();
  server.trouble = new QueryError('Unreachable', 'no answer within 5s');
  const outcomes = await clock.runUntil(Promise.allSettled(apps(9).map((app) => ask(app))));
  expect(outcomes.map(({ status }) => status)).toEqual(Array(9).fill('rejected'));
  server.trouble = undefined;
  await clock.runUntil(Promise.all(apps(9).map((app) => ask(app))));
  const sizes = server.shared.map((query) => new Set(query.match(/app-\d+/g)).size);
  expect(sizes).toEqual([9, 4, 5]);
});

test('a Canary that asks again does not wait', async () => {
  const { clock, server, ask } = aLine();
  const before = clock.now();
  for (let time = 0; time < 3; time++) await clock.runUntil(ask('app-1'));
  expect([clock.now() - before, server.single.length]).toEqual([30, 3]);
});

test('a clock that was set back does not hold questions', async () => {
  const { clock, server, ask } = aLine();
  await clock.runUntil(ask('app-1'));
  (clock as unknown as { nowMs: number }).nowMs -= 3_600_000;
  const before = clock.now();
  await clock.runUntil(ask('app-2'));
  expect([clock.now() - before, server.single.length]).toEqual([10, 2]);
});
