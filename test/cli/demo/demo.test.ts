import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import { runCommandLine } from '../../../cli/command-line';
import type { Result } from '../../../cli/demo/demo-state';
import { Lens } from '../../../cli/demo/lens';
import { play } from '../../../cli/demo/play';
import { SCENARIOS, type Scenario } from '../../../cli/demo/scenarios';
import { embeddedCluster } from '../../../cli/embedded-cluster';
import { VirtualClock } from '../../../sandbox/clock';
import { aTerminal } from '../fake-terminal';

interface Line {
  time?: string;
  scenario: string;
  type?: string;
  message?: string;
  phase?: string;
  weight?: number;
  outcome?: string;
  ok?: boolean;
}

/** Plays on a virtual clock and returns what became of it. */
async function played(scenarios: readonly Scenario[]): Promise<Result[]> {
  const clock = new VirtualClock();
  const cluster = embeddedCluster({ clock, withController: true, scrapeIntervalMs: 2_000 });
  const { sandbox, client } = cluster;
  let results: Result[] | undefined;
  const work = cluster
    .start()
    .then(() => play({ clock, sandbox, client, lens: new Lens(sandbox) }, scenarios, () => undefined))
    .then((ended) => {
      results = ended;
    });
  await clock.runUntil(() => results !== undefined, { limitMs: 20 * 60_000 });
  await work;
  sandbox.stop();
  return results!;
}

describe('serin demo --speed max --json --exit', () => {
  let lines: Line[];
  let code: number;
  const eventsOf = (scenario: string) => lines.filter((one) => one.scenario === scenario && one.message !== undefined);
  const messagesOf = (scenario: string) => eventsOf(scenario).map(({ message }) => message!);
  const about = (scenario: string, word: string) => messagesOf(scenario).filter((message) => message.startsWith(word));

  beforeAll(async () => {
    const { terminal, written } = aTerminal();
    code = await runCommandLine(['demo', '--speed', 'max', '--json', '--exit'], terminal);
    expect(written.err).toBe('');
    lines = written.out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
  });

  test('every release ends as it should', () => {
    const outcomes = lines.filter(({ outcome }) => outcome !== undefined);
    expect(outcomes).toMatchObject([
      { scenario: 'promote', outcome: 'Succeeded', expected: 'Succeeded', ok: true, users: { errors: 0 } },
      { scenario: 'rollback', outcome: 'Failed', expected: 'Failed', ok: true },
      { scenario: 'mirror', outcome: 'Succeeded', expected: 'Succeeded', ok: true, users: { errors: 0 } },
    ]);
    expect(code).toBe(0);
  });

  test('the good release goes up step by step', () => {
    expect(messagesOf('bootstrap').at(-1)).toBe('Initialization done! podinfo.test');
    expect(about('promote', 'Advance')).toEqual(
      [10, 20, 30, 40, 50].map((weight) => `Advance podinfo.test canary weight ${weight}`),
    );
    expect(messagesOf('promote').at(-1)).toBe('Promotion completed! Scaling down podinfo.test');
  });

  test('the bad release is halted until the threshold, then all traffic is the primary’s', () => {
    expect(about('rollback', 'Advance')).toHaveLength(2);
    expect(about('rollback', 'Halt podinfo.test advancement success rate')).toHaveLength(3);
    expect(eventsOf('rollback').at(-1)).toMatchObject({
      type: 'Warning',
      message: 'Canary failed! Scaling down podinfo.test',
      phase: 'Failed',
      weight: 0,
    });
  });

  test('the mirrored release gets copies, then everything, then is promoted', () => {
    expect(about('mirror', 'Advance')).toEqual(
      [1, 2, 3, 4, 5].map((step) => `Advance podinfo.test canary iteration ${step}/5`),
    );
    expect(about('mirror', 'Halt')).toEqual([]);
    expect(messagesOf('mirror').at(-1)).toBe('Promotion completed! Scaling down podinfo.test');
  });

  test('an outcome is the last line of its scenario', () => {
    for (const scenario of ['promote', 'rollback', 'mirror']) {
      expect(lines.filter((one) => one.scenario === scenario).at(-1)).toHaveProperty('outcome');
    }
    expect(lines.at(-1)).toMatchObject({ scenario: 'mirror', ok: true });
  });

  test('events carry time, phase and live weight, in order', () => {
    const events = lines.filter(({ message }) => message !== undefined);
    const times = events.map(({ time }) => Date.parse(time!));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const advance = events.find(({ message }) => message === 'Advance podinfo.test canary weight 30');
    expect(advance).toMatchObject({ type: 'Normal', reason: 'Synced', phase: 'Progressing', weight: 30 });
  });
});

test('plain lines say the same for people, and one scenario can be played alone', async () => {
  const { terminal, written } = aTerminal();
  const code = await runCommandLine(['demo', '--speed', 'max', '--exit', '--scenario', 'rollback'], terminal);
  expect(code).toBe(0);
  expect(written.out).toMatch(/\n +\d:\d\d {2}Warning {2}Failed +0% {2}Canary failed! Scaling down podinfo\.test\n/);
  expect(written.out).toMatch(/\n✔ rollback {2}Failed/);
  expect(written.out).not.toContain('mirror');
  // No TTY, no colours.
  expect(written.out).not.toContain('\u001b');
});

test('a release that does not end as it should is told, with the reasons', async () => {
  const [promote] = SCENARIOS as [Scenario];
  const turnsBad = { atWeight: 10, behaviour: { errorRate: 0.5 } };
  const [result] = await played([{ ...promote, turnsBad }]);
  expect(result).toMatchObject({ scenario: 'promote', outcome: 'Failed', expected: 'Succeeded', ok: false });
  expect(result!.problems).toEqual([
    'it ended Failed',
    'the primary runs 3.1.0, not 3.1.1',
    expect.stringMatching(/^users saw \d+ errors$/),
  ]);
});

test('on a terminal it is one picture, and nothing is left behind', async () => {
  const { terminal, written } = aTerminal({ TERM: 'xterm' }, { columns: 80, rows: 24 });
  const code = await runCommandLine(['demo', '--scenario', 'promote', '--speed', '300', '--exit'], terminal);
  expect(code).toBe(0);
  expect(written.out).toContain('300 times as fast');
  expect(written.out).toContain('\u001b[32m');
  const kubeconfig = /KUBECONFIG=(\S+?kubeconfig)/.exec(written.out)?.[1] ?? '';
  expect(kubeconfig).toContain(tmpdir());
  expect(existsSync(kubeconfig)).toBe(false);
  expect(stripVTControlCharacters(written.out)).toMatch(
    /✔ promote {3}Succeeded.*\n\nEvery release ended as it should\.\n$/s,
  );
});

test('Ctrl-C half-way ends it cleanly, with a code of its own', async () => {
  const { terminal, written, interrupt } = aTerminal();
  const ended = runCommandLine(['demo', '--scenario', 'promote', '--json'], terminal);
  for (let tries = 0; tries < 400 && !written.out.includes('Initialization done'); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  interrupt();
  expect(await ended).toBe(130);
  expect(written.out).not.toContain('outcome');
});

test('after the scenarios the cluster stays until Ctrl-C', async () => {
  const { terminal, written, interrupt } = aTerminal();
  const ended = runCommandLine(['demo', '--scenario', 'promote', '--speed', 'max'], terminal);
  for (let tries = 0; tries < 400 && !written.out.includes('The cluster is still there'); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const kubeconfig = /--kubeconfig (\S+)/.exec(written.out)?.[1] ?? '';
  expect(existsSync(kubeconfig)).toBe(true);
  interrupt();
  expect(await ended).toBe(0);
  expect(existsSync(kubeconfig)).toBe(false);
});

test('the exit code is 1 when an outcome is not the right one', async () => {
  const [promote] = SCENARIOS as [Scenario];
  const expected = promote.expected;
  promote.expected = 'Failed';
  try {
    const { terminal, written } = aTerminal();
    const args = ['demo', '--speed', 'max', '--exit', '--scenario', 'promote'];
    expect(await runCommandLine(args, terminal)).toBe(1);
    expect(written.out).toContain('1 of 1 releases did not end as they should.');
  } finally {
    promote.expected = expected;
  }
});
