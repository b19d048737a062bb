import type { MetricTemplate } from '../../model/canary';
import type { Measurement, MetricQuestion, ProbeAnswer, QueryVariables } from '../rollout/question';
import { type GroupingProvider, NO_DATA, type NoData, type ProviderType, QueryError } from './metric-provider';
import { ProviderSource, type ProviderSourceOptions, Unmeasurable } from './provider-source';
import { type BuiltinQuery, builtinQuery, type Reporter, requestCountQuery, SUCCESS_RATE } from './queries';
import { QueryBatches } from './query-batches';
import { renderQuery } from './render-query';

export type { BuiltinServer } from './provider-source';

export interface MetricAskerOptions extends ProviderSourceOptions {
  /** @defaultValue destination */
  reporter?: Reporter;
  /** Share queries between Canaries that ask the same built-in metric. @defaultValue true */
  batching?: boolean;
}

/** The window of a metric without interval (M1). */
const DEFAULT_INTERVAL = '1m';

/** Turns metric questions into measurements. Whatever goes wrong is an answer, never an exception and never a value. */
export class MetricAsker {
  private readonly source: ProviderSource;
  private readonly batches: QueryBatches | undefined;
  /** Looks at servers that are under way, by address. */
  private readonly probes = new Map<string, Promise<void>>();

  constructor(private readonly options: MetricAskerOptions) {
    this.source = new ProviderSource(options);
    if (options.batching !== false) this.batches = new QueryBatches(options.clock);
  }

  async measure(question: MetricQuestion, signal?: AbortSignal): Promise<Measurement> {
    try {
      return await this.measureSource(withInterval(question), signal);
    } catch (error) {
      if (error instanceof Unmeasurable) return { outcome: 'error', reason: error.reason, message: error.message };
      return { outcome: 'error', reason: 'QueryFailed', message: queryFailed(question, error) };
    }
  }

  /** Spec 4.5: asks the server of each metric whether it is there; the first that is not is the answer, as the `<err>` of its event. */
  async probe(questions: readonly MetricQuestion[], signal?: AbortSignal): Promise<ProbeAnswer> {
    for (const question of questions) {
      try {
        await this.probeOne(question, signal);
      } catch (error) {
        return { ok: false, message: (error as Error).message };
      }
    }
    return { ok: true };
  }

  private measureSource(question: MetricQuestion, signal: AbortSignal | undefined): Promise<Measurement> {
    if (question.source === 'builtin') return this.measureBuiltin(question, signal);
    if (question.source === 'inline') return this.measureInline(question, signal);
    return this.measureTemplate(question, signal);
  }

  private async measureBuiltin(question: MetricQuestion, signal: AbortSignal | undefined): Promise<Measurement> {
    const { metric, provider, variables } = question;
    const builtin = builtinQuery(metric.name, provider, variables, this.options.reporter);
    if (builtin === undefined) throw noSource();
    const server = await this.source.server(question.metricsServer);
    const [value, samples] = await Promise.all([
      this.answer(question, server, builtin, signal),
      this.samplesOf(question, server, signal),
    ]);
    if (value !== NO_DATA) {
      const { query, scale } = builtin;
      return { outcome: 'value', value: value * scale, query, ...(samples !== undefined && { samples }) };
    }
    const tail = metric.name === SUCCESS_RATE ? ': running query failed: no values found' : '';
    const message = `Halt advancement no values found for ${provider} metric ${metric.name} probably ${variables.target}.${variables.namespace} is not receiving traffic${tail}`;
    return { outcome: 'noData', message, query: builtin.query };
  }

  /** Asked only when somebody wants to know. No series is no request. */
  private async samplesOf(
    question: MetricQuestion,
    server: GroupingProvider,
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    const { metric, provider, variables } = question;
    if (metric.minSamples === undefined) return undefined;
    const count = requestCountQuery(provider, variables, this.options.reporter);
    const samples = await this.answer(question, server, count, signal);
    return samples === NO_DATA ? 0 : samples;
  }

  /** Together with what other Canaries ask at the same time, where that can be told apart. */
  private answer(
    { metricsServer }: MetricQuestion,
    server: GroupingProvider,
    { query, grouped }: BuiltinQuery,
    signal: AbortSignal | undefined,
  ): Promise<number | NoData> {
    if (grouped === undefined || signal !== undefined || this.batches === undefined) return server.query(query, signal);
    return this.batches.ask({ server, address: metricsServer, query, grouped });
  }

  private async measureInline(question: MetricQuestion, signal: AbortSignal | undefined): Promise<Measurement> {
    const { metric, variables } = question;
    if (!metric.query) throw noSource();
    const query = render(metric.query, variables, `Prometheus query failed for ${metric.name}: query render error`);
    const value = await (await this.source.server(question.metricsServer)).query(query, signal);
    if (value !== NO_DATA) return { outcome: 'value', value, query };
    return { outcome: 'noData', message: `Halt advancement no values found for metric: ${metric.name}`, query };
  }

  private async measureTemplate(question: MetricQuestion, signal: AbortSignal | undefined): Promise<Measurement> {
    const { metric, variables } = question;
    const label = `Metric template ${keyOf(question)}`;
    const template = existing(question, label);
    const provider = await this.source.ofTemplate(template, variables.interval, label);
    const query = render(template.spec.query, variables, `${label} query render error`, template.spec.provider.type);
    const value = await provider.query(query, signal);
    if (value !== NO_DATA) return { outcome: 'value', value, query };
    const message = `Halt advancement no values found for custom metric: ${metric.name}: no values found`;
    return { outcome: 'noData', message, query };
  }

  /** Canaries that begin together share one look at their server. */
  private probeOnce(address: string, server: GroupingProvider, signal: AbortSignal | undefined): Promise<void> {
    if (signal !== undefined) return server.probe(signal);
    const probe = this.probes.get(address) ?? server.probe().finally(() => this.probes.delete(address));
    this.probes.set(address, probe);
    return probe;
  }

  private async probeOne(question: MetricQuestion, signal: AbortSignal | undefined): Promise<void> {
    if (question.source !== 'template') {
      const server = await this.source.server(question.metricsServer).catch(asProbed);
      return this.probeOnce(question.metricsServer, server, signal).catch((error: Error) =>
        unavailable(`prometheus not avaiable: ${error.message}`, error),
      );
    }
    const label = `metric template ${keyOf(question)}`;
    const template = existing(question, label);
    const provider = await this.source.ofTemplate(template, withInterval(question).variables.interval, label);
    return provider
      .probe(signal)
      .catch((error: Error) =>
        unavailable(`${template.spec.provider.type} in ${label} not avaiable: ${error.message}`, error),
      );
  }
}

function withInterval(question: MetricQuestion): MetricQuestion {
  if (question.variables.interval !== '') return question;
  return { ...question, variables: { ...question.variables, interval: DEFAULT_INTERVAL } };
}

function noSource(): Unmeasurable {
  return new Unmeasurable('NoSource', 'Metric query failed for no usable metrics template and query were configured');
}

function keyOf({ template, templateKey, metric, variables }: MetricQuestion): string {
  if (templateKey !== undefined) return templateKey;
  const name = template?.metadata.name ?? metric.templateRef?.name;
  const namespace = template?.metadata.namespace ?? metric.templateRef?.namespace ?? variables.namespace;
  return `${name}.${namespace}`;
}

function existing(question: MetricQuestion, label: string): MetricTemplate {
  if (question.template !== undefined) return question.template;
  if (question.metric.templateRef === undefined && question.templateKey === undefined) throw noSource();
  const name = question.metric.templateRef?.name ?? question.templateKey;
  throw new Unmeasurable('TemplateNotFound', `${label} error: metrictemplates.flagger.app "${name}" not found`);
}

function render(template: string, variables: QueryVariables, label: string, type?: ProviderType): string {
  try {
    return renderQuery(template, variables, type);
  } catch (error) {
    throw new Unmeasurable('TemplateInvalid', `${label}: ${(error as Error).message}`);
  }
}

function queryFailed({ source, metric }: MetricQuestion, error: unknown): string {
  const why = error instanceof QueryError ? error.message : `unexpected: ${(error as Error).message}`;
  if (source === 'builtin') return `Prometheus query failed: running query failed: ${why}`;
  if (source === 'inline') return `Prometheus query failed for ${metric.name}: ${why}`;
  return `Metric query failed for ${metric.name}: ${why}`;
}

function asProbed(error: Error): never {
  throw new Error(error.message.replace(/^Error/, 'error'), { cause: error });
}

function unavailable(message: string, cause: Error): never {
  throw new Error(message, { cause });
}
