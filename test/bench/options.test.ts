import { readOptions, UsageError } from '../../bench/scale/options';

const options = (...args: string[]) => readOptions(args, '/serin');

test('without arguments it measures Serin with a hundred Canaries', () => {
  const { canaries, progressing, contestants, takeover } = options();
  expect({ canaries, progressing, takeover }).toEqual({ canaries: [100], progressing: [0, 10, 100], takeover: 100 });
  expect(contestants.map(({ name }) => name)).toEqual(['serin']);
  expect(contestants[0]?.command).toContain('--enable-leader-election');
});

test('several processes of Serin share by Leases', () => {
  const [serin] = options('--processes', '3').contestants;
  expect(serin?.command).toContain('--shards=24');
  expect(serin?.command).not.toContain('--enable-leader-election');
});

test('controllers have names and commands in words', () => {
  const given = options(
    '--controller',
    "one=/bin/one -k={kubeconfig} 'a b'",
    '--controller',
    '/usr/bin/other -p {port}',
  );
  expect(given.contestants).toEqual([
    { name: 'one', command: ['/bin/one', '-k={kubeconfig}', 'a b'] },
    { name: 'other', command: ['/usr/bin/other', '-p', '{port}'] },
  ]);
});

test.each([
  [['--canaries', 'many'], '--canaries takes whole numbers from 0 on, not "many"'],
  [['--steps', '11'], '--steps is at most 10'],
  [['--window', '60'], '--window is longer than the steps last'],
  [['--controller', 'a | b'], 'without operators of a shell'],
  [['--fast'], '--help'],
])('%j is refused', (args, text) => {
  expect(() => options(...args)).toThrow(UsageError);
  expect(() => options(...args)).toThrow(text);
});
