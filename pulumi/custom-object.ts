/** What the three kinds have in common: one object in a component, checked as soon as all of it is known. */
import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { KubeObject } from '../model/kube';
import { isError, type Problem, problemText } from '../model/problem';

/** A component around one object of `flagger.app/v1beta1`. */
export abstract class CustomObject extends pulumi.ComponentResource {
  /** The object itself. */
  public abstract readonly resource: k8s.apiextensions.CustomResource;

  /** Name in the cluster. */
  public get name(): pulumi.Output<string> {
    return pulumi.output(this.resource.metadata.name);
  }

  /** Namespace in the cluster; undefined while only the provider knows it. */
  public get namespace(): pulumi.Output<string | undefined> {
    return pulumi.output(this.resource.metadata.namespace);
  }
}

const API_VERSION = 'flagger.app/v1beta1';

export interface ObjectParts {
  kind: 'Canary' | 'MetricTemplate' | 'AlertProvider';
  metadata: pulumi.Output<k8s.types.input.meta.v1.ObjectMeta>;
  spec: pulumi.Output<unknown>;
  /** The manifest of the target, for rules that need it. */
  workload?: pulumi.Output<KubeObject | undefined>;
  rules: (object: never, workload?: KubeObject) => Problem[];
}

/**
 * The object as a resource; what is wrong with it fails the preview.
 * @param owner The component, which the messages name.
 */
export function checkedObject(owner: pulumi.ComponentResource, name: string, parts: ObjectParts) {
  const { kind, metadata } = parts;
  const spec = checkedSpec(owner, name, parts);
  return new k8s.apiextensions.CustomResource(
    name,
    { apiVersion: API_VERSION, kind, metadata, spec },
    { parent: owner },
  );
}

/** The spec when the rules accept it; what they advise against is logged. */
export function checkedSpec(owner: pulumi.Resource, name: string, parts: ObjectParts): pulumi.Output<object> {
  const { kind, rules } = parts;
  return pulumi.all([parts.metadata, parts.spec, parts.workload]).apply(([metadata, spec, workload]) => {
    const object = { apiVersion: API_VERSION, kind, metadata, spec } as unknown as KubeObject;
    const { errors, warnings } = verdictOf(rules(object as never, workload));
    for (const text of warnings) void pulumi.log.warn(text, owner);
    if (errors.length > 0) throw refusalOf(owner, kind, name)(...errors);
    return spec as object;
  });
}

function verdictOf(problems: Problem[]) {
  return {
    errors: problems.filter(isError).map(problemText),
    warnings: problems.filter((problem) => !isError(problem)).map(problemText),
  };
}

/** Makes the error that names the resource: one line for one problem, else a list. */
export const refusalOf =
  (owner: pulumi.Resource, kind: ObjectParts['kind'], name: string) =>
  (...errors: string[]): Error => {
    const list = errors.map((error) => `\n  - ${error}`).join('');
    const text = errors.length === 1 ? `: ${errors[0]}` : ` has ${errors.length} errors:${list}`;
    return new pulumi.ResourceError(`${kind} "${name}"${text}`, owner, true);
  };
