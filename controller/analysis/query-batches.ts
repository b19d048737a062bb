/**
 * Canaries that ask the same built-in metric at the same time share one query. Those that come in one turn of the event loop
 * go at once; those that come while their answer is under way, or within a moment after it left, go together. So the number
 * of queries grows with the kinds of question, and not with the Canaries.
 */
import type { Clock } from '../../model/ports';
import { type GroupingProvider, NO_DATA, type NoData, QueryError } from './metric-provider';
import { workloadKey } from './prometheus-result';
import type { GroupedQuery } from './queries';

/** Between two queries of one kind to one server: far above the time of one, a little less than a tenth of a second that ticks may lie apart (clock.ts). */
const GAP_MS = 90;
/** Workloads of one query: with names of 40 characters some 120 KB, which servers take. */
const MOST_WORKLOADS = 1_000;
/** Kinds of question that are remembered. */
const MOST_LINES = 256;
/** How long a server that refused a shared query is asked one by one. */
const APART_MS = 600_000;

export interface SharedQuestion {
  server: GroupingProvider;
  /** Of the server; what is asked of one address shares credentials. */
  address: string;
  /** For this workload alone. */
  query: string;
  grouped: GroupedQuery;
}

interface Waiting extends SharedQuestion {
  resolve(value: number | NoData): void;
  reject(error: unknown): void;
}

/** The questions of one kind to one server. */
interface Line {
  waiting: Waiting[];
  asking: boolean;
  /** When the last query left, Unix milliseconds. */
  sentAt: number;
  /** Workloads of the last query. */
  last: Set<string>;
  timed: boolean;
  /** Workloads that one query may ask about; halved when the server cannot answer in time. */
  most: number;
}

export class QueryBatches {
  private readonly lines = new Map<string, Line>();
  /** Servers that do not take shared queries: until when they are asked one by one, Unix milliseconds. */
  private readonly apart = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** The same answer as `server.query(query)`. @throws QueryError */
  ask(question: SharedQuestion): Promise<number | NoData> {
    if (this.isApart(question.address)) return question.server.query(question.query);
    const key = `${question.address} ${question.grouped.kind}`;
    return new Promise((resolve, reject) => {
      const line = this.lines.get(key) ?? this.newLine(key);
      line.waiting.push({ ...question, resolve, reject });
      this.advance(line);
    });
  }

  private isApart(address: string): boolean {
    const until = this.apart.get(address);
    if (until === undefined) return false;
    if (this.clock.now() < until) return true;
    this.apart.delete(address);
    return false;
  }

  /** Canaries may name servers of their own: lines that are at rest go when there are many. */
  private newLine(key: string): Line {
    if (this.lines.size >= MOST_LINES) {
      for (const [old, { waiting, asking }] of this.lines) if (!asking && waiting.length === 0) this.lines.delete(old);
    }
    const line: Line = {
      waiting: [],
      asking: false,
      sentAt: Number.NEGATIVE_INFINITY,
      last: new Set(),
      timed: false,
      most: MOST_WORKLOADS,
    };
    this.lines.set(key, line);
    return line;
  }

  private advance(line: Line): void {
    if (line.asking || line.timed || line.waiting.length === 0) return;
    line.timed = true;
    this.clock.after(this.restMs(line), () => {
      line.timed = false;
      void this.send(line);
    });
  }

  /** How long the questions wait for company. One workload that asks again has none. */
  private restMs({ waiting, sentAt, last }: Line): number {
    if (waiting.every(({ grouped }) => last.has(workloadKey(grouped.workload)))) return 0;
    const restMs = sentAt + GAP_MS - this.clock.now();
    // A clock that was set back must not hold the questions.
    return restMs <= GAP_MS ? restMs : 0;
  }

  private async send(line: Line): Promise<void> {
    const batch = line.waiting.splice(0, line.most);
    line.asking = true;
    line.sentAt = this.clock.now();
    line.last = new Set(batch.map(({ grouped }) => workloadKey(grouped.workload)));
    await this.answer(batch, line);
    line.asking = false;
    this.advance(line);
  }

  private async answer(batch: Waiting[], line: Line): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    const workloads = new Map(batch.map(({ grouped: { workload } }) => [workloadKey(workload), workload]));
    if (workloads.size === 1) return oneByOne(batch);
    try {
      const { server, grouped } = first;
      const answers = await server.queryEach(grouped.of([...workloads.values()]), grouped.labels);
      line.most = Math.min(line.most * 2, MOST_WORKLOADS);
      for (const { grouped: own, resolve } of batch) resolve(answers.get(workloadKey(own.workload)) ?? NO_DATA);
    } catch (error) {
      if (!(error instanceof QueryError) || error.code === 'Unreachable') {
        line.most = Math.max(1, Math.floor(workloads.size / 2));
        for (const { reject } of batch) reject(error);
        return;
      }
      this.apart.set(first.address, this.clock.now() + APART_MS);
      await oneByOne(batch);
    }
  }
}

async function oneByOne(batch: Waiting[]): Promise<void> {
  await Promise.all(batch.map(({ server, query, resolve, reject }) => server.query(query).then(resolve, reject)));
}
