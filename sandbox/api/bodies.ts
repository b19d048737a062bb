/** Request bodies: reading them and checking that they belong to the URL. */
import { parse } from 'yaml';
import type { KubeObject } from '../../model/kube';
import { ApiError, badRequest } from './api-error';
import { checkTypes } from './decoding';
import { isObject, type Json } from './json';
import type { Kind } from './kind';
import type { ResourceRequest } from './request';

/** The media type of the body, `application/json` when it is not said. */
export function mediaType(headers: Record<string, string>): string {
  return (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase() || 'application/json';
}

/** The body as JSON; YAML where the type says so. @throws ApiError 400, 415 */
export function readBody({ headers, body = '' }: ResourceRequest): unknown {
  const type = mediaType(headers);
  if (type.includes('protobuf') || type.includes('cbor'))
    throw unsupportedMediaType(['application/json', 'application/yaml']);
  try {
    return type.includes('yaml') ? parse(body, { maxAliasCount: 0 }) : JSON.parse(body);
  } catch (error) {
    throw badRequest(`error decoding the body: ${(error as Error).message}`);
  }
}

export function unsupportedMediaType(accepted: string[]): ApiError {
  const list = accepted.join(', ');
  const message = `the body of the request was in an unknown format - accepted media types include: ${list}`;
  return new ApiError(415, 'UnsupportedMediaType', message);
}

/** The body as an object of the kind and namespace that the URL names. @throws ApiError 400 */
export function readObject(request: ResourceRequest): KubeObject {
  const body = readBody(request);
  if (!isObject(body)) throw badRequest('the body is not an object');
  return checkAgainstUrl(request, body);
}

/** Fills in what the URL says, and refuses what contradicts it. */
export function checkAgainstUrl(request: ResourceRequest, body: Json): KubeObject {
  const { kind, name, namespace } = request;
  if (kind.custom && (!body['kind'] || !body['apiVersion'])) throw badRequest(missingKind(kind, body));
  const object = {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    ...(kind.custom ? body : withoutNulls(body)),
  } as KubeObject;
  if (object.kind !== kind.kind || object.apiVersion !== kind.apiVersion) {
    const given = `${object.kind} in version "${object.apiVersion}"`;
    throw badRequest(
      `the API version in the data (${given}) does not match the expected API version (${kind.apiVersion} ${kind.kind})`,
    );
  }
  object.metadata = isObject(object.metadata) ? { ...object.metadata } : ({} as KubeObject['metadata']);
  const { metadata } = object;
  checkTypes(kind, object);
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
  if (name !== undefined) metadata.name = name;
  if (!kind.namespaced) return object;
  if (metadata.namespace && metadata.namespace !== namespace) {
    const message = 'the namespace of the provided object does not match the namespace sent on the request';
    throw badRequest(message);
  }
  if (namespace) metadata.namespace = namespace;
  return object;
}

/** Typed kinds read null as missing. */
function withoutNulls(body: Json): Json {
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    return isObject(value) ? withoutNulls(value) : value;
  };
  const entries = Object.entries(body).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, clean(value)]));
}

function missingKind(kind: Kind, body: Json): string {
  const text = JSON.stringify(body);
  return `the object provided is unrecognized (must be of type ${kind.kind}): Object 'Kind' is missing in '${text}' (${text})`;
}
