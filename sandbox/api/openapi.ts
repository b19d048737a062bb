/**
 * OpenAPI v3: enough for kubectl to find that the server validates fields itself, and the schemas of custom kinds.
 * Built-in kinds have open schemas. There is no v2 document: kubectl does without.
 */
import type { Json } from './json';
import type { Kind, KindRegister } from './kind';
import type { Reply } from './reply';

/** The page at this path, undefined when there is none. */
export function openApiPage(kinds: KindRegister, pathname: string): Reply | undefined {
  if (pathname === '/openapi/v3') return { status: 200, body: index(kinds) };
  const [, path] = /^\/openapi\/v3\/(.+)$/.exec(pathname) ?? [];
  const members = kinds.all().filter((kind) => pathOf(kind) === path);
  return members.length > 0 ? { status: 200, body: documentOf(members) } : undefined;
}

function pathOf({ group, apiVersion }: Kind): string {
  return group ? `apis/${apiVersion}` : `api/${apiVersion}`;
}

function index(kinds: KindRegister): Json {
  const paths = [...new Set(kinds.all().map(pathOf))];
  return { paths: Object.fromEntries(paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])) };
}

function documentOf(kinds: Kind[]): Json {
  return {
    openapi: '3.0.0',
    info: { title: 'Serin sandbox', version: 'v1.34.4' },
    paths: Object.fromEntries(kinds.map((kind) => [objectPath(kind), { patch: patchOperation(kind) }])),
    components: { schemas: Object.fromEntries(kinds.map((kind) => [schemaName(kind), schemaOf(kind)])) },
  };
}

function objectPath(kind: Kind): string {
  const scope = kind.namespaced ? 'namespaces/{namespace}/' : '';
  return `/${pathOf(kind)}/${scope}${kind.plural}/{name}`;
}

function schemaName({ group, version, kind }: Kind): string {
  return `${(group || 'core').split('.').reverse().join('.')}.${version}.${kind}`;
}

function typeOf({ group, version, kind }: Kind) {
  return { group, version, kind };
}

function schemaOf(kind: Kind): Json {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return { ...(kind.schema ?? open), 'x-kubernetes-group-version-kind': [typeOf(kind)] };
}

/** Strategic merge is left out on purpose: kubectl then takes the merge keys that it knows itself. */
function patchOperation(kind: Kind): Json {
  const body = { schema: { type: 'object' } };
  const parameter = (name: string, type: string) => ({ name, in: 'query', schema: { type, uniqueItems: true } });
  const reference = { $ref: `#/components/schemas/${schemaName(kind)}` };
  return {
    operationId: `patch${kind.kind}`,
    parameters: [
      parameter('dryRun', 'string'),
      parameter('fieldManager', 'string'),
      parameter('fieldValidation', 'string'),
      parameter('force', 'boolean'),
    ],
    requestBody: {
      content: {
        'application/apply-patch+yaml': body,
        'application/json-patch+json': body,
        'application/merge-patch+json': body,
      },
    },
    responses: { 200: { description: 'OK', content: { 'application/json': { schema: reference } } } },
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': typeOf(kind),
  };
}
