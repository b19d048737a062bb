/** What the API server knows about a kind, and the register of all kinds that it serves. */
import type { KubeObject, ResourceType } from '../../model/kube';
import { ApiError, type FieldProblem } from './api-error';
import type { Json } from './json';
import type { ObjectStore } from './store';

/** What admission may look at beside the object itself. */
export interface Admission {
  store: ObjectStore;
  operation: 'create' | 'update';
  /** The object before an update. */
  old?: KubeObject;
  subresource?: 'status';
}

/** A column of `kubectl get`. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description?: string;
  /** 0 is always shown, higher only by `-o wide`. */
  priority?: number;
  /** The cell for an object; `now` is in Unix milliseconds. */
  cell: (object: KubeObject, now: number) => unknown;
}

/** Dotted paths of the scale subresource, as in a CustomResourceDefinition. */
export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

/** The stored form of a kind that is served in several versions or groups. */
export interface Hub {
  apiVersion: string;
  kind: string;
  toHub(object: KubeObject): KubeObject;
  fromHub(object: KubeObject): KubeObject;
}

/** A kind as it is served. */
export interface Kind extends ResourceType {
  group: string;
  version: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  /** `/status` is a resource of its own, so that other writes leave the status alone. */
  status: boolean;
  scale?: ScalePaths;
  /** `metadata.generation` counts changes of the desired state. */
  generation: boolean;
  /** Updates may leave out the resourceVersion. */
  unconditionalUpdate: boolean;
  /** Defined by a CustomResourceDefinition: no strategic merge patch. */
  custom: boolean;
  /** Absent when objects are stored in this very form. */
  hub?: Hub;
  /** Fills in defaults and what the server decides; changes the object given. */
  admit?: (object: KubeObject, admission: Admission) => void;
  validate?: (object: KubeObject, admission: Admission) => FieldProblem[];
  columns?: Column[];
  /** A PUT to a name that does not exist creates it. */
  createOnUpdate?: boolean;
  /** Paths of fields that the schema does not know and that will be dropped. */
  unknownFields?: (object: KubeObject) => string[];
  /** The OpenAPI v3 schema, for kinds that declare one. */
  schema?: Json;
}

/** What is needed to define a kind; the rest has usual values. */
export type KindInput = ResourceType & Partial<Omit<Kind, keyof ResourceType | 'group' | 'version'>>;

/** Fills in the usual values of a kind. */
export function defineKind(input: KindInput): Kind {
  const slash = input.apiVersion.indexOf('/');
  return {
    singular: input.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    status: false,
    generation: false,
    unconditionalUpdate: true,
    custom: false,
    ...input,
    group: slash < 0 ? '' : input.apiVersion.slice(0, slash),
    version: input.apiVersion.slice(slash + 1),
  };
}

export type TypeRef = Pick<ResourceType, 'apiVersion' | 'kind'>;

/** All kinds that are served now. Custom ones come and go with their definitions. */
export class KindRegister {
  private readonly byType = new Map<string, Kind>();
  private readonly byUrl = new Map<string, Kind>();

  add(kind: Kind): void {
    this.byType.set(`${kind.apiVersion} ${kind.kind}`, kind);
    this.byUrl.set(`${kind.group} ${kind.version} ${kind.plural}`, kind);
  }

  remove(kind: Kind): void {
    this.byType.delete(`${kind.apiVersion} ${kind.kind}`);
    this.byUrl.delete(`${kind.group} ${kind.version} ${kind.plural}`);
  }

  find(type: TypeRef): Kind | undefined {
    return this.byType.get(`${type.apiVersion} ${type.kind}`);
  }

  /** @throws ApiError 404 when the kind is not served. */
  get(type: TypeRef): Kind {
    const kind = this.find(type);
    if (kind) return kind;
    const message = `no matches for kind "${type.kind}" in version "${type.apiVersion}"`;
    throw new ApiError(404, 'NotFound', message);
  }

  /** The kind served at this URL, if any. */
  at(group: string, version: string, plural: string): Kind | undefined {
    return this.byUrl.get(`${group} ${version} ${plural}`);
  }

  all(): Kind[] {
    return [...this.byType.values()];
  }
}
