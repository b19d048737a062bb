/** Pulumi's mocks, which remember what was registered. */
import * as pulumi from '@pulumi/pulumi';

export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export interface Engine {
  /** Custom resources, in the order of their registration. */
  registered: Registered[];
  find(name: string): Registered | undefined;
}

/** What is under way would reach the next test's engine. */
afterEach(() => pulumi.runtime.disconnect());

/** A new program; what was registered by another one is forgotten. */
export async function startEngine(preview = true): Promise<Engine> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, custom }) {
        if (custom) registered.push({ type, name, inputs });
        return { id: `${name}-id`, state: inputs };
      },
      call: () => ({}),
    },
    'project',
    'stack',
    preview,
  );
  return { registered, find: (name) => registered.find((each) => each.name === name) };
}

/** The value of an output. */
export function knownOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((done, fail) => {
    const { promise } = output as unknown as { promise(): Promise<T> };
    promise.call(output).then(done, fail);
  });
}

/** Why an output has no value. Its other promises fail too, and somebody must look at them. */
export async function failureOf(output: pulumi.Output<unknown>): Promise<Error> {
  const { isKnown, isSecret } = output as unknown as Record<'isKnown' | 'isSecret', Promise<unknown>>;
  for (const promise of [isKnown, isSecret]) promise.catch(() => {});
  return knownOf(output).then(
    () => new Error('it has a value'),
    (error: Error) => error,
  );
}
