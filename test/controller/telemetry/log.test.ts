import {
  createLogger,
  type LogEncoding,
  type LogLevel,
  parseLogEncoding,
  parseLogLevel,
} from '../../../controller/telemetry/log';
import { ManualClock } from '../gates/manual-clock';

function aLogger(level: LogLevel, encoding: LogEncoding = 'json') {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  return { lines, log: createLogger({ clock: new ManualClock(), level, encoding, stream }) };
}

test('json', () => {
  const { log, lines } = aLogger('info');
  log.with({ canary: 'podinfo.test' }).info('New revision detected', { weight: 10 });
  expect(lines).toEqual([
    '{"level":"info","ts":"2026-01-01T00:00:00.000Z","msg":"New revision detected","canary":"podinfo.test","weight":10}\n',
  ]);
});

test('console', () => {
  const { log, lines } = aLogger('info', 'console');
  log.error('two\nlines', { canary: 'podinfo.test' });
  log.info('bare');
  expect(lines).toEqual([
    '2026-01-01T00:00:00.000Z\tERROR\ttwo\\nlines\t{"canary":"podinfo.test"}\n',
    '2026-01-01T00:00:00.000Z\tINFO\tbare\n',
  ]);
});

test.each<[LogLevel, string[]]>([
  ['debug', ['debug', 'info', 'warn', 'error', 'fatal']],
  ['warn', ['warn', 'error', 'fatal']],
  ['error', ['error', 'fatal']],
  ['fatal', ['fatal']],
  ['panic', []],
])('level %s', (level, expected) => {
  const { log, lines } = aLogger(level);
  for (const each of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[each]('x');
  expect(lines.map((line) => JSON.parse(line).level)).toEqual(expected);
});

test('fields cannot forge a line, break one or lose one', () => {
  const { log, lines } = aLogger('info');
  const circular: Record<string, unknown> = { big: 1n, error: new Error('refused') };
  circular['self'] = circular;
  log.info('x', { level: 'fatal', msg: 'other', circular });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    msg: 'x',
    circular: { big: '1', error: 'refused', self: '[seen above]' },
  });
});

test('C45: `warning` is a level, an unknown one is refused with the known ones', () => {
  expect(parseLogLevel('warning')).toBe('warn');
  expect(parseLogLevel('INFO')).toBe('info');
  expect(() => parseLogLevel('loud')).toThrow(
    'unknown log level "loud", known are debug, info, warn, error, fatal, panic',
  );
  expect(parseLogEncoding('console')).toBe('console');
  expect(() => parseLogEncoding('xml')).toThrow('known are json, console');
});
