/** Create, update, patch and delete over HTTP, with field ownership. */
import type { KubeObject } from '../../model/kube';
import { type ApiError, badRequest, type FieldProblem, invalid, notFound } from './api-error';
import { checkAgainstUrl, mediaType, readBody, readObject, unsupportedMediaType } from './bodies';
import { at, copy, isObject, type Json } from './json';
import { checkNotNegative, notSupported, required } from './kinds/problems';
import { timestamp } from './metadata';
import { applyConfiguration } from './patch/apply';
import { jsonPatch } from './patch/json-patch';
import { mergePatch } from './patch/merge';
import { recordUpdate, type Writer } from './patch/ownership';
import { strategicMergePatch } from './patch/strategic';
import type { ResourceRequest, Verb } from './request';
import { scaleOf, withScale } from './scale';
import type { DeleteOptions, ObjectRef, ObjectStore, Propagation, UpdateOptions } from './store';

export interface Written {
  status: number;
  object?: KubeObject;
  /** Answered as it is, instead of an object. */
  plain?: Json;
  warnings?: string[];
}

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const APPLY_PATCH = 'application/apply-patch+yaml';
/** A deletion of these answers with the object, of others with a Status. */
const RETURNED_WHEN_DELETED = ['Pod', 'Service', 'ServiceAccount', 'Namespace'];

/** The writing half of the resource server. */
export class Writing {
  constructor(private readonly store: ObjectStore) {}

  /** @throws ApiError */
  write(request: ResourceRequest): Written {
    switch (request.verb) {
      case 'create':
        return this.create(request, readObject(request));
      case 'update':
        return this.update(request);
      case 'patch':
        return this.patch(request);
      default:
        return this.deleteOne(request);
    }
  }

  delete(request: ResourceRequest, name: string): { object: KubeObject; removed: boolean } {
    const { kind, namespace } = request;
    return this.store.delete({ ...kind, namespace, name }, deleteOptions(request));
  }

  private create(request: ResourceRequest, object: KubeObject): Written {
    const warnings = unknownFields(request, object);
    return { status: 201, object: this.store.create(object, this.options(request)), warnings };
  }

  private update(request: ResourceRequest): Written {
    const { kind, subresource } = request;
    if (subresource === 'scale') return this.scale(request, readBody(request) as Json);
    const object = readObject(request);
    const exists = this.store.get(refOf(request)) !== undefined;
    if (!exists && kind.createOnUpdate && !subresource) return this.create(request, object);
    const warnings = unknownFields(request, object);
    return { status: 200, object: this.store.update(object, this.options(request)), warnings };
  }

  private patch(request: ResourceRequest): Written {
    const type = mediaType(request.headers);
    const { kind, name = '', subresource } = request;
    const live = this.store.get(refOf(request));
    if (type === APPLY_PATCH) return this.apply(request, live);
    if (!live) throw notFound(kind, name);
    const target = subresource === 'scale' && kind.scale ? scaleOf(kind.scale, live) : live;
    const patched = patchBy(type, request, target);
    if (subresource === 'scale') return this.scale(request, patched);
    const object = checkPatched(request, patched);
    const warnings = unknownFields(request, object);
    return { status: 200, object: this.store.update(object, this.options(request)), warnings };
  }

  private apply(request: ResourceRequest, live: KubeObject | undefined): Written {
    const { kind, query, subresource, name = '' } = request;
    const manager = query.get('fieldManager');
    if (!manager) {
      throw invalidOption('patch', required('fieldManager', 'is required for apply patch'));
    }
    if (subresource === 'scale') throw badRequest('server-side apply to scale is not served by the sandbox');
    const configuration = readObject(request);
    const warnings = unknownFields(request, configuration);
    if (!live && (subresource || configuration.metadata.uid)) throw notFound(kind, name);
    const writer = this.writer(request, 'Apply', manager);
    const object = applyConfiguration(kind, live, configuration, writer, query.get('force') === 'true');
    const options = { ...this.options(request), track: () => {} };
    if (!live) return { status: 201, object: this.store.create(object, options), warnings };
    return { status: 200, object: this.store.update(object, options), warnings };
  }

  private scale(request: ResourceRequest, scale: Json): Written {
    const { kind, name = '' } = request;
    const live = this.store.get(refOf(request));
    if (!live || !kind.scale) throw notFound(kind, name);
    const replicas = at(scale, 'spec', 'replicas') ?? 0;
    if (Number(replicas) < 0) {
      throw invalid(
        { group: 'autoscaling', plural: 'scales', kind: 'Scale' },
        name,
        checkNotNegative('spec.replicas', replicas),
      );
    }
    const { subresource: _, ...options } = this.options(request);
    return { status: 200, object: this.store.update(withScale(kind, kind.scale, live, scale), options) };
  }

  private deleteOne(request: ResourceRequest): Written {
    const { kind, name = '' } = request;
    const { object, removed } = this.delete(request, name);
    if (!removed || RETURNED_WHEN_DELETED.includes(kind.kind)) return { status: 200, object };
    const { uid } = object.metadata;
    const details = { name, ...(kind.group && { group: kind.group }), kind: kind.plural, uid };
    return { status: 200, plain: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
  }

  private options(request: ResourceRequest): UpdateOptions {
    const { query, kind, subresource } = request;
    const writer = this.writer(request, 'Update', managerOf(request));
    return {
      dryRun: isDryRun(request.verb, query.getAll('dryRun')),
      track: (object, old) => recordUpdate(kind, object, old, writer),
      ...(subresource === 'status' && { subresource }),
    };
  }

  private writer({ subresource }: ResourceRequest, operation: Writer['operation'], manager: string): Writer {
    return { manager, operation, subresource, time: timestamp(this.store.clock) };
  }
}

function refOf({ kind, namespace, name = '' }: ResourceRequest): ObjectRef {
  return { apiVersion: kind.apiVersion, kind: kind.kind, namespace, name };
}

function managerOf({ query, headers }: ResourceRequest): string {
  return query.get('fieldManager') || (headers['user-agent'] ?? '').split('/')[0] || 'unknown';
}

const OPTIONS: Partial<Record<Verb, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
};

/** An option of the request that has an impossible value. */
function invalidOption(verb: Verb, problem: FieldProblem): ApiError {
  return invalid({ group: 'meta.k8s.io', plural: '', kind: OPTIONS[verb] ?? 'DeleteOptions' }, '', [problem]);
}

function isDryRun(verb: Verb, values: unknown[]): boolean {
  if (values.some((value) => value !== 'All')) throw invalidOption(verb, notSupported('dryRun', values, ['All']));
  return values.length > 0;
}

function patchBy(type: string, request: ResourceRequest, target: KubeObject): Json {
  const { custom } = request.kind;
  const supported = [JSON_PATCH, MERGE_PATCH, ...(custom ? [] : [STRATEGIC_PATCH]), APPLY_PATCH];
  if (!supported.includes(type)) throw unsupportedMediaType(supported);
  const patch = readBody(request);
  if (type === JSON_PATCH) return jsonPatch(target, patch);
  if (!isObject(patch)) throw badRequest('error decoding patch: the patch is not an object');
  if (type === MERGE_PATCH) return mergePatch(target, patch) as Json;
  return strategicMergePatch(request.kind, target, patch);
}

function checkPatched(request: ResourceRequest, patched: Json): KubeObject {
  if (!isObject(patched['metadata'])) throw badRequest('the patch removed the metadata');
  return checkAgainstUrl(request, patched);
}

/** Fields that the kind's schema does not know: warnings, or an error when the client asked to be strict. */
function unknownFields({ kind, query }: ResourceRequest, object: KubeObject): string[] {
  const mode = query.get('fieldValidation') ?? 'Warn';
  if (mode === 'Ignore' || !kind.unknownFields) return [];
  const said = kind.unknownFields(object).map((path) => `unknown field "${path}"`);
  if (mode !== 'Strict' || said.length === 0) return said;
  const subject = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
  throw badRequest(`${subject}: strict decoding error: ${said.join(', ')}`);
}

function deleteOptions(request: ResourceRequest): DeleteOptions {
  const body = request.body ? readBody(request) : {};
  const options = isObject(body) ? body : {};
  const policy = request.query.get('propagationPolicy') ?? options['propagationPolicy'];
  const orphans = options['orphanDependents'] === true;
  const propagation = (policy ?? (orphans ? 'Orphan' : 'Background')) as Propagation;
  if (!['Background', 'Foreground', 'Orphan'].includes(propagation)) {
    const supported = ['Foreground', 'Background', 'Orphan', 'nil'];
    throw invalidOption(request.verb, notSupported('propagationPolicy', propagation, supported));
  }
  const preconditions = isObject(options['preconditions']) ? copy(options['preconditions']) : {};
  const dryRun = [...request.query.getAll('dryRun'), ...((options['dryRun'] as string[] | undefined) ?? [])];
  return { propagation, preconditions, dryRun: isDryRun(request.verb, dryRun) };
}
