/** Where the objects of a release come from: the very program or manifest that is deployed. */

/** A cdk8s Chart, or anything else that writes Kubernetes objects. */
export interface ObjectsWriter {
  toJson(): unknown[];
}

/** A cdk8s App: all its charts count. */
export interface ChartsHolder {
  readonly charts: readonly ObjectsWriter[];
}

/** A Chart, an App, plain objects, or a text of YAML documents. */
export type Source = ObjectsWriter | ChartsHolder | readonly object[] | string;
