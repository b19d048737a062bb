import { Loop } from '../../controller/loop';
import { ManualClock } from './gates/manual-clock';

/** A loop whose ticks note when they begin, and wait as `waits` says. */
function aLoop(waits: (key: string, begun: string[]) => { outside?: Promise<void>; inside?: Promise<void> }) {
  const begun: string[] = [];
  const clock = new ManualClock();
  const loop = new Loop({
    clock,
    concurrency: 2,
    onError: (_, error) => {
      throw error;
    },
    async tick(key, outside) {
      begun.push(key);
      const { outside: elsewhere, inside } = waits(key, begun);
      if (elsewhere) await outside(() => elsewhere);
      await inside;
      return undefined;
    },
  });
  loop.start();
  return { loop, begun, clock };
}

/** A promise, and what fulfils it. */
function promised() {
  let fulfil = () => {};
  const promise = new Promise<void>((resolve) => {
    fulfil = resolve;
  });
  return { promise, fulfil };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const never = new Promise<void>(() => {});

test('ticks that wait for a slow server keep nobody else waiting', async () => {
  const { loop, begun } = aLoop((key) => (key.startsWith('slow') ? { outside: never } : {}));
  for (const key of ['slow/1', 'slow/2', 'slow/3', 'quick/1']) loop.enqueue(key);
  await turn();
  expect(begun).toEqual(['slow/1', 'slow/2', 'slow/3', 'quick/1']);
});

test('a key that waits for a slow server does not tick twice at once, but again', async () => {
  const { promise: answered, fulfil: answer } = promised();
  const { loop, begun } = aLoop(() => ({ outside: answered }));
  for (let i = 0; i < 3; i++) {
    loop.enqueue('slow/1');
    await turn();
  }
  expect(begun).toEqual(['slow/1']);
  answer();
  await turn();
  expect(begun).toEqual(['slow/1', 'slow/1']);
});

test('ticks that work are bounded', async () => {
  const { loop, begun } = aLoop(() => ({ inside: never }));
  for (const key of ['a/1', 'a/2', 'a/3']) loop.enqueue(key);
  await turn();
  expect(begun).toEqual(['a/1', 'a/2']);
});

test('stop waits for ticks that wait for others', async () => {
  const { promise: answered, fulfil: answer } = promised();
  const { loop } = aLoop(() => ({ outside: answered }));
  loop.enqueue('a/1');
  await turn();
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  await turn();
  expect(stopped).toBe(false);
  answer();
  await stopping;
  expect(stopped).toBe(true);
});

test('stop leaves those that wait for others after a moment, and keeps no timer', async () => {
  const { loop, clock } = aLoop(() => ({ outside: never }));
  loop.enqueue('slow/1');
  await turn();
  const stopping = loop.stop(3_000);
  await clock.advance(2_999);
  let stopped = false;
  void stopping.then(() => {
    stopped = true;
  });
  await turn();
  expect(stopped).toBe(false);
  await clock.advance(1);
  await stopping;
  expect(clock.pending).toBe(0);
});

test('who gives keys away does not wait for a server that hangs, but for writes', async () => {
  const { promise: writing, fulfil: written } = promised();
  const { loop, begun } = aLoop((key) => (key === 'writing/1' ? { inside: writing } : { outside: never }));
  for (const key of ['hanging/1', 'writing/1']) loop.enqueue(key);
  await turn();
  await loop.quiet((key) => key === 'hanging/1');
  let quiet = false;
  const all = loop
    .quiet(() => true)
    .then(() => {
      quiet = true;
    });
  await turn();
  expect(quiet).toBe(false);
  written();
  await all;
  loop.enqueue('hanging/1');
  await turn();
  expect(begun).toEqual(['hanging/1', 'writing/1', 'hanging/1']);
});

/** Ticks that wait for one answer together, and note when they go on. */
function together(count: number, inside: Promise<void> | undefined, concurrency = 2) {
  const { promise: answered, fulfil: answer } = promised();
  const wentOn: string[] = [];
  const clock = new ManualClock();
  const loop = new Loop({
    clock,
    concurrency,
    onError() {},
    async tick(key, outside) {
      if (key.startsWith('late')) return void wentOn.push(key);
      await outside(() => answered);
      wentOn.push(key);
      await inside;
      return undefined;
    },
  });
  loop.start();
  for (let key = 0; key < count; key++) loop.enqueue(`key/${key}`);
  return { loop, clock, answer, wentOn };
}

test('ticks whose waits end together go on as many at a time as may work', async () => {
  const { promise: working, fulfil: done } = promised();
  const { loop, answer, wentOn } = together(5, working);
  await turn();
  answer();
  await turn();
  expect(wentOn).toEqual(['key/0', 'key/1']);
  expect(loop.depth()).toBe(3);
  done();
  await turn();
  expect(wentOn).toHaveLength(5);
});

test('of thousands that one answer sets free, some go on before timers and other answers have their turn', async () => {
  const { clock, loop, answer, wentOn } = together(2_000, undefined, 32);
  // None of them has begun before it had to wait for such a pause, either.
  await clock.advance(0);
  answer();
  await turn();
  expect(wentOn.length).toBeGreaterThan(0);
  expect(wentOn.length).toBeLessThan(100);
  loop.enqueue('late/1');
  await clock.advance(0);
  expect(wentOn).toHaveLength(2_001);
  // Who is new is not kept waiting until all others have had their turn.
  expect(wentOn.indexOf('late/1')).toBeLessThan(200);
  await loop.stop();
  expect(clock.pending).toBe(0);
});

test('who waits for its turn can be left as well, and takes none from the others', async () => {
  const { promise: working, fulfil: done } = promised();
  const { loop, answer, wentOn } = together(4, working);
  await turn();
  answer();
  await turn();
  await loop.quiet((key) => key === 'key/3');
  done();
  await turn();
  expect(wentOn).toEqual(['key/0', 'key/1', 'key/2']);
  await loop.stop();
});
