import { realClock } from '../../controller/clock';

test('timers fire after their time, cancelled ones never, far ones not at once', async () => {
  const clock = realClock();
  const startMs = clock.now();
  const fired: string[] = [];
  const far = clock.after(2 ** 40, () => fired.push('far'));
  clock.after(5, () => fired.push('cancelled')).cancel();
  await new Promise<void>((resolve) => clock.after(10, resolve));
  far.cancel();
  expect(fired).toEqual([]);
  expect(clock.now()).toBeGreaterThanOrEqual(startMs);
});
