/** Answers requests for resources: reads here, writes in writing.ts. */
import type { KubeObject } from '../../model/kube';
import { badRequest, notFound } from './api-error';
import { Paging } from './paging';
import type { Reply } from './reply';
import { many, single, type View } from './representation';
import { pageNotFound, type ResourceRequest, wantedForm } from './request';
import { scaleOf } from './scale';
import { fieldMatcher, labelMatcher, type Matcher } from './selectors';
import type { ObjectStore } from './store';
import { openWatch } from './watching';
import { Writing } from './writing';

const SUBRESOURCES = ['status', 'scale', 'finalize'];

/** The resource half of the API server. */
export class ResourceServer {
  private readonly paging: Paging;
  private readonly writing: Writing;

  constructor(private readonly store: ObjectStore) {
    this.paging = new Paging(store);
    this.writing = new Writing(store);
  }

  /** @throws ApiError */
  serve(request: ResourceRequest): Reply {
    this.checkSubresource(request);
    const { form, yaml } = wantedForm(request.headers);
    const view: View = {
      form,
      includeObject: request.query.get('includeObject') ?? 'Metadata',
      now: this.store.clock.now(),
    };
    switch (request.verb) {
      case 'get':
        return { status: 200, yaml, body: this.show(request, this.find(request), view) };
      case 'list':
        return { status: 200, yaml, body: this.list(request, view) };
      case 'watch':
        return { status: 200, body: undefined, stream: this.watch(request, view) };
      case 'deletecollection':
        return { status: 200, yaml, body: this.deleteAll(request, view) };
      default: {
        const { status, object, plain, warnings = [] } = this.writing.write(request);
        const headers = warnings.length > 0 ? { warning: warnings.map(warningHeader).join(', ') } : {};
        return { status, yaml, headers, body: plain ?? this.show(request, object!, view) };
      }
    }
  }

  private checkSubresource({ kind, subresource, namespace, verb, name }: ResourceRequest): void {
    const served =
      subresource === undefined ||
      (subresource === 'status' && kind.status) ||
      (subresource === 'scale' && kind.scale !== undefined) ||
      (subresource === 'finalize' && kind.kind === 'Namespace');
    if (!served || (subresource && !SUBRESOURCES.includes(subresource))) throw pageNotFound();
    if (!kind.namespaced && namespace !== undefined) throw pageNotFound();
    if (kind.namespaced && namespace === undefined && (name !== undefined || verb === 'create')) {
      throw badRequest('an empty namespace may not be set when a resource name is provided or during creation');
    }
  }

  private find({ kind, namespace, name = '' }: ResourceRequest): KubeObject {
    const found = this.store.get({ ...kind, namespace, name });
    if (!found) throw notFound(kind, name);
    return found;
  }

  private show({ kind, subresource }: ResourceRequest, object: KubeObject, view: View): unknown {
    return subresource === 'scale' && kind.scale ? scaleOf(kind.scale, object) : single(kind, object, view);
  }

  private matching(request: ResourceRequest): KubeObject[] {
    return this.store.list(request.kind, request.namespace).filter(matcherOf(request));
  }

  private list(request: ResourceRequest, view: View): unknown {
    const limit = Number(request.query.get('limit') ?? 0) || 0;
    const token = request.query.get('continue');
    const page = token ? this.paging.next(token, limit) : this.paging.first(this.matching(request), limit);
    return many(request.kind, page.items, page.metadata, view);
  }

  private watch(request: ResourceRequest, view: View) {
    const { kind, query, namespace } = request;
    const selected = matcherOf(request);
    const matches = (object: KubeObject) =>
      (namespace === undefined || object.metadata.namespace === namespace) && selected(object);
    return openWatch(this.store, { kind, matches, query, view });
  }

  private deleteAll(request: ResourceRequest, view: View): unknown {
    const gone = this.matching(request).map((object) => this.writing.delete(request, object.metadata.name).object);
    return many(request.kind, gone, { resourceVersion: this.store.resourceVersion }, view);
  }
}

function matcherOf({ kind, query, name }: ResourceRequest): Matcher {
  const labels = labelMatcher(query.get('labelSelector') ?? '');
  const fields = fieldMatcher(kind, query.get('fieldSelector') ?? '');
  return (object) => (name === undefined || object.metadata.name === name) && labels(object) && fields(object);
}

function warningHeader(text: string): string {
  return `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
