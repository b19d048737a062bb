/** Events: one kind, seen through the core group and through events.k8s.io. */
import type { KubeObject } from '../../../model/kube';
import type { FieldProblem } from '../api-error';
import { at, type Json } from '../json';
import { type Column, defineKind, type Kind } from '../kind';
import { NAME, since, text } from './columns';
import { invalidValue } from './problems';

const CORE = {
  apiVersion: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
  shortNames: ['ev'],
  createOnUpdate: true,
};

/** Fields by their name in the core group and in events.k8s.io. */
const RENAMED = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['count', 'deprecatedCount'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['source', 'deprecatedSource'],
  ['reportingComponent', 'reportingController'],
] as const;

function renamed(object: KubeObject, apiVersion: string, names: (readonly [string, string])[]): KubeObject {
  const made: Json = {};
  const to = new Map(names);
  for (const [field, value] of Object.entries(object)) made[to.get(field) ?? field] = value;
  return { ...made, apiVersion } as KubeObject;
}

function admit(object: KubeObject): void {
  object['eventTime'] ??= null;
  object['firstTimestamp'] ??= null;
  object['lastTimestamp'] ??= null;
  object['source'] ??= {};
  object['reportingComponent'] ??= '';
  object['reportingInstance'] ??= '';
}

function validate(object: KubeObject): FieldProblem[] {
  const about = at(object, 'involvedObject', 'namespace') ?? '';
  const { namespace } = object.metadata;
  const fits = about === namespace || (about === '' && namespace === 'default');
  return fits ? [] : [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
}

const seen = (object: KubeObject) =>
  at(object, 'series', 'lastObservedTime') ??
  object['lastTimestamp'] ??
  object['eventTime'] ??
  object.metadata.creationTimestamp;

const COLUMNS: Column[] = [
  text('Last Seen', (object, now) => since(seen(object), now)),
  text('Type', (object) => object['type']),
  text('Reason', (object) => object['reason']),
  text('Object', (object) => {
    const about = object['involvedObject'];
    return `${String(at(about, 'kind') ?? '').toLowerCase()}/${at(about, 'name') ?? ''}`;
  }),
  text('Subobject', (object) => at(object, 'involvedObject', 'fieldPath') ?? '', 1),
  text('Source', (object) => at(object, 'source', 'component') ?? object['reportingComponent'] ?? '', 1),
  text('Message', (object) => String(object['message'] ?? '').trim()),
  text('First Seen', (object, now) => since(object['firstTimestamp'] ?? object['eventTime'], now), 1),
  text('Count', (object) => object['count'] ?? 1, 1),
  { ...NAME, priority: 1 },
];

export const EVENT_KINDS: readonly Kind[] = [
  defineKind({ ...CORE, admit, validate, columns: COLUMNS }),
  defineKind({
    ...CORE,
    apiVersion: 'events.k8s.io/v1',
    hub: {
      apiVersion: 'v1',
      kind: 'Event',
      toHub: (object) =>
        renamed(
          object,
          'v1',
          RENAMED.map(([core, other]) => [other, core] as const),
        ),
      fromHub: (object) => renamed(object, 'events.k8s.io/v1', [...RENAMED]),
    },
    columns: COLUMNS,
  }),
];
