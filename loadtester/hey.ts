import { parseDuration } from '../model/duration';
import type { Load } from './load';
import { allValues, headerOf, lastValue, numberValue, type OptionKinds, parseOptions, urlOf } from './options';
import { CommandRefused } from './words';

const OPTIONS: OptionKinds = {
  '-n': 'value',
  '-c': 'value',
  '-q': 'value',
  '-z': 'value',
  '-m': 'value',
  '-H': 'value',
  '-t': 'value',
  '-A': 'value',
  '-d': 'value',
  '-T': 'value',
  '-a': 'value',
  '-host': 'value',
  '-cpus': 'value',
  '-disable-compression': 'flag',
  '-disable-keepalive': 'flag',
  '-disable-redirects': 'flag',
};

const MAX_CONCURRENCY = 500;

/**
 * Reads the words after `hey`. Rate is per worker, as there.
 * @throws CommandRefused for what the built-in generator cannot do.
 */
export function parseHey(args: string[]): Load {
  // hey is a Go program: `--z 1m` is `-z 1m`
  const words = args.map((word) => word.replace(/^--(?=[a-z])/, '-'));
  const parsed = parseOptions('hey', words, OPTIONS, false);
  const number = (option: string, fallback: number, min: number, max: number) =>
    numberValue('hey', option, lastValue(parsed, option) ?? String(fallback), min, max);
  const qps = number('-q', 0, 0, 1_000_000);
  const duration = lastValue(parsed, '-z');
  const load: Load = {
    url: urlOf('hey', parsed.operands),
    method: (lastValue(parsed, '-m') ?? 'GET').toUpperCase(),
    headers: headersOf(parsed),
    concurrency: Math.trunc(number('-c', 50, 1, MAX_CONCURRENCY)),
    timeoutMs: number('-t', 20, 0, 86_400) * 1000,
  };
  const body = lastValue(parsed, '-d');
  if (body !== undefined) load.body = body;
  if (qps > 0) load.qps = qps;
  if (duration === undefined) load.requests = Math.trunc(number('-n', 200, 1, 1e9));
  else load.durationMs = durationOf(duration);
  return load;
}

function headersOf(parsed: ReturnType<typeof parseOptions>): Record<string, string> {
  const headers = Object.fromEntries(allValues(parsed, '-H').map((text) => headerOf('hey', text)));
  const accept = lastValue(parsed, '-A');
  const type = lastValue(parsed, '-T');
  const host = lastValue(parsed, '-host');
  const user = lastValue(parsed, '-a');
  if (accept !== undefined) headers['accept'] = accept;
  if (type !== undefined) headers['content-type'] = type;
  if (host !== undefined) headers['host'] = host;
  if (user !== undefined) headers['authorization'] = `Basic ${Buffer.from(user).toString('base64')}`;
  if (lastValue(parsed, '-d') !== undefined) headers['content-type'] ??= 'text/html';
  return headers;
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new CommandRefused(`hey: -z "${text}" is not a duration such as 30s or 1m`);
  return ms;
}
