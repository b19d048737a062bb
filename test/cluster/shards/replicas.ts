/** Replicas of one installation, each with a ServiceAccount of its own, so that the audit log tells them apart. */
import { Duration } from 'cdk8s';
import { TrafficProvider } from '../../../constructs';
import type { Plane } from '../control-plane/plane';
import { synthesised } from '../installation';
import { freePort, SerinProcess } from '../serin-process';
import type { AnyObject } from '../tutorial-fixture';

export const SHARDS = 12;

export interface Replica {
  name: string;
  /** As the audit log names it. */
  user: string;
  process: SerinProcess;
  /** Freezes the process where it stands, and lets it go on. */
  send(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
}

/** What is installed for replicas that share the Canaries of one namespace. */
export const shardedObjects = (namespace: string, watchNamespace: string): AnyObject[] =>
  synthesised(namespace, {
    watchNamespace,
    customResourceDefinitions: false,
    trafficProviders: [TrafficProvider.KUBERNETES],
    flags: { meshProvider: TrafficProvider.KUBERNETES, shards: SHARDS, minInterval: Duration.seconds(1) },
  });

/** Starts a replica with the arguments of the installed Deployment and the rights of its ServiceAccount. */
export async function startReplica(plane: Plane, objects: AnyObject[], name: string): Promise<Replica> {
  const { namespace } = objects.find(({ kind }) => kind === 'ServiceAccount').metadata;
  await plane.apply(rightsOf(objects, namespace, name));
  const { args } = objects.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
  const port = await freePort();
  const kubeconfig = await plane.serviceAccountKubeconfig(namespace, name);
  const process = new SerinProcess([...args, `--kubeconfig=${kubeconfig}`, `--port=${port}`]);
  process.start();
  await process.ready(`http://127.0.0.1:${port}/readyz`);
  return {
    name,
    user: `system:serviceaccount:${namespace}:${name}`,
    process,
    send: (signal) => {
      if (process.pid === undefined) throw new Error(`replica ${name} has not been started`);
      globalThis.process.kill(process.pid, signal);
    },
  };
}

/** The same bindings as the installed ServiceAccount has. */
function rightsOf(objects: AnyObject[], namespace: string, name: string): AnyObject[] {
  const bindings = objects.filter(({ kind }) => kind === 'RoleBinding');
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...bindings.map((binding) => ({
      ...binding,
      metadata: { ...binding.metadata, name: `${binding.metadata.name}-${name}` },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    })),
  ];
}
