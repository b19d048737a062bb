/** The troubles that wait for their request, and those that last: faults of the ports. */
import type { HttpResponse } from '../model/ports';
import type { MishapKind } from './mishap';
import type { Process } from './process';
import { answer, type Port, type Sent, type Trouble } from './wire';

/** A trouble that meets requests until it is used up or over. */
export interface Ambush {
  kind: MishapKind;
  port: Port;
  /** Writes only. */
  writes?: boolean;
  /** One process only. */
  of?: string;
  /** How many requests it still meets. */
  left: number;
  /** When it is over, in the clock's time. */
  untilMs: number;
  trouble: (sent: Sent) => Trouble | undefined;
}

export class Troubles {
  private ambushes: Ambush[] = [];
  /** What each answer of the API server takes, beside all other trouble. */
  slowMs = 0;

  constructor(
    private readonly now: () => number,
    private readonly struck: (kind: MishapKind) => void,
  ) {}

  lay(ambush: Ambush): void {
    this.ambushes.push(ambush);
  }

  /** Everything works again. */
  end(): void {
    this.ambushes = [];
    this.slowMs = 0;
  }

  /** Whether anything is still to come or under way. */
  get lasting(): readonly Ambush[] {
    this.ambushes = this.ambushes.filter(({ left, untilMs }) => left > 0 && untilMs > this.now());
    return this.ambushes;
  }

  readonly meet = (process: Process, sent: Sent): Trouble | undefined => {
    const trouble = this.ambushed(process, sent);
    if (this.slowMs === 0 || sent.port !== 'api') return trouble;
    return { answerMs: this.slowMs, ...trouble };
  };

  private ambushed(process: Process, sent: Sent): Trouble | undefined {
    for (const ambush of this.lasting) {
      if (!fits(ambush, process, sent)) continue;
      const trouble = ambush.trouble(sent);
      if (trouble === undefined) continue;
      ambush.left--;
      this.struck(ambush.kind);
      return trouble;
    }
    return undefined;
  }
}

const fits = ({ port, writes, of }: Ambush, process: Process, sent: Sent): boolean =>
  port === sent.port && (!writes || sent.write) && (of === undefined || of === process.identity);

/** A failure as the API server says it. */
export function failure(code: number, reason: string): HttpResponse {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, message: `simulated ${reason}` };
  return answer(code, JSON.stringify(body), code === 429 ? { 'retry-after': '1' } : {});
}
