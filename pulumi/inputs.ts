/** The props of the constructs where every part may come from another resource. */
import * as pulumi from '@pulumi/pulumi';
import type { Duration } from 'cdk8s';
import type { Metric } from '../constructs/metric';
import type { Strategy } from '../constructs/strategy';
import type { Webhook } from '../constructs/webhook';

/** Every part of `T` may be a pulumi Input, and an enum's member may be written as its text. */
export type Inputs<T> = pulumi.Input<Parts<T>>;

type Parts<T> = T extends Duration | Metric | Strategy | Webhook
  ? T
  : T extends string
    ? T | `${T}`
    : T extends readonly (infer Item)[]
      ? Inputs<Item>[]
      : T extends object
        ? { [Key in keyof T]: Inputs<T[Key]> }
        : T;

type Fields = { [name: string]: unknown };

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const isOutput = (value: unknown): value is pulumi.OutputInstance<unknown> => pulumi.Output.isInstance(value);

/** A Duration, a Metric and their like, also of another copy of cdk8s or of Serin. */
const hasMethods = (value: Fields): boolean =>
  typeof value['toMilliseconds'] === 'function' || typeof value['_render'] === 'function';

/**
 * What `make` makes of the value once every input in it is known. Pulumi copies what it unwraps field by field, which
 * takes the methods off a Metric or a Duration: they are hidden in functions meanwhile.
 * `refuse` makes the error of what `make` throws.
 */
export function settled<Known>(
  value: object,
  make: (known: Known) => unknown,
  refuse: (message: string) => Error,
): pulumi.Output<unknown> {
  const known = pulumi.output(guarded(value) as pulumi.Input<object>);
  return known.apply((fields) => {
    try {
      return make(unguarded(fields) as Known);
    } catch (error) {
      throw refuse(error instanceof Error ? error.message : String(error));
    }
  }) as pulumi.Output<unknown>;
}

function guarded(value: unknown): unknown {
  if (isOutput(value)) return value.apply(guarded);
  if (value instanceof Promise) return value.then(guarded);
  if (Array.isArray(value)) return value.map(guarded);
  if (!isObject(value)) return value;
  if (pulumi.Resource.isInstance(value)) return namesOf(value);
  if (hasMethods(value)) return () => value;
  return mapped(value, guarded);
}

function unguarded(value: unknown): unknown {
  if (typeof value === 'function') return value();
  if (Array.isArray(value)) return value.map(unguarded);
  return isObject(value) ? mapped(value, unguarded) : value;
}

const mapped = (value: Fields, change: (field: unknown) => unknown): Fields =>
  Object.fromEntries(Object.entries(value).map(([name, field]) => [name, change(field)]));

/** A resource in the place of a reference is its name and namespace: `secret: mySecret`, `provider: myAlertProvider`. */
function namesOf(resource: pulumi.Resource): Fields {
  const { name, namespace, metadata } = resource as unknown as Fields;
  if (name !== undefined || metadata === undefined) return { name, namespace };
  const meta = pulumi.output(metadata as pulumi.Input<{ name?: string; namespace?: string } | undefined>);
  return { name: meta.apply((known) => known?.name), namespace: meta.apply((known) => known?.namespace) };
}
