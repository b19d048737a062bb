/** Objects on the API server, with the requests that Pulumi's Kubernetes provider makes. */
import { at } from '../../../model/json';
import { type Api, type ApiAnswer, apiClient } from '../control-plane/api';

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind.
export type LiveObject = any;

/** An answer of the API server that is no object. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The API server and who we are to it. */
export interface Connection {
  server: string;
  caCertificate: string;
  token: string;
}

/** How a write is made: who owns the fields, and whether it is only tried. */
export interface WriteOptions {
  manager: string;
  dryRun: boolean;
}

interface Kind {
  kind: string;
  name: string;
  namespaced: boolean;
}

const DELETED_MS = 60_000;

export class LiveObjects {
  readonly #api: Api;
  readonly #kinds = new Map<string, Kind[]>();

  constructor({ server, caCertificate, token }: Connection) {
    this.#api = apiClient(server, caCertificate, token, 'pulumi-resource-kubernetes');
  }

  /** The object as it is now; undefined when it is not there, or its kind is not. */
  async read(object: LiveObject): Promise<LiveObject> {
    const kind = await this.#find(object);
    return kind && this.#api.get(await this.#path(object));
  }

  /** @throws Refusal with 409 when it is there already: since version 4.29 the provider adopts nothing. */
  async create(object: LiveObject, { manager, dryRun }: WriteOptions): Promise<LiveObject> {
    const query = `fieldManager=${manager}&fieldValidation=Warn${dryRun ? '&dryRun=All' : ''}`;
    const collection = (await this.#path(object)).replace(/\/[^/]*$/, '');
    return accepted(await this.#api.send('POST', `${collection}?${query}`, object));
  }

  /**
   * Server-side apply, without force where the object does not ask for it.
   * @throws Refusal with 409 when somebody else owns a field that would change.
   */
  async apply(asked: LiveObject, { manager, dryRun }: WriteOptions, ignored: string[] = []): Promise<LiveObject> {
    await this.#takeOverOwnFields(asked, manager, dryRun);
    const live = ignored.length > 0 ? await this.read(asked) : undefined;
    const object = live ? keeping(ignored, asked, live, manager) : asked;
    const force = object.metadata.annotations?.['pulumi.com/patchForce'] === 'true';
    const query = `fieldManager=${manager}&force=${force}${dryRun ? '&dryRun=All' : ''}`;
    const path = `${await this.#path(object)}?${query}`;
    return accepted(await this.#api.send('PATCH', path, object, 'application/apply-patch+yaml'));
  }

  /** In the foreground; waits until the object is gone, unless it says `pulumi.com/skipAwait`. */
  async delete(object: LiveObject): Promise<void> {
    if (!(await this.#find(object))) return; // The definition of its kind went first, and the object with it.
    const answer = await this.#api.send('DELETE', await this.#path(object), { propagationPolicy: 'Foreground' });
    if (answer.status === 404) return;
    if (answer.status >= 300) throw refusal(answer);
    if (object.metadata.annotations?.['pulumi.com/skipAwait'] === 'true') return;
    const end = performance.now() + DELETED_MS;
    while (await this.read(object)) {
      if (performance.now() > end) throw new Error(`${object.kind} ${object.metadata.name} is still there`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Fields that we own by `create` would stand in the way of our own apply: they become ours by apply. */
  async #takeOverOwnFields(object: LiveObject, manager: string, dryRun: boolean): Promise<void> {
    if (dryRun) return;
    for (let tries = 1; ; tries++) {
      const live = await this.read(object);
      const entries: LiveObject[] = live?.metadata.managedFields ?? [];
      const created = entries.findIndex((entry) => entry.manager === manager && entry.operation === 'Update');
      if (created < 0 || entries.some((entry) => entry.manager === manager && entry.operation === 'Apply')) return;
      const patch = [
        { op: 'test', path: '/metadata/resourceVersion', value: live.metadata.resourceVersion },
        { op: 'replace', path: `/metadata/managedFields/${created}/operation`, value: 'Apply' },
      ];
      const answer = await this.#api.send('PATCH', await this.#path(object), patch, 'application/json-patch+json');
      // 422: it has changed since it was read, as every new Deployment does.
      if (answer.status !== 422 || tries === 10) return void accepted(answer);
    }
  }

  async #path(object: LiveObject): Promise<string> {
    const { apiVersion, kind, metadata } = object;
    const found = await this.#find(object);
    if (!found) throw new Refusal(404, `no matches for kind "${kind}" in version "${apiVersion}"`);
    const folder = found.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${groupPath(apiVersion)}${folder}/${found.name}/${metadata.name}`;
  }

  /** Asks again while it is not there: its definition may just have been created. */
  async #find({ apiVersion, kind }: LiveObject): Promise<Kind | undefined> {
    const known = this.#kinds.get(apiVersion)?.find((each) => each.kind === kind);
    if (known) return known;
    const list = await this.#api.get(groupPath(apiVersion));
    const kinds: Kind[] = (list?.resources ?? []).filter(({ name }: Kind) => !name.includes('/'));
    this.#kinds.set(apiVersion, kinds);
    return kinds.find((each) => each.kind === kind);
  }
}

/** Ignored fields as they are: left out where only others own them, and sent as they are now where they would be lost. */
function keeping(ignored: string[], asked: LiveObject, live: LiveObject, manager: string): LiveObject {
  const object = structuredClone(asked);
  const entries: LiveObject[] = live.metadata.managedFields ?? [];
  for (const path of ignored) {
    const names = path.split('.');
    const owners = entries.filter(({ fieldsV1 }) => at(fieldsV1, ...names.map((name) => `f:${name}`)) !== undefined);
    const others = owners.length > 0 && owners.every((owner) => owner.manager !== manager);
    put(object, names, others ? undefined : (at(live, ...names) ?? at(asked, ...names)));
  }
  return object;
}

function put(object: LiveObject, path: string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length > 0) {
    if (object[name] !== undefined) put(object[name], rest, value);
  } else if (value === undefined) delete object[name];
  else object[name] = value;
}

const groupPath = (apiVersion: string) => `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`;

function accepted(answer: ApiAnswer): LiveObject {
  if (answer.status >= 300) throw refusal(answer);
  return answer.body;
}

const refusal = ({ status, body }: ApiAnswer) => new Refusal(status, body?.message ?? String(body));
