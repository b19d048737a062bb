import type { MetricTemplate } from '../../model/canary';
import type { Clock, Http } from '../../model/ports';
import type {
  Measurement,
  MeasurementErrorReason,
  MetricQuestion,
  ProbeAnswer,
  QueryVariables,
} from '../rollout/question';
import { type MetricProvider, NO_DATA, QueryError } from './metric-provider';
import { Prometheus, type PrometheusSettings } from './prometheus';
import { builtinQuery, type Reporter, SUCCESS_RATE } from './queries';
import { renderPromql } from './render-query';

export interface MetricAskerOptions {
  http: Http;
  clock: Clock;
  /** Reads the data of a Secret, decoded; undefined when there is none. */
  secret(namespace: string, name: string): Promise<Record<string, string> | undefined>;
  /** @defaultValue destination */
  reporter?: Reporter;
}

/** The window of a metric without interval (M1). */
const DEFAULT_INTERVAL = '1m';

/** Turns metric questions into measurements. Whatever goes wrong is an answer, never an exception and never a value. */
export class MetricAsker {
  constructor(private readonly options: MetricAskerOptions) {}

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
    const value = await this.server(question).query(builtin.query, signal);
    if (value !== NO_DATA) return { outcome: 'value', value: value * builtin.scale, query: builtin.query };
    const tail = metric.name === SUCCESS_RATE ? ': running query failed: no values found' : '';
    const message = `Halt advancement no values found for ${provider} metric ${metric.name} probably ${variables.target}.${variables.namespace} is not receiving traffic${tail}`;
    return { outcome: 'noData', message, query: builtin.query };
  }

  private async measureInline(question: MetricQuestion, signal: AbortSignal | undefined): Promise<Measurement> {
    const { metric, variables } = question;
    if (!metric.query) throw noSource();
    const query = render(metric.query, variables, `Prometheus query failed for ${metric.name}: query render error`);
    const value = await this.server(question).query(query, signal);
    if (value !== NO_DATA) return { outcome: 'value', value, query };
    return { outcome: 'noData', message: `Halt advancement no values found for metric: ${metric.name}`, query };
  }

  private async measureTemplate(question: MetricQuestion, signal: AbortSignal | undefined): Promise<Measurement> {
    const { metric, variables } = question;
    const label = `Metric template ${keyOf(question)}`;
    const template = existing(question, label);
    const provider = await this.templateProvider(template, label);
    const query = render(template.spec.query, variables, `${label} query render error`);
    const value = await provider.query(query, signal);
    if (value !== NO_DATA) return { outcome: 'value', value, query };
    const message = `Halt advancement no values found for custom metric: ${metric.name}: no values found`;
    return { outcome: 'noData', message, query };
  }

  private async probeOne(question: MetricQuestion, signal: AbortSignal | undefined): Promise<void> {
    if (question.source !== 'template') {
      const server = probed(() => this.server(question));
      return server
        .probe(signal)
        .catch((error: Error) => unavailable(`prometheus not avaiable: ${error.message}`, error));
    }
    const label = `metric template ${keyOf(question)}`;
    const template = existing(question, label);
    const provider = await this.templateProvider(template, label);
    return provider
      .probe(signal)
      .catch((error: Error) =>
        unavailable(`${template.spec.provider.type} in ${label} not avaiable: ${error.message}`, error),
      );
  }

  /** The Prometheus of built-in and inline queries. */
  private server({ metricsServer }: MetricQuestion): MetricProvider {
    try {
      return new Prometheus(this.options.http, this.options.clock, { address: metricsServer });
    } catch (error) {
      const { message } = error as Error;
      throw new Unmeasurable('ProviderInvalid', `Error building Prometheus client for ${metricsServer} ${message}`);
    }
  }

  /** @param label `Metric template <name>.<namespace>`, or the same with a small m for the texts of the probe. */
  private async templateProvider(template: MetricTemplate, label: string): Promise<MetricProvider> {
    const { provider } = template.spec;
    const invalid = (why: string) =>
      new Unmeasurable('ProviderInvalid', `${label} provider ${provider.type} error: ${why}`);
    if (provider.type !== 'prometheus') {
      throw invalid('this provider is not built yet, it comes with issue 2; use type prometheus until then');
    }
    const settings: PrometheusSettings = { address: provider.address ?? '' };
    if (provider.headers) settings.headers = provider.headers;
    if (provider.insecureSkipVerify) settings.insecureSkipVerify = true;
    if (provider.secretRef) settings.auth = authOf(await this.secretOf(template, label), invalid);
    try {
      return new Prometheus(this.options.http, this.options.clock, settings);
    } catch (error) {
      throw invalid((error as Error).message);
    }
  }

  private async secretOf(template: MetricTemplate, label: string): Promise<Record<string, string>> {
    const name = template.spec.provider.secretRef?.name ?? '';
    const failed = (why: string) => new Unmeasurable('SecretNotFound', `${label} secret ${name} error: ${why}`);
    let data: Record<string, string> | undefined;
    try {
      data = await this.options.secret(template.metadata.namespace ?? '', name);
    } catch (error) {
      throw failed((error as Error).message);
    }
    if (data === undefined) throw failed(`secrets "${name}" not found`);
    return data;
  }
}

/** An error measurement on its way up; the message is the event text. */
class Unmeasurable extends Error {
  constructor(
    readonly reason: MeasurementErrorReason,
    message: string,
  ) {
    super(message);
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

function render(template: string, variables: QueryVariables, label: string): string {
  try {
    return renderPromql(template, variables);
  } catch (error) {
    throw new Unmeasurable('TemplateInvalid', `${label}: ${(error as Error).message}`);
  }
}

function authOf(
  secret: Record<string, string>,
  invalid: (why: string) => Unmeasurable,
): NonNullable<PrometheusSettings['auth']> {
  const { token, username, password } = secret;
  if (token !== undefined) return { token: token.trim() };
  if (username === undefined || password === undefined) {
    throw invalid('the secret must have the key token, or the keys username and password');
  }
  return { username, password };
}

function queryFailed({ source, metric }: MetricQuestion, error: unknown): string {
  const why = error instanceof QueryError ? error.message : `unexpected: ${(error as Error).message}`;
  if (source === 'builtin') return `Prometheus query failed: running query failed: ${why}`;
  if (source === 'inline') return `Prometheus query failed for ${metric.name}: ${why}`;
  return `Metric query failed for ${metric.name}: ${why}`;
}

function probed(build: () => MetricProvider): MetricProvider {
  try {
    return build();
  } catch (error) {
    throw new Error((error as Error).message.replace(/^Error/, 'error'));
  }
}

function unavailable(message: string, cause: Error): never {
  throw new Error(message, { cause });
}
