/** One process of the controller: its clock may jump, its wire may break, and it may end at any moment. */
import { Controller } from '../controller/controller';
import { DEFAULT_SETTINGS } from '../controller/rollout/settings';
import type { Logger } from '../controller/telemetry/log';
import { Telemetry } from '../controller/telemetry/metrics';
import type { Clock, Http, HttpResponse, Timer } from '../model/ports';
import { uuids } from '../sandbox/random';
import { API_SERVER_URL } from '../sandbox/world';
import { NAMESPACE } from './objects';
import { type Sent, type Trouble, Wire } from './wire';

export interface ProcessOptions {
  identity: string;
  clock: Clock;
  http: Http;
  random: () => number;
  /** Whether there are others: then a leader is elected. */
  elects: boolean;
  /** Into how many shards they divide the Canaries instead. */
  shards?: number | undefined;
  trouble(process: Process, sent: Sent): Trouble | undefined;
  answered(process: Process, sent: Sent, response: HttpResponse, text: string): void;
  died(process: Process): void;
  log(line: string): void;
}

export class Process {
  readonly identity: string;
  readonly wire: Wire;
  /** What this process's clock is ahead of the others', milliseconds. */
  skewMs = 0;
  alive = true;
  readonly bornMs: number;
  private thawsMs = 0;
  private readonly controller: Controller;

  constructor(private readonly options: ProcessOptions) {
    const { clock, http, random, identity } = options;
    this.identity = identity;
    this.bornMs = clock.now();
    this.wire = new Wire({
      clock,
      http,
      trouble: (sent) => options.trouble(this, sent),
      answered: (sent, response, text) => options.answered(this, sent, response, text),
      die: () => this.kill(),
    });
    this.controller = new Controller({
      http: this.wire.send,
      clock: { now: () => clock.now() + this.skewMs, after: (ms, task) => this.after(ms, task) },
      random,
      uuid: uuids(random),
      server: API_SERVER_URL,
      settings: DEFAULT_SETTINGS,
      ...coordinationOf(options),
      log: this.logger(),
      telemetry: new Telemetry(),
      version: 'simulated',
    });
  }

  start(): void {
    void this.controller.start();
  }

  /** SIGKILL. */
  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    this.wire.cut();
    this.options.died(this);
  }

  /** SIGSTOP, and SIGCONT so much later: until then no timer fires and nothing is heard; what has left has left. */
  freeze(ms: number): void {
    this.thawsMs = this.options.clock.now() + ms;
    this.wire.freeze(ms);
  }

  /** SIGTERM: it says what is to be said, then it is gone. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    await this.controller.stop();
    this.kill();
  }

  /** Timers of a process end with it. */
  private after(ms: number, task: () => void): Timer {
    const { clock } = this.options;
    let timer = clock.after(ms, () => {
      if (!this.alive) return;
      const frozenMs = this.thawsMs - clock.now();
      if (frozenMs > 0) timer = this.after(frozenMs, task);
      else task();
    });
    return { cancel: () => timer.cancel() };
  }

  private logger(): Logger {
    const say = (level: string) => (message: string) => {
      if (this.alive) this.options.log(`${this.identity} ${level} ${message}`);
    };
    const logger: Logger = {
      debug: say('debug'),
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      fatal: say('fatal'),
      with: () => logger,
    };
    return logger;
  }
}

function coordinationOf({ identity, elects, shards }: ProcessOptions) {
  if (shards !== undefined) return { shards: { identity, namespace: NAMESPACE, count: shards } };
  return elects ? { leaderElection: { identity, namespace: NAMESPACE } } : {};
}
