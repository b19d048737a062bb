/**
 * The rules of the resource definitions and of the controller, as Problems: thrown at synth time, a condition and an
 * event at run time. Any input is taken, whatever its types.
 */
import type { AlertProvider, Canary, MetricTemplate } from './canary';
import { at, isObject, textOf } from './json';
import type { Problem } from './problem';
import { type HouseRules, houseRules } from './rules/house-rules';
import { referenceRules } from './rules/references';
import { isUrl, Reader } from './rules/shape';
import { applyRules, type SharedRule } from './rules/shared-rule';
import { specRules } from './rules/spec';
import { TEMPLATE_WARNINGS } from './rules/template-warnings';
import { warningRules } from './rules/warnings';

export { isError, type Problem, problemText } from './problem';
export type { HouseRules } from './rules/house-rules';

export interface ValidateOptions {
  /** -no-cross-namespace-refs */
  noCrossNamespaceRefs?: boolean;
  /** The namespace of the object, filled in from its metadata. */
  namespace?: string;
  /** -mesh-provider: the provider of Canaries that name none. */
  provider?: string;
  /** -min-interval in milliseconds; @defaultValue 10000 */
  minIntervalMs?: number;
  /** Whether the Canary has been initialised; filled in from its status. */
  initialised?: boolean;
  /** What is asked of every Canary besides that it works. */
  houseRules?: HouseRules;
}

/** Everything that is wrong with a Canary, errors first. */
export function validate(canary: Canary, options: ValidateOptions = {}): Problem[] {
  const spec = specOf(canary);
  if (!('object' in spec)) return spec;
  const filledIn: ValidateOptions = {
    namespace: textOf(at(canary, 'metadata', 'namespace')) ?? 'default',
    initialised: Boolean(textOf(at(canary, 'status', 'lastPromotedSpec'))),
    ...options,
  };
  specRules(spec);
  applyRules(canaryRules(filledIn), spec);
  return inOrder(spec.problems);
}

/** What of the house rules alone a Canary breaks. */
export function houseProblems(canary: Canary, house: HouseRules): Problem[] {
  const spec = specOf(canary);
  if (!('object' in spec)) return [];
  applyRules(houseRules(house), spec);
  return inOrder(spec.problems);
}

/** The rules of a Canary that the API server can apply too, for a controller with those flags. */
export const canaryRules = (options: ValidateOptions = {}): readonly SharedRule[] => [
  ...referenceRules(options),
  ...houseRules(options.houseRules ?? {}),
  ...warningRules(options),
];

/** Rules read some fields twice: what is wrong about their types is said once. */
export function inOrder(problems: Problem[]): Problem[] {
  const said = new Set<string>();
  const all = problems.filter(({ path, message }) => {
    const text = `${path} ${message}`;
    return said.has(text) ? false : said.add(text) !== undefined;
  });
  return [...all.filter((problem) => problem.severity === 'error'), ...all.filter((p) => p.severity === 'warning')];
}

export function specOf(object: unknown): Reader | Problem[] {
  const spec = at(object, 'spec');
  if (isObject(spec)) return new Reader(spec, 'spec');
  const message = spec === undefined || spec === null ? 'is missing' : 'must be an object';
  return [{ path: 'spec', value: spec, message, remedy: 'set spec', severity: 'error' }];
}

const PROVIDER_TYPES = [
  'prometheus',
  'influxdb',
  'datadog',
  'externalmetrics',
  'stackdriver',
  'cloudwatch',
  'newrelic',
  'graphite',
  'dynatrace',
  'keptn',
  'splunk',
];
const NEED_ADDRESS = ['prometheus', 'influxdb', 'graphite', 'dynatrace', 'splunk'];
const NEED_SECRET = ['datadog', 'newrelic', 'dynatrace', 'splunk', 'stackdriver'];

/** Everything that is wrong with a MetricTemplate, errors first. */
export function validateMetricTemplate(template: MetricTemplate): Problem[] {
  const spec = specOf(template);
  if (!('object' in spec)) return spec;
  spec.text('query', { required: true, min: 1, max: 65_536 });
  const provider = spec.inner('provider', true);
  const type = provider?.choice('type', PROVIDER_TYPES, true);
  if (provider && type) providerRules(provider, type);
  applyRules(TEMPLATE_WARNINGS, spec);
  return inOrder(spec.problems);
}

function providerRules(provider: Reader, type: string): void {
  const address = provider.text('address', { max: 2048 });
  const schemes = type === 'splunk' ? ['http', 'https', 'wss'] : ['http', 'https'];
  if (NEED_ADDRESS.includes(type)) {
    if (!provider.has('address')) provider.error('address', 'is missing', `provider ${type} needs its base URL`);
    else if (address !== undefined && !isUrl(address, schemes)) {
      provider.error(
        'address',
        `must be an absolute URL of ${schemes.join(', ')}`,
        'write it like http://prometheus:9090',
      );
    }
  }
  const region = provider.text('region', { max: 64 });
  if (type === 'cloudwatch' && !region) provider.error('region', 'is missing', 'provider cloudwatch needs a region');
  provider.inner('secretRef')?.text('name', { required: true, min: 1, max: 253 });
  if (NEED_SECRET.includes(type) && !provider.has('secretRef')) {
    provider.error('secretRef', 'is missing', `provider ${type} needs a Secret with its credentials`);
  }
  headerRules(provider.map('headers', 64));
  provider.flag('insecureSkipVerify');
}

function headerRules(headers: Reader | undefined): void {
  for (const name of Object.keys(headers?.object ?? {})) {
    const tooLong = headers?.texts(name, 16).some((value) => value.length > 8192);
    if (tooLong) headers?.error(name, 'has a value of more than 8192 characters', 'shorten it');
  }
}

/** Everything that is wrong with an AlertProvider, errors first. */
export function validateAlertProvider(provider: AlertProvider): Problem[] {
  const spec = specOf(provider);
  if (!('object' in spec)) return spec;
  spec.choice('type', ['slack', 'msteams', 'discord', 'rocket', 'gchat'], true);
  for (const field of ['address', 'proxy']) spec.text(field, { max: 2048 });
  for (const field of ['channel', 'username']) spec.text(field, { max: 1024 });
  spec.inner('secretRef')?.text('name', { required: true, min: 1, max: 253 });
  if (!spec.has('address') && !spec.has('secretRef')) {
    spec.error('address', 'is missing', 'set address or secretRef');
  }
  return inOrder(spec.problems);
}
