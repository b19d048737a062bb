/**
 * `pulumi-resource-kubernetes` for tests: Pulumi's own is a Go module that cannot be had everywhere. It creates, applies,
 * compares, reads and deletes as Pulumi's does by default (version 4.29 and newer). What it does not have: waiting for
 * workloads, Services and Ingresses to be ready, client-side apply, Patch resources, Helm, and rendering to files.
 */
import { createHash } from 'node:crypto';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as rpc from '@pulumi/pulumi/proto/provider_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';
import { type Change, changesBetween, shapedLike } from './changes';
import { connectionIn } from './cluster-connection';
import { type LiveObject, LiveObjects, Refusal } from './live-objects';
import { method, servePlugin } from './plugin-server';

/** What stands in a preview for a value that is not known yet. */
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

let cluster: LiveObjects;

function configure(request: rpc.ConfigureRequest): rpc.ConfigureResponse {
  const variable = (name: string) => request.getVariablesMap().get(`kubernetes:config:${name}`);
  cluster = new LiveObjects(connectionIn(variable('kubeconfig'), variable('context')));
  const response = new rpc.ConfigureResponse();
  response.setSupportspreview(true);
  return response;
}

function check(request: rpc.CheckRequest): rpc.CheckResponse {
  const [olds, news] = [objectOf(request.getOlds()), objectOf(request.getNews())];
  const metadata = news.metadata ?? {};
  const suffix = Buffer.from(request.getRandomseed_asU8()).toString('hex').slice(0, 8);
  const name = metadata.name ?? olds.metadata?.name ?? `${nameIn(request.getUrn())}-${suffix}`;
  const response = new rpc.CheckResponse();
  response.setInputs(Struct.fromJavaScript({ ...news, metadata: { ...metadata, name } }));
  return response;
}

const KINDS: Readonly<Record<Change['kind'], rpc.PropertyDiff.Kind>> = {
  add: rpc.PropertyDiff.Kind.ADD,
  delete: rpc.PropertyDiff.Kind.DELETE,
  update: rpc.PropertyDiff.Kind.UPDATE,
};

function diff(request: rpc.DiffRequest): rpc.DiffResponse {
  const [olds, news] = [objectOf(request.getOldInputs()), objectOf(request.getNews())];
  const changes = changesBetween(olds, news, request.getIgnorechangesList());
  const replaces = [...changes].filter(([, change]) => change.replaces).map(([path]) => path);
  const response = new rpc.DiffResponse();
  response.setChanges(
    changes.size > 0 ? rpc.DiffResponse.DiffChanges.DIFF_SOME : rpc.DiffResponse.DiffChanges.DIFF_NONE,
  );
  response.setReplacesList(replaces);
  const samePlace = olds.metadata?.name === news.metadata.name && olds.metadata.namespace === news.metadata.namespace;
  response.setDeletebeforereplace(replaces.length > 0 && samePlace);
  response.setHasdetaileddiff(true);
  for (const [path, { kind, replaces }] of changes) {
    const shown = new rpc.PropertyDiff();
    // Each kind is followed by the same one with replacement.
    shown.setKind((KINDS[kind] + (replaces ? 1 : 0)) as rpc.PropertyDiff.Kind);
    shown.setInputdiff(true);
    response.getDetaileddiffMap().set(path, shown);
  }
  return response;
}

async function create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
  const inputs = objectOf(request.getProperties());
  const dryRun = request.getPreview();
  const response = new rpc.CreateResponse();
  const made = await tried(inputs, dryRun, () => cluster.create(inputs, { manager: managerOf(request), dryRun }));
  response.setId(dryRun ? '' : idOf(made));
  response.setProperties(stateOf(made, dryRun));
  return response;
}

async function update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
  const inputs = objectOf(request.getNews());
  const dryRun = request.getPreview();
  const response = new rpc.UpdateResponse();
  const options = { manager: managerOf(request), dryRun };
  const made = await tried(inputs, dryRun, () => cluster.apply(inputs, options, request.getIgnorechangesList()));
  response.setProperties(stateOf(made, dryRun));
  return response;
}

/** A preview knows no better than its inputs where parts are unknown, or where what they need is not there yet. */
async function tried(inputs: LiveObject, dryRun: boolean, write: () => Promise<LiveObject>): Promise<LiveObject> {
  if (dryRun && JSON.stringify(inputs).includes(UNKNOWN)) return inputs;
  try {
    return await write();
  } catch (error) {
    if (dryRun && error instanceof Refusal && (error.status === 404 || error.status === 403)) return inputs;
    throw explained(error as Error, inputs);
  }
}

function explained(error: Error, { kind, metadata }: LiveObject): Error {
  const conflict = error instanceof Refusal && error.status === 409 && error.message.startsWith('Apply failed');
  const remedy = conflict ? '; the annotation pulumi.com/patchForce: "true" would take the fields over' : '';
  return new Error(`${kind} ${metadata.name} was refused by the API server: ${error.message}${remedy}`);
}

async function read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
  const [state, inputs] = [objectOf(request.getProperties()), objectOf(request.getInputs())];
  const live = await cluster.read(state.metadata === undefined ? inputs : state);
  const response = new rpc.ReadResponse();
  if (live === undefined) return response; // without an id: it is gone
  response.setId(request.getId());
  response.setProperties(stateOf(live, false));
  response.setInputs(Struct.fromJavaScript(shapedLike(inputs, live) as LiveObject));
  return response;
}

async function remove(request: rpc.DeleteRequest): Promise<Empty> {
  await cluster.delete(objectOf(request.getProperties()));
  return new Empty();
}

/** Without what Pulumi's own SDK adds. */
function objectOf(struct: Struct | undefined): LiveObject {
  const { __defaults: _, __provider: __, ...object } = (struct?.toJavaScript() ?? {}) as LiveObject;
  return object;
}

function stateOf(object: LiveObject, dryRun: boolean): Struct {
  const { status, ...rest } = object;
  const { managedFields: _, ...metadata } = object.metadata;
  return Struct.fromJavaScript({ ...rest, metadata, ...(status !== undefined && !dryRun && { status }) });
}

const idOf = ({ metadata }: LiveObject) =>
  metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;

const nameIn = (urn: string) => (urn.split('::').pop() ?? '').replace(/[^a-z0-9-]+/gi, '-').toLowerCase();

/** One for each resource, as Pulumi's. */
const managerOf = (request: { getUrn(): string }) =>
  `pulumi-kubernetes-${createHash('sha256').update(request.getUrn()).digest('hex').slice(0, 8)}`;

const plugin = new PluginInfo();
plugin.setVersion('4.34.2');

servePlugin(ResourceProviderService, {
  getPluginInfo: method(() => plugin),
  configure: method(configure),
  check: method(check),
  diff: method(diff),
  create: method(create),
  update: method(update),
  read: method(read),
  delete: method(remove),
  cancel: method(() => new Empty()),
});
