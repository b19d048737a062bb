/** The construct program of some manifests. */
import { at, isObject, type JsonObject, textOf } from '../../model/json';
import type { KubeObject } from '../../model/kube';
import type { VariableOf } from './checks';
import { alertProviderProps, canaryProps, metricTemplateProps, type ObjectWriter } from './objects';
import { type Patch, patchCode, patchesBetween } from './patches';
import { literal, type Names, objectCode, quoted } from './written';

interface Kind {
  write: ObjectWriter;
  /** Of the variable and the construct's id. */
  word: string;
}

/** In the order of the program: what is referred to comes first. */
const KINDS: Readonly<Record<string, Kind>> = {
  MetricTemplate: { write: metricTemplateProps, word: 'template' },
  AlertProvider: { write: alertProviderProps, word: 'alerts' },
  Canary: { write: canaryProps, word: 'canary' },
};

/** What can be imported. */
export const OUR_KINDS: readonly string[] = Object.keys(KINDS);

/** Whether an object is of our API group. */
export const isOfOurGroup = ({ apiVersion }: KubeObject): boolean => apiVersion?.startsWith('flagger.app/') === true;

/** Whether an object can be imported. */
export const isOurs = (object: KubeObject): boolean => isOfOurGroup(object) && OUR_KINDS.includes(object.kind);

const CDK8S = ['App', 'Chart', 'Duration', 'JsonPatch'];

/**
 * TypeScript that synthesises the same objects: apiVersion, kind, metadata and spec, without what the server fills in.
 * @param objects those for which `isOurs` holds
 * @param source where they are from, for the first line
 */
export function programOf(objects: readonly KubeObject[], source: string): string {
  const inOrder = Object.keys(KINDS).flatMap((kind) => objects.filter((object) => object.kind === kind).map(asApplied));
  const [first] = inOrder;
  const namespaces = new Set(inOrder.map((object) => object.metadata.namespace));
  const shared = namespaces.size === 1 ? first?.metadata.namespace : undefined;
  const names: Names = new Set(['App', 'Chart']);
  const statements = statementsOf(inOrder, shared, names);
  const chartId = (inOrder.at(-1) ?? first)?.metadata.name ?? 'release';
  const chartProps = shared === undefined ? '' : `, { namespace: ${quoted(shared)} }`;
  const imported = (wanted: (name: string) => boolean) => [...names].filter(wanted).sort().join(', ');
  return [
    `/** Written by \`serin import ${source.replaceAll('*/', '* /').replaceAll('\n', ' ')}\`. */`,
    `import { ${imported((name) => CDK8S.includes(name))} } from 'cdk8s';`,
    `import { ${imported((name) => !CDK8S.includes(name))} } from 'serin';`,
    '',
    'const app = new App();',
    `const chart = new Chart(app, ${quoted(chartId)}${chartProps});`,
    '',
    ...statements.flatMap((statement) => [statement, '']),
    'app.synth();',
    '',
  ].join('\n');
}

/** What the props of the object's construct cannot say. */
export function patchesOf(object: KubeObject): Patch[] {
  const names: Names = new Set();
  return construct(asApplied(object), { shared: undefined, names, variableOf: () => undefined }).patches;
}

function statementsOf(objects: readonly KubeObject[], shared: string | undefined, names: Names): string[] {
  const variables = variablesOf(objects);
  const used = new Set<string>();
  const bodies = objects.map((object) => {
    const home = object.metadata.namespace;
    const variableOf: VariableOf = (kind, name, namespace = home) => {
      const other = objects.find(
        (one) => one.kind === kind && one.metadata.name === name && one.metadata.namespace === namespace,
      );
      const variable = other && variables.get(other);
      if (variable !== undefined) used.add(variable);
      return variable;
    };
    return construct(object, { shared, names, variableOf });
  });
  return objects.map((object, index) => {
    const variable = variables.get(object) ?? '';
    const { kind, props, patches } = bodies[index] ?? { kind: '', props: '', patches: [] };
    names.add(kind);
    const id = variable.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/^_/, '');
    const made = `new ${kind}(chart, ${quoted(id)}, ${props});`;
    if (patches.length === 0) return used.has(variable) ? `const ${variable} = ${made}` : made;
    names.add('JsonPatch');
    const lines = patches.map((patch) => `${variable}.apiObject.addJsonPatch(${patchCode(patch)});`);
    return [`const ${variable} = ${made}`, '// Written as the manifest has it.', ...lines].join('\n');
  });
}

interface Surroundings {
  shared: string | undefined;
  names: Names;
  variableOf: VariableOf;
}

function construct(object: KubeObject, { shared, names, variableOf }: Surroundings) {
  const { kind, metadata } = object;
  const { entries, made } = (KINDS[kind] as Kind).write(object, names, variableOf);
  const inherited = {
    ...(shared === undefined ? {} : { namespace: shared }),
    ...(kind === 'Canary' && { name: textOf(at(made, 'targetRef', 'name')) }),
  };
  const own = Object.entries(metadata).filter(([key, value]) => (inherited as JsonObject)[key] !== value);
  const props = own.length > 0 ? [['metadata', literal(Object.fromEntries(own))] as const, ...entries] : entries;
  const synthesised = JSON.parse(
    JSON.stringify({ apiVersion: 'flagger.app/v1beta1', kind, metadata, spec: made }),
  ) as unknown;
  return { kind, props: objectCode(props), patches: patchesBetween(synthesised, object) };
}

/** A name for each, whether it is used or not: no two are the same, and none is a word of the language. */
function variablesOf(objects: readonly KubeObject[]): Map<KubeObject, string> {
  const taken = new Set<string>();
  const variables = new Map<KubeObject, string>();
  for (const object of objects) {
    const words = `${object.metadata.name}-${(KINDS[object.kind] as Kind).word}`.toLowerCase();
    const camel = words.replace(/[^a-z0-9]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const base = camel.replace(/[^\w]/g, '').replace(/^(?=\d)/, '_');
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base}${count}`;
    taken.add(name);
    variables.set(object, name);
  }
  return variables;
}

const SERVERS = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What a user applied, of what a server gave back. */
function asApplied(object: KubeObject): KubeObject {
  const { status: _, ...applied } = object as KubeObject & JsonObject;
  const { annotations, ...metadata } = object.metadata as KubeObject['metadata'] & JsonObject;
  const kept = Object.entries(metadata).filter(([key]) => !SERVERS.includes(key));
  const notes = Object.entries(annotations ?? {}).filter(([key]) => key !== LAST_APPLIED);
  return withoutNulls({
    ...applied,
    metadata: { ...Object.fromEntries(kept), ...(notes.length > 0 && { annotations: Object.fromEntries(notes) }) },
    spec: object['spec'] ?? {},
  }) as KubeObject;
}

/** The API server takes null for absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutNulls(field)]));
}
