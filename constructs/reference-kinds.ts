/** That a reference by name means an object of the right kind. Without cdk8s: the command line reads our enums alone. */
import type { IConstruct } from 'constructs';
import type { INamedRef } from './references';

/** What constructs have besides a name: an ApiObject its kind, ours their ApiObject. */
interface Kinded {
  readonly kind?: string;
  readonly apiObject?: { readonly kind: string };
  readonly node?: IConstruct['node'];
}

/**
 * A construct of another kind has a name too, but is no answer.
 * @throws Error when `ref` is known to be of another kind.
 * @internal
 */
export function checkKind(ref: INamedRef, kind: string, where: string): void {
  const { kind: own, apiObject, node } = ref as Kinded;
  const found = own ?? apiObject?.kind;
  if (found === undefined || found === kind) return;
  throw new Error(`${where}: [${node?.path ?? ref.name}] is a construct of kind ${found}: give one of kind ${kind}`);
}
