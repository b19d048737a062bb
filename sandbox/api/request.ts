/** What a request asks for: the verb, the resource and the form of the answer, read from the URL and headers. */
import type { HttpRequest } from '../../model/ports';
import { ApiError } from './api-error';
import type { Kind, KindRegister } from './kind';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** A request for a resource. */
export interface ResourceRequest {
  verb: Verb;
  kind: Kind;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: string | undefined;
}

interface ResourcePath {
  group: string;
  version: string;
  watch: boolean;
  namespace: string | undefined;
  plural: string;
  name: string | undefined;
  subresource: string | undefined;
}

/** The page does not exist. */
export function pageNotFound(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** Reads a request for a resource, undefined when the path is not one. @throws ApiError 404, 405 */
export function readResourceRequest(request: HttpRequest, kinds: KindRegister): ResourceRequest | undefined {
  const url = new URL(request.url);
  const path = readPath(url.pathname);
  if (!path) return undefined;
  const kind = kinds.at(path.group, path.version, path.plural);
  const isServed = ({ group, version }: Kind) => group === path.group && version === path.version;
  if (!kind && !kinds.all().some(isServed)) return undefined;
  if (!kind) throw pageNotFound();
  return {
    verb: verbOf(request.method, path, url.searchParams),
    kind,
    namespace: path.namespace,
    name: path.name,
    subresource: path.subresource,
    query: url.searchParams,
    headers: request.headers ?? {},
    body: request.body,
  };
}

function readPath(pathname: string): ResourcePath | undefined {
  const parts = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const root = parts.shift();
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : (parts.shift() ?? '');
  const version = parts.shift() ?? '';
  const watch = parts[0] === 'watch';
  if (watch) parts.shift();
  if (parts.length === 0) return undefined;
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2 && !isNamespaceSubresource(group, parts);
  const namespace = inNamespace ? parts[1] : undefined;
  const [plural = '', name, subresource] = inNamespace ? parts.slice(2) : parts;
  return { group, version, watch, namespace, plural, name, subresource };
}

function isNamespaceSubresource(group: string, parts: string[]): boolean {
  return group === '' && parts.length === 3 && (parts[2] === 'status' || parts[2] === 'finalize');
}

function verbOf(method: string, path: ResourcePath, query: URLSearchParams): Verb {
  const watch = path.watch || ['1', 'true'].includes(query.get('watch') ?? '');
  const named = path.name !== undefined;
  const verbs: Record<string, Verb | undefined> = {
    GET: named && !path.watch ? 'get' : watch ? 'watch' : 'list',
    HEAD: named ? 'get' : 'list',
    POST: named && !path.subresource ? undefined : 'create',
    PUT: named ? 'update' : undefined,
    PATCH: named ? 'patch' : undefined,
    DELETE: named ? 'delete' : 'deletecollection',
  };
  const verb = verbs[method.toUpperCase()];
  if (verb) return verb;
  const message = 'the server does not allow this method on the requested resource';
  throw new ApiError(405, 'MethodNotAllowed', message, {});
}

/** The form in which objects are wanted. */
export type Form = 'plain' | 'table' | 'metadata';

/** Media types that the client accepts, in its order; parameters in lower-case names. */
export function accepted(headers: Record<string, string>): { type: string; parameters: Record<string, string> }[] {
  const header = headers['accept'] || '*/*';
  return header.split(',').map((part) => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    return { type: type.toLowerCase(), parameters: Object.fromEntries(rest.map((piece) => piece.split('=', 2))) };
  });
}

/** The form and the encoding that the client prefers. @throws ApiError 406 when there is none. */
export function wantedForm(headers: Record<string, string>): { form: Form; yaml: boolean } {
  for (const { type, parameters } of accepted(headers)) {
    const yaml = type === 'application/yaml';
    if (!yaml && !['application/json', 'application/*', '*/*'].includes(type)) continue;
    const as = parameters['as'];
    if (as === undefined) return { form: 'plain', yaml };
    if (as === 'Table' && parameters['v'] === 'v1') return { form: 'table', yaml };
    if (as.startsWith('PartialObjectMetadata') && parameters['v'] === 'v1') return { form: 'metadata', yaml };
  }
  const message =
    'only the following media types are accepted: application/json, application/yaml, application/json;as=Table, application/json;as=PartialObjectMetadata';
  throw new ApiError(406, 'NotAcceptable', message, {});
}
