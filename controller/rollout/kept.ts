/** Answers that are worked out once for each object: what is seen is shared and never changed, so they stay true. */

/** A function of an object that remembers its answers for as long as the object lives. */
export function kept<K extends object, V>(answer: (object: K) => V): (object: K) => V {
  const answers = new WeakMap<K, { value: V }>();
  return (object) => {
    const known = answers.get(object);
    if (known) return known.value;
    const value = answer(object);
    answers.set(object, { value });
    return value;
  };
}
