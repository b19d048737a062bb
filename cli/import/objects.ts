/** The props of the three kinds. */
import { TrafficProvider } from '../../constructs/canary-props';
import { at, compact, isObject, type JsonObject, objectOf, textOf } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import { analysis } from './analysis';
import type { VariableOf } from './checks';
import { seconds } from './durations';
import { service } from './service';
import {
  fieldsOf,
  flag,
  list,
  literal,
  mapOf,
  member,
  type Names,
  number,
  type Props,
  struct,
  text,
  textMap,
  type Writer,
  written,
} from './written';

/** Props besides metadata, and the spec that the construct makes of them. */
export type ObjectWriter = (object: KubeObject, names: Names, variableOf: VariableOf) => Props;

const objectRef = struct({ apiVersion: text, kind: text, name: text }, 'apiVersion', 'kind', 'name');

export const canaryProps: ObjectWriter = (canary, names, variableOf) => {
  const spec = objectOf(canary['spec']);
  const target = objectRef(spec['targetRef'], names) ?? defaultTarget(canary);
  const rest = fieldsOf(
    spec,
    {
      provider: member('TrafficProvider', TrafficProvider),
      metricsServer: text,
      progressDeadlineSeconds: { prop: 'progressDeadline', write: seconds },
      ingressRef: { prop: 'ingress', write: objectRef },
      routeRef: { prop: 'route', write: objectRef },
      service,
      skipAnalysis: flag,
      revertOnDeletion: flag,
      suspend: flag,
    },
    names,
  );
  const judged = analysis(variableOf)(spec['analysis'], names);
  const parts = [autoscaler(spec['autoscalerRef'], names), upstream(spec['upstreamRef'], names), rest];
  return {
    entries: [['target', target.code], ...parts.flatMap(({ entries }) => entries), ['analysis', judged?.code ?? '']],
    made: Object.assign({ targetRef: target.made, analysis: judged?.made }, ...parts.map(({ made }) => made)),
  };
};

/** Only so that the program compiles: a Canary without a target is refused when it synthesises. */
function defaultTarget({ metadata }: KubeObject) {
  const made = { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name };
  return { code: literal(made), made };
}

const NOTHING: Props = { entries: [], made: {} };

function autoscaler(ref: unknown, names: Names): Props {
  const found = objectRef(ref, names);
  if (!found || !isObject(ref)) return NOTHING;
  const replicas = fieldsOf(
    objectOf(ref['primaryScalerReplicas']),
    { minReplicas: number, maxReplicas: number },
    names,
  );
  const queries = fieldsOf(ref, { primaryScalerQueries: { prop: 'queries', write: textMap } }, names);
  const scaler = [...replicas.entries, ...queries.entries];
  const bounded = replicas.entries.length > 0 ? { primaryScalerReplicas: replicas.made } : {};
  return {
    entries: [
      ['autoscaler', found.code],
      ...(scaler.length > 0
        ? [['primaryScaler', written({ entries: scaler, made: {} }).code] as [string, string]]
        : []),
    ],
    made: { autoscalerRef: { ...objectOf(found.made), ...bounded, ...queries.made } },
  };
}

function upstream(ref: unknown, names: Names): Props {
  const found = objectRef(ref, names);
  if (!found) return NOTHING;
  const namespace = textOf(at(ref, 'namespace'));
  const own: [string, string][] = namespace === undefined ? [] : [['upstreamNamespace', literal(namespace)]];
  return {
    entries: [['upstream', found.code], ...own],
    made: { upstreamRef: compact({ ...objectOf(found.made), namespace }) },
  };
}

/** The enums of the constructs that need cdk8s at run time, by the one value whose name is not its own in capitals. */
function kindOf(enumName: string, values: readonly string[]): Writer {
  const name = (value: string) => (value === 'externalmetrics' ? 'EXTERNAL_METRICS' : value.toUpperCase());
  return member(enumName, Object.fromEntries(values.map((value) => [name(value), value])));
}

const PROVIDERS =
  'prometheus influxdb datadog externalmetrics stackdriver cloudwatch newrelic graphite dynatrace keptn splunk';
const providerType = kindOf('MetricProviderType', PROVIDERS.split(' '));
const roomType = kindOf('AlertProviderType', ['slack', 'msteams', 'discord', 'rocket', 'gchat']);
const secretRef = { prop: 'secret', write: struct({ name: text }, 'name') };

export const metricTemplateProps: ObjectWriter = (template, names) => {
  const spec = objectOf(template['spec']);
  const provider = fieldsOf(
    objectOf(spec['provider']),
    {
      type: providerType,
      address: text,
      headers: mapOf(list(text)),
      secretRef,
      region: text,
      insecureSkipVerify: flag,
    },
    names,
  );
  orDefault(provider, 'MetricProviderType', 'PROMETHEUS', names);
  const query = textOf(spec['query']) ?? '';
  return {
    entries: [
      ['provider', written(provider).code],
      ['query', literal(query)],
    ],
    made: { provider: provider.made, query },
  };
};

export const alertProviderProps: ObjectWriter = (provider, names) => {
  const props = fieldsOf(
    objectOf(provider['spec']),
    { type: roomType, address: text, secretRef, channel: text, username: text, proxy: text },
    names,
  );
  orDefault(props, 'AlertProviderType', 'SLACK', names);
  return props;
};

/** A kind must be named; a patch names the one that the constructs do not know. */
function orDefault(props: Props, enumName: string, key: string, names: Names): void {
  if ('type' in props.made) return;
  names.add(enumName);
  props.entries.unshift(['type', `${enumName}.${key}`]);
  (props.made as JsonObject)['type'] = key.toLowerCase();
}
