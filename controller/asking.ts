/** Turns questions into answers through the ports, in parallel, and remembers what may be remembered. */
import type { Clock } from '../model/ports';
import type {
  Answers,
  ConfigAnswer,
  ConfigQuestion,
  GateAnswer,
  GateQuestion,
  Measurement,
  MetricQuestion,
  ProbeAnswer,
  ProbeQuestion,
  Question,
} from './rollout/question';

/** Who answers. None of them throws: whatever goes wrong is an answer. */
export interface AskPorts {
  clock: Clock;
  measure(question: MetricQuestion): Promise<Measurement>;
  probe(metrics: MetricQuestion[]): Promise<ProbeAnswer>;
  gate(question: GateQuestion): Promise<GateAnswer>;
  config(question: ConfigQuestion): Promise<ConfigAnswer>;
}

export const NO_ANSWERS: Answers = { metrics: new Map(), gates: new Map(), configs: new Map() };

/** The answers of one Canary; lives as long as the Canary. */
export class Asker {
  /** Config answers by id: good while the resourceVersion stays. */
  private readonly configs = new Map<string, { resourceVersion: string; answer: ConfigAnswer }>();
  /** Answers of gates that wait for somebody, by webhook and payload. */
  private readonly gates = new Map<string, { at: number; answer: GateAnswer }>();
  private probed: { at: number; of: string; answer: ProbeAnswer } | undefined;

  constructor(private readonly ports: AskPorts) {}

  /** The answers so far and those to the questions. */
  async ask(questions: Question[], so: Answers): Promise<Answers> {
    const metrics = new Map(so.metrics);
    const gates = new Map(so.gates);
    const configs = new Map(so.configs);
    let probe = so.probe;
    await Promise.all(
      questions.map(async (question) => {
        if (question.ask === 'metric') metrics.set(question.id, await this.ports.measure(question));
        else if (question.ask === 'gate') gates.set(question.id, await this.gate(question));
        else if (question.ask === 'config') configs.set(question.id, await this.config(question));
        else probe = await this.probe(question);
      }),
    );
    return { metrics, gates, configs, ...(probe && { probe }) };
  }

  private async config(question: ConfigQuestion): Promise<ConfigAnswer> {
    const known = this.configs.get(question.id);
    if (known?.resourceVersion === question.resourceVersion) return known.answer;
    const answer = await this.ports.config(question);
    const { resourceVersion } = question;
    if (answer.outcome === 'tracked' || answer.outcome === 'ignored') {
      this.configs.set(question.id, { resourceVersion, answer });
    }
    return answer;
  }

  private async gate(question: GateQuestion): Promise<GateAnswer> {
    if (question.reuseMs <= 0) return this.ports.gate(question);
    const key = JSON.stringify([question.webhook, question.payload]);
    const now = this.ports.clock.now();
    for (const [old, { at }] of this.gates) if (now - at > question.reuseMs) this.gates.delete(old);
    const known = this.gates.get(key);
    if (known) return known.answer;
    const answer = await this.ports.gate(question);
    this.gates.set(key, { at: now, answer });
    return answer;
  }

  /** Initialising ticks follow each other closely: one look a minute will do. */
  private async probe({ metrics, notBefore = 0 }: ProbeQuestion): Promise<ProbeAnswer> {
    const of = JSON.stringify(metrics);
    const now = this.ports.clock.now();
    const known = this.probed;
    if (known?.of === of && known.at >= notBefore && now - known.at < 60_000) return known.answer;
    const answer = await this.ports.probe(metrics);
    this.probed = { at: now, of, answer };
    return answer;
  }
}
