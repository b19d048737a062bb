/** Discovery: which groups, versions and resources there are, in the old form and the aggregated one. */
import type { Json } from './json';
import type { Kind, KindRegister } from './kind';
import type { Reply } from './reply';
import { accepted } from './request';

/** The release whose behaviour the sandbox follows. */
const VERSION = { major: '1', minor: '34', gitVersion: 'v1.34.4', platform: 'serin/sandbox' };
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];

/** The page at this path, undefined when it is not one of discovery's. */
export function discoveryPage(
  kinds: KindRegister,
  pathname: string,
  headers: Record<string, string>,
): Reply | undefined {
  const [root, first, second, ...rest] = pathname.split('/').filter(Boolean);
  if (root === undefined)
    return json({ paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] });
  if (pathname === '/version') return json(VERSION);
  if (rest.length > 0) return undefined;
  const all = kinds.all();
  if (root === 'api') return corePage(all, first, second, headers);
  if (root !== 'apis') return undefined;
  if (first === undefined) return groupsPage(all, headers);
  const group = groupsOf(all).find(({ name }) => name === first);
  if (!group) return undefined;
  if (second === undefined) return json({ kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) });
  return resourcePage(group, second);
}

interface Group {
  name: string;
  versions: { name: string; kinds: Kind[] }[];
}

function json(body: Json): Reply {
  return { status: 200, body };
}

function corePage(all: Kind[], version: string | undefined, more: string | undefined, headers: Record<string, string>) {
  const core = groupsOf(all).filter(({ name }) => name === '');
  if (version === undefined) {
    if (wantsAggregated(headers)) return aggregated(core);
    return json({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] });
  }
  return more === undefined && core[0] ? resourcePage(core[0], version) : undefined;
}

function groupsPage(all: Kind[], headers: Record<string, string>): Reply {
  const groups = groupsOf(all).filter(({ name }) => name !== '');
  if (wantsAggregated(headers)) return aggregated(groups);
  return json({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupEntry) });
}

function groupsOf(all: Kind[]): Group[] {
  const names = [...new Set(all.map(({ group }) => group))];
  return names.map((name) => {
    const members = all.filter(({ group }) => group === name);
    const versions = [...new Set(members.map(({ version }) => version))].sort(byPriority);
    return {
      name,
      versions: versions.map((version) => ({
        name: version,
        kinds: members.filter((kind) => kind.version === version),
      })),
    };
  });
}

/** Stable before beta before alpha, then the higher number first. */
function byPriority(left: string, right: string): number {
  const rank = (version: string) => {
    const [, major = 0, stage, minor = 0] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    const stages = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
    return stages * 1e6 + Number(major) * 1e3 + Number(minor);
  };
  return rank(right) - rank(left);
}

function groupEntry({ name, versions }: Group): Json {
  const listed = versions.map((version) => ({ groupVersion: `${name}/${version.name}`, version: version.name }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

function resourcePage(group: Group, version: string): Reply | undefined {
  const found = group.versions.find(({ name }) => name === version);
  if (!found) return undefined;
  const resources = found.kinds.flatMap((kind) => [
    {
      name: kind.plural,
      singularName: kind.singular,
      namespaced: kind.namespaced,
      kind: kind.kind,
      verbs: VERBS,
      ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
      ...(kind.categories.length > 0 && { categories: kind.categories }),
    },
    ...subresourcesOf(kind).map(({ name, responseKind }) => ({
      name: `${kind.plural}/${name}`,
      singularName: '',
      namespaced: kind.namespaced,
      ...(name === 'scale' && { group: responseKind.group, version: responseKind.version }),
      kind: responseKind.kind,
      verbs: SUBRESOURCE_VERBS,
    })),
  ]);
  const groupVersion = group.name ? `${group.name}/${version}` : version;
  return json({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources });
}

function subresourcesOf({ status, scale, group, version, kind }: Kind) {
  return [
    ...(scale ? [{ name: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } }] : []),
    ...(status ? [{ name: 'status', responseKind: { group, version, kind } }] : []),
  ];
}

function wantsAggregated(headers: Record<string, string>): boolean {
  return accepted(headers).some(
    ({ parameters }) => parameters['as'] === 'APIGroupDiscoveryList' && parameters['v'] === 'v2',
  );
}

function aggregated(groups: Group[]): Reply {
  const items = groups.map(({ name, versions }) => ({
    metadata: { name, creationTimestamp: null },
    versions: versions.map((version) => ({
      version: version.name,
      resources: version.kinds.map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  return { status: 200, body, headers: { 'content-type': type } };
}

function aggregatedResource(kind: Kind): Json {
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: VERBS,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    subresources: subresourcesOf(kind).map(({ name, responseKind }) => ({
      subresource: name,
      responseKind,
      verbs: SUBRESOURCE_VERBS,
    })),
  };
}
