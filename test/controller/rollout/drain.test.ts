/** The drain lies between traffic and scale-down (invariant 3) also where the tick before knew nothing of that traffic. */
import { initialized } from './staged';

async function copied() {
  const stage = await initialized();
  stage.setImage('a:2');
  await stage.until('Promoting');
  return stage;
}

test('F#773, A#4195: routes that were written right before a crash are drained by the next process', async () => {
  const stage = await copied();
  // The promotion writes the routes first: the process ends before the status can tell of the drain.
  while (stage.rows.at(-1)?.routes !== '100/0') {
    stage.crash = { afterWrites: 0, takesEffect: true };
    await stage.after(2).catch(() => undefined);
  }
  stage.crash = undefined;
  stage.restart();
  await stage.settleTicks();
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Finalising', routes: '100/0', replicas: 1 });
  await stage.after(2);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Succeeded', replicas: 0 });
});

test('a split that somebody makes by hand in the drain gets a whole drain of its own', async () => {
  const stage = await copied();
  await stage.until('Finalising');
  stage.now += 1_500;
  stage.edit('VirtualService', 'podinfo', (object) => {
    const { http } = object['spec'] as { http: { route: { weight: number }[] }[] };
    http.at(-1)!.route[0]!.weight = 50;
    http.at(-1)!.route[1]!.weight = 50;
  });
  await stage.settleTicks();
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Finalising', routes: '100/0', replicas: 1 });
  stage.now += 1_000;
  await stage.settleTicks();
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Finalising', replicas: 1 });
  await stage.after(2);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Succeeded', replicas: 0 });
});

test('a route that is written late is drained from then on, not from when that was decided', async () => {
  const stage = await copied();
  stage.slow.set('VirtualService', 2_500);
  await stage.until('Finalising', 60);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Finalising', routes: '100/0', replicas: 1 });
  stage.now += 1_900;
  await stage.settleTicks();
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Finalising', replicas: 1 });
  await stage.after(0.1);
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Succeeded', replicas: 0 });
});

test('a step whose route is written late is measured a whole interval later', async () => {
  const stage = await initialized();
  stage.slow.set('VirtualService', 12_000);
  stage.setImage('a:2');
  await stage.settleTicks();
  expect(stage.rows.at(-1)).toMatchObject({ phase: 'Progressing', reason: 'NotDueYet', routes: '80/20' });
  await stage.after(9);
  expect(stage.rows.at(-1)).toMatchObject({ reason: 'NotDueYet', routes: '80/20' });
  await stage.after(1);
  expect(stage.rows.at(-1)).toMatchObject({ routes: '60/40' });
});
