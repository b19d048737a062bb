/** The stand-in for Pulumi's Kubernetes provider does what is said of it, asked as the engine asks, on the real API server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { credentials, type ServiceError } from '@grpc/grpc-js';
import { ResourceProviderClient } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as rpc from '@pulumi/pulumi/proto/provider_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';
import { removeFolder, temporaryFolder } from './control-plane/folder';
import { attachedPlane } from './control-plane/plane';
import { installPlugin } from './pulumi/plugin';
import type { AnyObject } from './tutorial-fixture';

const plane = attachedPlane();
const namespace = 'pulumi-stand-in';
const folder = temporaryFolder('/tmp', 'serin-pulumi-stand-in-');
let plugin: ChildProcess;
let client: ResourceProviderClient;

beforeAll(async () => {
  await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const path = installPlugin(folder, 'pulumi-resource-kubernetes', 'kubernetes-provider');
  const env = { ...process.env, KUBECONFIG: plane.tokenKubeconfigPath };
  plugin = spawn(path, ['127.0.0.1:1'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(plugin.stdout!, 'data');
  client = new ResourceProviderClient(`127.0.0.1:${String(port).trim()}`, credentials.createInsecure());
  await answer<rpc.ConfigureResponse>((done) => client.configure(new rpc.ConfigureRequest(), done));
});

afterAll(async () => {
  client?.close();
  plugin?.kill();
  removeFolder(folder);
  await plane.tryKubectl(['delete', 'namespace', namespace, '--wait=false']);
});

const answer = <T>(call: (done: (error: ServiceError | null, response: T) => void) => void): Promise<T> =>
  new Promise((done, fail) => call((error, response) => (error ? fail(new Error(error.details)) : done(response))));

const objectOf = (properties: Struct | undefined): AnyObject => properties?.toJavaScript();

function deployment(tag: string, replicas: number, annotations: Record<string, string> = {}): AnyObject {
  const containers = [{ name: 'app', image: `podinfo:${tag}` }];
  const template = { metadata: { labels: { app: 'app' } }, spec: { containers } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'app', namespace, annotations },
    spec: { replicas, selector: { matchLabels: { app: 'app' } }, template },
  };
}

async function create(object: AnyObject, preview = false) {
  const request = new rpc.CreateRequest()
    .setUrn('app')
    .setProperties(Struct.fromJavaScript(object))
    .setPreview(preview);
  const response = await answer<rpc.CreateResponse>((done) => client.create(request, done));
  return { id: response.getId(), object: objectOf(response.getProperties()) };
}

async function update(object: AnyObject, ignored: string[] = []): Promise<AnyObject> {
  const request = new rpc.UpdateRequest().setUrn('app').setNews(Struct.fromJavaScript(object));
  request.setOldInputs(Struct.fromJavaScript(object)).setIgnorechangesList(ignored);
  return objectOf((await answer<rpc.UpdateResponse>((done) => client.update(request, done))).getProperties());
}

async function seen(inputs: AnyObject) {
  const request = new rpc.ReadRequest().setId('app').setProperties(Struct.fromJavaScript(inputs));
  request.setInputs(Struct.fromJavaScript(inputs));
  const response = await answer<rpc.ReadResponse>((done) => client.read(request, done));
  return { id: response.getId(), inputs: objectOf(response.getInputs()) };
}

async function live(): Promise<AnyObject> {
  return JSON.parse(await plane.kubectl([...DEPLOYMENT, '-o', 'json', '--show-managed-fields']));
}

const DEPLOYMENT = ['-n', namespace, 'get', 'deployment', 'app'];

/** As the controller scales: it changes the Deployment itself, and becomes the owner of the field. */
async function scale(replicas: number): Promise<void> {
  const patch = JSON.stringify({ spec: { replicas } });
  const args = ['patch', 'deployment', 'app', '--type=merge', '-p', patch, '--field-manager=somebody-else'];
  await plane.kubectl(['-n', namespace, ...args]);
}

test('a preview creates nothing, and is refused what the API server would refuse', async () => {
  await create(deployment('1', 2), true);
  expect((await plane.tryKubectl(DEPLOYMENT)).code).toBe(1);
  const wrong = { ...deployment('1', 2), spec: { replicas: -1 } };
  await expect(create(wrong, true)).rejects.toThrow(/Deployment app was refused by the API server: .*spec.replicas/);
});

test('create makes the object, and adopts none that is there', async () => {
  expect((await create(deployment('1', 2))).id).toBe(`${namespace}/app`);
  await expect(create(deployment('1', 2))).rejects.toThrow('already exists');
});

test('update applies what create made, as the same owner', async () => {
  expect((await update(deployment('2', 3))).spec.replicas).toBe(3);
  const owners = (await live()).metadata.managedFields.filter(({ manager }: AnyObject) =>
    manager.startsWith('pulumi-'),
  );
  expect(owners.map(({ operation }: AnyObject) => operation)).toEqual(['Apply']);
});

test('an ignored field that somebody else has taken over stays as it is', async () => {
  await scale(0);
  await update(deployment('3', 3), ['spec.replicas']);
  const { spec } = await live();
  expect([spec.replicas, spec.template.spec.containers[0].image]).toEqual([0, 'podinfo:3']);
});

test('an ignored field that is our own is kept, not lost', async () => {
  await update(deployment('3', 2, { 'pulumi.com/patchForce': 'true' }));
  await update(deployment('4', 9), ['spec.replicas']);
  expect((await live()).spec.replicas).toBe(2);
});

test('a field of another owner is a conflict, unless the object forces it', async () => {
  await scale(0);
  await expect(update(deployment('5', 4))).rejects.toThrow(/Apply failed .*patchForce/);
  await update(deployment('5', 4, { 'pulumi.com/patchForce': 'true' }));
  expect((await live()).spec.replicas).toBe(4);
});

test('a refresh sees what was asked for as it is now', async () => {
  await scale(1);
  expect((await seen(deployment('5', 4))).inputs).toMatchObject({ kind: 'Deployment', spec: { replicas: 1 } });
});

test('delete waits until the object is gone', async () => {
  const request = new rpc.DeleteRequest().setProperties(Struct.fromJavaScript(deployment('5', 4)));
  await answer<unknown>((done) => client.delete(request, done));
  expect((await seen(deployment('5', 4))).id).toBe('');
});
