/**
 * The few protobuf bodies that kubectl sends (`kubectl create namespace`, `configmap`, `deployment`, …), as JSON.
 * Field numbers are those of Kubernetes' generated.proto files.
 */

/** A field: its JSON name and type. `[]` repeats, `{}` is a map from string. Types in capitals are messages. */
type Field = readonly [name: string, type: string];
type Message = Record<number, Field>;

const META: Field = ['metadata', 'ObjectMeta'];

const MESSAGES: Record<string, Message> = {
  ObjectMeta: {
    1: ['name', 'string'],
    2: ['generateName', 'string'],
    3: ['namespace', 'string'],
    5: ['uid', 'string'],
    6: ['resourceVersion', 'string'],
    11: ['labels', 'string{}'],
    12: ['annotations', 'string{}'],
    14: ['finalizers', 'string[]'],
  },
  Namespace: { 1: META },
  ServiceAccount: { 1: META },
  ConfigMap: { 1: META, 2: ['data', 'string{}'], 3: ['binaryData', 'bytes{}'], 4: ['immutable', 'bool'] },
  Secret: {
    1: META,
    2: ['data', 'bytes{}'],
    3: ['type', 'string'],
    4: ['stringData', 'string{}'],
    5: ['immutable', 'bool'],
  },
  Deployment: { 1: META, 2: ['spec', 'DeploymentSpec'] },
  DeploymentSpec: { 1: ['replicas', 'int'], 2: ['selector', 'LabelSelector'], 3: ['template', 'PodTemplateSpec'] },
  LabelSelector: { 1: ['matchLabels', 'string{}'] },
  PodTemplateSpec: { 1: META, 2: ['spec', 'PodSpec'] },
  PodSpec: { 2: ['containers', 'Container[]'] },
  Container: {
    1: ['name', 'string'],
    2: ['image', 'string'],
    3: ['command', 'string[]'],
    4: ['args', 'string[]'],
    6: ['ports', 'ContainerPort[]'],
  },
  ContainerPort: { 1: ['name', 'string'], 3: ['containerPort', 'int'], 4: ['protocol', 'string'] },
  Service: { 1: META, 2: ['spec', 'ServiceSpec'] },
  ServiceSpec: {
    1: ['ports', 'ServicePort[]'],
    2: ['selector', 'string{}'],
    3: ['clusterIP', 'string'],
    4: ['type', 'string'],
    10: ['externalName', 'string'],
  },
  ServicePort: {
    1: ['name', 'string'],
    2: ['protocol', 'string'],
    3: ['port', 'int'],
    4: ['targetPort', 'IntOrString'],
    5: ['nodePort', 'int'],
  },
  // autoscaling/v1; the fourth field of v2 is a message, which is refused.
  HorizontalPodAutoscaler: { 1: META, 2: ['spec', 'HorizontalPodAutoscalerSpec'] },
  HorizontalPodAutoscalerSpec: {
    1: ['scaleTargetRef', 'CrossVersionObjectReference'],
    2: ['minReplicas', 'int'],
    3: ['maxReplicas', 'int'],
    4: ['targetCPUUtilizationPercentage', 'int'],
  },
  CrossVersionObjectReference: { 1: ['kind', 'string'], 2: ['name', 'string'], 3: ['apiVersion', 'string'] },
  IntOrString: { 1: ['type', 'int'], 2: ['intVal', 'int'], 3: ['strVal', 'string'] },
  DeleteOptions: {
    1: ['gracePeriodSeconds', 'int'],
    2: ['preconditions', 'Preconditions'],
    3: ['orphanDependents', 'bool'],
    4: ['propagationPolicy', 'string'],
    5: ['dryRun', 'string[]'],
  },
  Preconditions: { 1: ['uid', 'string'], 2: ['resourceVersion', 'string'] },
  Unknown: { 1: ['type', 'TypeMeta'], 2: ['raw', 'raw'] },
  TypeMeta: { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] },
};

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** The JSON object of a protobuf body; undefined for kinds and fields that are not known here. */
export function objectFromProtobuf(body: Buffer): Record<string, unknown> | undefined {
  if (!body.subarray(0, 4).equals(MAGIC)) return undefined;
  try {
    const { type, raw } = decode('Unknown', body.subarray(4)) as {
      type: { apiVersion: string; kind: string };
      raw: Buffer;
    };
    return { apiVersion: type.apiVersion, kind: type.kind, ...(decode(type.kind, raw) as object) };
  } catch {
    return undefined;
  }
}

/** Messages give objects, except for IntOrString. @throws Error at anything not in the tables. */
function decode(type: string, bytes: Buffer): unknown {
  const fields = MESSAGES[type];
  if (!fields) throw new Error(`unknown message ${type}`);
  const made: Record<string, unknown> = {};
  for (const { number, value } of read(bytes)) {
    const field = fields[number];
    if (field) set(made, field, value);
    else if (!isEmpty(value)) throw new Error(`unknown field ${number} of ${type}`);
  }
  if (type !== 'IntOrString') return made;
  return made['type'] === 1 ? made['strVal'] : (made['intVal'] ?? 0);
}

function set(made: Record<string, unknown>, [name, type]: Field, value: number | Buffer): void {
  if (type.endsWith('[]')) {
    const list = (made[name] ?? []) as unknown[];
    made[name] = [...list, scalar(type.slice(0, -2), value)];
  } else if (type.endsWith('{}')) {
    const entry = Object.fromEntries([...read(value as Buffer)].map((part) => [part.number, part.value]));
    const map = (made[name] ?? {}) as Record<string, unknown>;
    map[String(entry[1] ?? '')] = scalar(type.slice(0, -2), entry[2] ?? Buffer.alloc(0));
    made[name] = map;
  } else if (!isEmpty(value)) made[name] = scalar(type, value);
}

function scalar(type: string, value: number | Buffer): unknown {
  if (typeof value === 'number') return type === 'bool' ? value === 1 : value;
  if (type === 'raw') return value;
  if (type === 'string') return value.toString('utf8');
  return type === 'bytes' ? value.toString('base64') : decode(type, value);
}

/** Zero, no bytes, or a message whose fields are all like that: what the writer always writes. */
function isEmpty(value: number | Buffer): boolean {
  if (typeof value === 'number') return value === 0;
  if (value.length === 0) return true;
  try {
    return [...read(value)].every((part) => isEmpty(part.value));
  } catch {
    return false;
  }
}

function* read(bytes: Buffer): Generator<{ number: number; value: number | Buffer }> {
  let offset = 0;
  const varint = (): number => {
    let result = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[offset++];
      if (byte === undefined) throw new Error('truncated');
      result += (byte & 127) * factor;
      if (byte < 128) return result;
    }
  };
  while (offset < bytes.length) {
    const tag = varint();
    const number = tag >>> 3;
    if ((tag & 7) === 0) yield { number, value: varint() };
    else if ((tag & 7) === 2) {
      const end = varint() + offset;
      if (number === 0 || end > bytes.length) throw new Error('truncated');
      yield { number, value: bytes.subarray(offset, end) };
      offset = end;
    } else throw new Error(`wire type ${tag & 7}`);
  }
}
