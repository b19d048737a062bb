import type { Http, HttpRequest, HttpResponse } from '../model/ports';
import {
  allValues,
  headerOf,
  lastValue,
  numberValue,
  type OptionKinds,
  type ParsedOptions,
  parseOptions,
  urlOf,
} from './options';
import type { CommandResult } from './program';
import { CommandRefused } from './words';

const OPTIONS: OptionKinds = {
  '-s': 'flag',
  '--silent': 'flag',
  '-S': 'flag',
  '--show-error': 'flag',
  '-f': 'flag',
  '--fail': 'flag',
  '-L': 'flag',
  '--location': 'flag',
  '-k': 'flag',
  '--insecure': 'flag',
  '-i': 'flag',
  '--include': 'flag',
  '-I': 'flag',
  '--head': 'flag',
  '-d': 'value',
  '--data': 'value',
  '--data-raw': 'value',
  '--data-binary': 'value',
  '-X': 'value',
  '--request': 'value',
  '-H': 'value',
  '--header': 'value',
  '-A': 'value',
  '--user-agent': 'value',
  '-b': 'value',
  '--cookie': 'value',
  '-u': 'value',
  '--user': 'value',
  '-o': 'value',
  '--output': 'value',
  '-w': 'value',
  '--write-out': 'value',
  '-m': 'value',
  '--max-time': 'value',
  '--connect-timeout': 'value',
};

const MAX_REDIRECTS = 10;
const MAX_OUTPUT = 64 * 1024;

export interface CurlCommand {
  request: HttpRequest;
  failOnError: boolean;
  follow: boolean;
  discard: boolean;
  includeHeaders: boolean;
  /** What `-w` prints at the end. */
  writeOut: string;
}

/**
 * Reads the words after `curl`.
 * @throws CommandRefused for an option that is not supported, files among them.
 */
export function parseCurl(args: string[]): CurlCommand {
  const parsed = parseOptions('curl', args, OPTIONS, true);
  const has = (...names: string[]) => lastValue(parsed, ...names) !== undefined;
  const output = lastValue(parsed, '-o', '--output');
  if (output !== undefined && output !== '/dev/null') {
    throw new CommandRefused(`curl: -o can only be /dev/null, files are not written`);
  }
  return {
    request: requestOf(parsed, has('-k', '--insecure')),
    failOnError: has('-f', '--fail'),
    follow: has('-L', '--location'),
    discard: output !== undefined,
    includeHeaders: has('-i', '--include', '-I', '--head'),
    writeOut: lastValue(parsed, '-w', '--write-out') ?? '',
  };
}

function requestOf(parsed: ParsedOptions, insecure: boolean): HttpRequest {
  const data = allValues(parsed, '-d', '--data', '--data-raw', '--data-binary');
  if (data.some((value) => value.startsWith('@'))) throw new CommandRefused('curl: data from a file is not supported');
  const head = lastValue(parsed, '-I', '--head') !== undefined;
  const fallback = head ? 'HEAD' : data.length > 0 ? 'POST' : 'GET';
  const request: HttpRequest = {
    method: lastValue(parsed, '-X', '--request') ?? fallback,
    url: urlOf('curl', parsed.operands),
    headers: headersOf(parsed, data.length > 0),
  };
  if (data.length > 0) request.body = data.join('&');
  if (insecure) request.insecureSkipVerify = true;
  const seconds = lastValue(parsed, '-m', '--max-time', '--connect-timeout');
  if (seconds !== undefined) request.timeoutMs = numberValue('curl', '--max-time', seconds, 0.001, 86_400) * 1000;
  return request;
}

function headersOf(parsed: ParsedOptions, hasData: boolean): Record<string, string> {
  const headers: Record<string, string> = { accept: '*/*' };
  if (hasData) headers['content-type'] = 'application/x-www-form-urlencoded';
  const agent = lastValue(parsed, '-A', '--user-agent');
  const cookie = lastValue(parsed, '-b', '--cookie');
  const user = lastValue(parsed, '-u', '--user');
  if (agent !== undefined) headers['user-agent'] = agent;
  if (cookie !== undefined) headers['cookie'] = cookie;
  if (user !== undefined) headers['authorization'] = `Basic ${Buffer.from(user).toString('base64')}`;
  for (const text of allValues(parsed, '-H', '--header')) {
    const [name, value] = headerOf('curl', text);
    headers[name] = value;
  }
  return headers;
}

/** Runs it; a failed request is an exit code as curl's, with its words as error output. */
export async function runCurl(http: Http, command: CurlCommand, signal: AbortSignal): Promise<CommandResult> {
  try {
    const response = await send(http, command, signal);
    if (command.failOnError && response.status >= 400) {
      return { exitCode: 22, output: '', errors: `curl: (22) The requested URL returned error: ${response.status}\n` };
    }
    const body = (await response.text()).slice(0, MAX_OUTPUT);
    return { exitCode: 0, output: printed(command, response, body), errors: '' };
  } catch (error) {
    return failure(new URL(command.request.url), error as { code?: string; message?: string });
  }
}

async function send(http: Http, { request, follow }: CurlCommand, signal: AbortSignal): Promise<HttpResponse> {
  let current: HttpRequest = { ...request, signal };
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await http(current);
    const target = response.headers['location'];
    if (!follow || response.status < 300 || response.status > 399 || target === undefined) return response;
    current = { ...current, url: new URL(target, current.url).href };
    if (response.status <= 303 && current.method === 'POST') {
      const { body: _dropped, ...withoutBody } = current;
      current = { ...withoutBody, method: 'GET' };
    }
  }
  throw Object.assign(new Error(`Maximum (${MAX_REDIRECTS}) redirects followed`), { code: 'REDIRECTS' });
}

function printed({ includeHeaders, discard, writeOut }: CurlCommand, response: HttpResponse, body: string): string {
  const headers = Object.entries(response.headers).map(([name, value]) => `${name}: ${value}\n`);
  const head = includeHeaders ? `HTTP/1.1 ${response.status}\n${headers.join('')}\n` : '';
  const tail = writeOut
    .replaceAll('%{http_code}', String(response.status))
    .replaceAll('%{response_code}', String(response.status))
    .replaceAll('\\n', '\n');
  return (discard ? '' : head + body) + tail;
}

function failure(url: URL, error: { code?: string; message?: string }): CommandResult {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const known: Record<string, [number, string]> = {
    ENOTFOUND: [6, `Could not resolve host: ${url.hostname}`],
    EAI_AGAIN: [6, `Could not resolve host: ${url.hostname}`],
    ECONNREFUSED: [7, `Failed to connect to ${url.hostname} port ${port}: Connection refused`],
    ETIMEDOUT: [28, 'Operation timed out'],
    EABORTED: [28, 'Operation cancelled'],
    REDIRECTS: [47, error.message ?? ''],
    ECONNRESET: [56, 'Recv failure: Connection reset by peer'],
  };
  const [exitCode, text] = known[error.code ?? ''] ?? [56, error.message ?? 'unknown failure'];
  return { exitCode, output: '', errors: `curl: (${exitCode}) ${text}\n` };
}
