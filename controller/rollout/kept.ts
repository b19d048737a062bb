/** Answers that are worked out once for each object: what is seen is shared and never changed, so they stay true. */
import { isObject } from '../../model/json';

/** A function of an object that remembers its answers for as long as the object lives. */
export function kept<K extends object, V>(answer: (object: K) => V): (object: K) => V {
  const ask = keptWith<V>();
  return (object) => ask(object, [], () => answer(object));
}

/**
 * The same for answers about several things: of each `object` the last one is remembered, and is true while all `others`
 * are what they were (the very same objects, equal texts). Of what is no object, such as a spec that is missing, nothing is.
 */
export function keptWith<V>(): (object: unknown, others: readonly unknown[], answer: () => V) => V {
  const answers = new WeakMap<object, { others: readonly unknown[]; value: V }>();
  return (object, others, answer) => {
    if (!isObject(object)) return answer();
    const known = answers.get(object);
    if (known?.others.every((other, index) => other === others[index])) return known.value;
    const value = answer();
    answers.set(object, { others, value });
    return value;
  };
}
