/** What is said and kept of a text that others wrote: an Event and a condition have room for no more. */
const LONGEST = 4_096;

/** The text, or its beginning and `…`. */
export const shortText = (text: string, longest: number = LONGEST): string =>
  text.length > longest ? `${text.slice(0, longest)}…` : text;
