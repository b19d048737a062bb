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

const turn = () => new Promise((resolve) => setImmediate(resolve));
const never = new Promise<void>(() => {});

test('ticks that wait for a slow server keep nobody else waiting', async () => {
  const { loop, begun } = aLoop((key) => (key.startsWith('slow') ? { outside: never } : {}));
  for (const key of ['slow/1', 'slow/2', 'slow/3', 'quick/1']) loop.enqueue(key);
  await turn();
  expect(begun).toEqual(['slow/1', 'slow/2', 'slow/3', 'quick/1']);
});

test('a key that waits for a slow server does not tick twice at once, but again', async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
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
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
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
  let written = () => {};
  const writing = new Promise<void>((resolve) => {
    written = resolve;
  });
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
