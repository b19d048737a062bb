/** Lines of a given width made of coloured pieces: colours have no width, so pieces are cut before they are painted. */

export type Paint = (text: string) => string;

/** A text, or a text with its colour. */
export type Piece = string | readonly [text: string, paint: Paint];

const textOf = (piece: Piece): string => (typeof piece === 'string' ? piece : piece[0]);

const painted = (piece: Piece, text: string): string => (typeof piece === 'string' ? text : piece[1](text));

/** Characters that the pieces take. */
export function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + [...textOf(piece)].length, 0);
}

/** The pieces as one line; what does not fit ends in an ellipsis. */
export function line(pieces: readonly Piece[], width: number): string {
  let left = widthOf(pieces) > width ? Math.max(0, width - 1) : width;
  const cut = left !== width && width > 0;
  let text = '';
  for (const piece of pieces) {
    const shown = [...textOf(piece)].slice(0, left);
    left -= shown.length;
    if (shown.length > 0) text += painted(piece, shown.join(''));
  }
  return cut ? `${text}…` : text;
}

/** The left pieces at the left edge and the right ones at the right; the right ones give way. */
export function spread(left: readonly Piece[], right: readonly Piece[], width: number): string {
  const gap = width - widthOf(left) - widthOf(right);
  return gap < 2 ? line(left, width) : line([...left, ' '.repeat(gap), ...right], width);
}
