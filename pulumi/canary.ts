import type * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { validate } from '../model/validate';
import type { CanaryArgs } from './canary-args';
import { canarySpec } from './canary-spec';
import { CustomObject, checkedObject, refusalOf } from './custom-object';
import { outcomeFor } from './outcome';
import { knownObject, namesOf } from './references';
import { selectorProblems, workloadOf } from './target';
import type { Outcome } from './wait';

/** A workload under progressive delivery. `pulumi up` ends well when the version that it applied has been promoted. */
export class Canary extends CustomObject {
  public readonly resource: k8s.apiextensions.CustomResource;
  /**
   * How the release ended. It fails, and `pulumi up` with it, with the run's reason when the version was rolled back, and
   * when the deadline passed. Unknown in a preview, and with `wait: false`.
   */
  public readonly outcome: pulumi.Output<Outcome>;

  public constructor(name: string, args: CanaryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('serin:index:Canary', name, {}, opts);
    const spec = canarySpec(args, refusalOf(this, 'Canary', name));
    this.resource = checkedObject(this, name, {
      kind: 'Canary',
      metadata: metadataOf(args),
      spec,
      workload: workloadOf(args.target),
      rules: (canary, workload) => [...validate(canary), ...selectorProblems(canary, workload, args.selectorLabels)],
    });
    const applied = pulumi.all([this.resource.id, this.resource.metadata]);
    this.outcome =
      args.wait === false
        ? pulumi.output(pulumi.unknown as unknown as Outcome)
        : outcomeFor({
            owner: this,
            wait: args.wait ?? {},
            canary: applied.apply(([, { name: applied, namespace }]) => ({ name: applied ?? '', namespace })),
            target: knownObject(args.target),
            spec,
          });
    const outcome = args.wait === false ? {} : { outcome: this.outcome };
    this.registerOutputs({ name: this.name, namespace: this.namespace, ...outcome });
  }
}

/** The target's name and namespace, where the args have none. */
function metadataOf({ metadata, target }: CanaryArgs): pulumi.Output<k8s.types.input.meta.v1.ObjectMeta> {
  const { name, namespace } = namesOf(target);
  return pulumi.all([metadata ?? {}, name, namespace]).apply(([given, targetName, targetNamespace]) => ({
    ...(targetName !== undefined && { name: targetName }),
    ...(targetNamespace !== undefined && { namespace: targetNamespace }),
    ...given,
  }));
}
