/** Objects in the form that the client wants: whole, as metadata only, or as rows of a table. */
import type { KubeObject } from '../../model/kube';
import type { Json } from './json';
import type { Column, Kind } from './kind';
import type { Form } from './request';

export interface View {
  form: Form;
  /** What rows carry beside their cells: `Metadata` (the standard), `Object` or `None`. */
  includeObject: string;
  /** Unix milliseconds, for ages. */
  now: number;
}

const NAME_AND_AGE: Column[] = [
  { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name },
  { name: 'Created At', type: 'date', cell: (object) => object.metadata.creationTimestamp },
];

/** One object. */
export function single(kind: Kind, object: KubeObject, view: View): unknown {
  if (view.form === 'metadata') return partial(object);
  if (view.form === 'plain') return object;
  return table(kind, [object], { resourceVersion: object.metadata.resourceVersion }, view);
}

/** A list with its own metadata (`resourceVersion`, `continue`, `remainingItemCount`). */
export function many(kind: Kind, objects: KubeObject[], metadata: Json, view: View): unknown {
  if (view.form === 'table') return table(kind, objects, metadata, view);
  if (view.form === 'metadata') {
    const items = objects.map(partial);
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
  }
  const items = kind.custom ? objects : objects.map(withoutType);
  return { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items };
}

/** A bookmark carries nothing but the version. */
export function bookmark(kind: Kind, resourceVersion: string, annotations: Json | undefined, view: View): unknown {
  const metadata = { resourceVersion, creationTimestamp: null, ...(annotations && { annotations }) };
  if (view.form === 'table') return table(kind, [], { resourceVersion }, view);
  if (view.form === 'metadata') return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  return { kind: kind.kind, apiVersion: kind.apiVersion, metadata };
}

/** Lists of built-in kinds do not repeat the type in each item. */
function withoutType(object: KubeObject): Json {
  const { apiVersion: _, kind: __, ...rest } = object;
  return rest;
}

function partial(object: KubeObject): Json {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

function table(kind: Kind, objects: KubeObject[], metadata: Json, view: View): Json {
  const columns = kind.columns ?? NAME_AND_AGE;
  const columnDefinitions = columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
  const rows = objects.map((object) => ({
    cells: columns.map((column) => column.cell(object, view.now) ?? null),
    ...(view.includeObject !== 'None' && { object: view.includeObject === 'Object' ? object : partial(object) }),
  }));
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions, rows };
}
