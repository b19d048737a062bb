import type { MetricTemplate } from '../../model/canary';
import type { Clock, Http, OpenSocket } from '../../model/ports';
import { redactedUrl, secretsOfUrl, withoutSecrets } from '../../model/redaction';
import type { MeasurementErrorReason } from '../rollout/question';
import { discreet, discreetServer, headerSecrets, secretsOf } from './discreet-provider';
import type { ClusterApi, GroupingProvider, MetricProvider, ProviderGiven } from './metric-provider';
import { accessOf, Prometheus, type PrometheusSettings } from './prometheus';
import { providerFactories } from './providers';

export interface ProviderSourceOptions {
  http: Http;
  clock: Clock;
  /** Reads the data of a Secret, decoded; undefined when there is none. */
  secret(namespace: string, name: string): Promise<Record<string, string> | undefined>;
  /** Absent: splunk cannot be asked. */
  openSocket?: OpenSocket;
  /** The cluster's own API, for externalmetrics without an address. */
  cluster?: ClusterApi;
  /** How the server of built-in and inline queries is asked (M12). */
  builtinServer?: BuiltinServer;
}

export interface BuiltinServer {
  /** The only server that gets the credentials: another one may be named by anyone who may write a Canary. */
  address: string;
  /** With the keys of a prometheus template's secret. */
  secret?: { namespace: string; name: string };
  /** @defaultValue 5000 */
  timeoutMs?: number;
  insecureSkipVerify?: boolean;
}

/** An error measurement on its way up; the message is the event text. */
export class Unmeasurable extends Error {
  constructor(
    readonly reason: MeasurementErrorReason,
    message: string,
  ) {
    super(message);
  }
}

/** Makes the providers that questions are about, with what their secrets hold at this moment. */
export class ProviderSource {
  private readonly factories = providerFactories();

  constructor(private readonly options: ProviderSourceOptions) {}

  /** The Prometheus of built-in and inline queries. */
  async server(metricsServer: string): Promise<GroupingProvider> {
    try {
      const { secrets, ...access } = await this.accessTo(metricsServer);
      const server = new Prometheus(this.options.http, this.options.clock, { address: metricsServer, ...access });
      return discreetServer(server, [...secretsOfUrl(metricsServer), ...secrets]);
    } catch (error) {
      const text = `Error building Prometheus client for ${redactedUrl(metricsServer)} ${(error as Error).message}`;
      throw new Unmeasurable('ProviderInvalid', text);
    }
  }

  private async accessTo(metricsServer: string): Promise<Omit<PrometheusSettings, 'address'> & { secrets: string[] }> {
    const { builtinServer: known } = this.options;
    if (known === undefined || known.address !== metricsServer) return { secrets: [] };
    const { secret, timeoutMs, insecureSkipVerify } = known;
    const data = secret && (await this.options.secret(secret.namespace, secret.name));
    if (secret && data === undefined) throw new Error(`secrets "${secret.name}" not found`);
    return {
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(insecureSkipVerify && { insecureSkipVerify }),
      ...(data && accessOf(data)),
      secrets: data ? secretsOf(data) : [],
    };
  }

  /** @param label `Metric template <name>.<namespace>`, or the same with a small m for the texts of the probe. */
  async ofTemplate(template: MetricTemplate, interval: string, label: string): Promise<MetricProvider> {
    const { provider: spec } = template.spec;
    const { namespace } = template.metadata;
    const given: ProviderGiven = { spec, interval, ...(namespace && { namespace }) };
    if (spec.secretRef) given.secret = await this.secretOf(template, label);
    const invalid = (why: string) =>
      new Unmeasurable('ProviderInvalid', `${label} provider ${spec.type} error: ${why}`);
    const factory = this.factories[spec.type];
    if (factory === undefined) {
      throw invalid(`there is no such provider, there are ${Object.keys(this.factories).sort().join(', ')}`);
    }
    const secrets = [
      ...secretsOf(given.secret ?? {}),
      ...secretsOfUrl(spec.address ?? ''),
      ...headerSecrets(spec.headers),
    ];
    try {
      return discreet(factory(this.options, given), secrets);
    } catch (error) {
      throw invalid(withoutSecrets((error as Error).message, secrets));
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
