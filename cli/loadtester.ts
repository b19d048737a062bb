/** `serin loadtester`: the hook endpoints as a process of their own. */
import type { Command } from 'commander';
import { realClock } from '../controller/clock';
import { environmentProxy } from '../controller/environment-proxy';
import { undiciHttp } from '../controller/http';
import { createLogger, parseLogEncoding, parseLogLevel } from '../controller/telemetry/log';
import { gateFile } from '../loadtester/gate-file';
import { keyFiles } from '../loadtester/key-file';
import { createLoadTester } from '../loadtester/load-tester';
import { parseDuration } from '../model/duration';
import type { Terminal } from './terminal';
import { EXIT, UsageError } from './usage-error';

export interface LoadTesterFlags {
  port: string;
  host: string;
  timeout: string;
  namespaceRegexp: string;
  programs: string;
  keyFolder: string;
  closeGatesAfterUse: boolean;
  gateFile: string;
  logLevel: string;
  zapEncoding: string;
}

/** Adds the flags to a command. */
export function loadTesterOptions(command: Command): Command {
  return command
    .description('Serves load tests (hey), checks (curl) and gates to the webhooks of Canaries, without a shell.')
    .usage('[flags]')
    .helpOption('-h, --help', 'print this help')
    .option('--port <n>', 'port to listen on', '9090')
    .option('--host <address>', 'address to listen on', '0.0.0.0')
    .option('--timeout <duration>', 'longest time of one task', '1h')
    .option('--namespace-regexp <pattern>', 'namespaces whose Canaries are served (whole name); empty: all', '')
    .option('--programs <names>', 'programs that hooks may run, without a shell: helm,kubectl,ghz,wrk', '')
    .option('--key-folder <path>', 'folder of the keys that concord tasks name', '/tmp')
    .option('--close-gates-after-use', 'an opened gate lets one revision pass', false)
    .option('--gate-file <path>', 'file where opened gates survive a restart', '')
    .option('--log-level <level>', 'debug, info, warn, error, fatal or panic', 'debug')
    .option('--zap-encoding <encoding>', 'json or console', 'json')
    .addHelpText(
      'after',
      '\nWith LOADTESTER_TOKEN set, tasks and gates need it as bearer token or basic password.\nOne dash works as well as two.',
    );
}

/** Serves until a signal. @returns the exit code */
export async function runLoadTesterVerb(flags: LoadTesterFlags, terminal: Terminal): Promise<number> {
  const clock = realClock();
  const log = createLogger({ clock, stream: terminal.stderr, ...logFlags(flags) });
  const { LOADTESTER_TOKEN: token, ...processEnv } = terminal.env;
  const http = undiciHttp({ proxyFor: environmentProxy(terminal.env) });
  const tester = createLoadTester({
    http,
    clock,
    random: Math.random,
    namespaceRegexp: patternFlag(flags.namespaceRegexp),
    timeoutMs: durationFlag(flags.timeout),
    log: ({ level, msg, canary }) => log[level](msg, canary === undefined ? {} : { canary }),
    ...(token && { token }),
    processEnv,
    programs: flags.programs.split(',').filter((name) => name !== ''),
    readKey: keyFiles([flags.keyFolder]),
    closeGatesAfterUse: flags.closeGatesAfterUse,
    ...(flags.gateFile && { gateStore: gateFile(flags.gateFile) }),
  });
  const listening = await tester.serve(portFlag(flags.port), flags.host);
  log.info(`load tester on ${flags.host}:${listening.port}`);
  log.info(`${await terminal.interrupted}: ending`);
  await tester.stop();
  await listening.close();
  await http.close();
  return EXIT.ok;
}

function logFlags(flags: LoadTesterFlags) {
  try {
    return { level: parseLogLevel(flags.logLevel), encoding: parseLogEncoding(flags.zapEncoding) };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function portFlag(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`flag --port takes a number from 0 to 65535, not "${text}"`);
}

function durationFlag(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new UsageError(`flag --timeout takes a duration such as 30m or 1h, not "${text}"`);
}

function patternFlag(text: string): string {
  try {
    new RegExp(text);
    return text;
  } catch {
    throw new UsageError(`flag --namespace-regexp takes a pattern, not "${text}"`);
  }
}
