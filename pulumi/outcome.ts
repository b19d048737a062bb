/** The outcome of a release as an Output: polls the API server while `pulumi up` runs. */
import * as pulumi from '@pulumi/pulumi';
import { apiReader } from './api-reader';
import type { WaitArgs } from './canary-args';
import { realClock } from './clock';
import { clusterAccess } from './kubeconfig';
import { defaultDeadlineMs } from './patience';
import type { KnownObject } from './references';
import { releaseReader } from './release-reader';
import { type Outcome, outcomeOf } from './wait';

/** What is waited for, and whom the messages name. */
export interface OutcomeArgs {
  owner: pulumi.Resource;
  wait: WaitArgs;
  /** Known only after the Canary and its target have been applied. */
  canary: pulumi.Output<{ name: string; namespace?: string | undefined }>;
  target: pulumi.Output<KnownObject>;
  spec: pulumi.Output<unknown>;
}

/** Unknown in a preview. Not a secret, even where the kubeconfig is one. Fails as `releaseOutcome` does. */
export function outcomeFor(args: OutcomeArgs): pulumi.Output<Outcome> {
  const { owner, wait, canary, target, spec } = args;
  const parts = pulumi.all([canary, target, spec, connectionOf(owner, wait)]);
  const outcome = parts.apply(async ([object, workload, rendered, connection]) => {
    if (pulumi.runtime.isDryRun()) return pulumi.unknown as unknown as Outcome;
    return releaseOutcome(owner, { object, workload, connection, deadlineMs: deadlineMs(wait, rendered) });
  });
  return pulumi.unsecret(outcome);
}

const deadlineMs = (wait: WaitArgs, spec: unknown): number =>
  wait.deadline?.toMilliseconds() ?? defaultDeadlineMs(spec);

/** Everything about a wait, known. */
export interface ReleaseParts {
  object: { name: string; namespace?: string | undefined };
  workload: KnownObject;
  connection: Connection;
  deadlineMs: number;
}

/** @throws ResourceError with the run's reason when the revision was rolled back, cannot run, or is late. */
export async function releaseOutcome(owner: pulumi.Resource, parts: ReleaseParts): Promise<Outcome> {
  const { object, workload, connection } = parts;
  let title = `Canary ${object.name}`;
  try {
    const access = clusterAccess(connection.kubeconfig, connection.context);
    const namespace = object.namespace ?? workload.namespace ?? connection.namespace ?? access.namespace ?? 'default';
    title = `Canary ${namespace}/${object.name}`;
    const ended = await outcomeOf({
      read: releaseReader(apiReader(access, realClock.now), { namespace, name: object.name, target: workload }),
      clock: realClock,
      deadlineMs: parts.deadlineMs,
      say: (message) => void pulumi.log.info(`${title}: ${message}`, owner),
    });
    void pulumi.log.info(`${title}: ${ended.message}`, owner);
    return ended;
  } catch (error) {
    const { reason, message } = error as Error & { reason?: string };
    throw new pulumi.ResourceError(`${title}: ${reason ? `${reason}: ` : ''}${message}`, owner, true);
  }
}

/** Where the cluster is, as far as the program says. */
export interface Connection {
  kubeconfig: string | undefined;
  context: string | undefined;
  namespace: string | undefined;
}

/** That of the Kubernetes provider which the object has: a provider's args are its outputs too. */
function connectionOf(owner: pulumi.Resource, wait: WaitArgs): pulumi.Output<Connection> {
  const provider = (owner.getProvider('kubernetes:index:Provider') ?? {}) as {
    [Field in keyof Connection]?: pulumi.Input<string | undefined>;
  };
  const config = new pulumi.Config('kubernetes');
  return pulumi.output({
    kubeconfig: wait.kubeconfig ?? provider.kubeconfig ?? config.get('kubeconfig'),
    context: wait.context ?? provider.context ?? config.get('context'),
    namespace: provider.namespace ?? config.get('namespace'),
  });
}
