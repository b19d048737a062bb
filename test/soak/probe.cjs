/**
 * Preloaded into the process that is watched (`node --expose-gc --require`): counts what it holds when its parent asks.
 * Nothing of the process itself is changed.
 */
const v8 = require('node:v8');

const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

/** How many of each there are. */
function tally(names) {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const listenersOf = (emitter) => emitter.eventNames().reduce((count, name) => count + emitter.listenerCount(name), 0);

async function count() {
  // What finalizers let go of in one round is collected in the next.
  for (let round = 0; round < 4; round++) {
    globalThis.gc();
    await turn();
  }
  const handles = process._getActiveHandles().filter((handle) => typeof handle?.eventNames === 'function');
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    resources: tally(process.getActiveResourcesInfo()),
    listeners: listenersOf(process) + handles.reduce((sum, handle) => sum + listenersOf(handle), 0),
    signals: v8.queryObjects(AbortSignal, { format: 'count' }),
    heapBytes: heapUsed + external,
    rssBytes: rss,
  };
}

process.on('message', async (ask) => {
  if (ask === 'count') process.send({ counted: await count() });
});
// Whoever watched is gone.
process.on('disconnect', () => process.exit(1));
// The channel must not keep the process alive.
process.channel?.unref();
