/** The part of the window that the panel never takes more of. */
const LARGEST_PART = 0.45;

/** The sizes of a split with its last part at least as wide as asked; what it gains is taken from the widest other. */
export function widened(sizes: readonly number[], total: number, width: number): number[] {
  const sum = sizes.reduce((a, b) => a + b, 0);
  const last = sizes.length - 1;
  const part = Math.min(width / total, LARGEST_PART);
  const parts = sizes.map(size => size / sum);
  const lacking = part - (parts[last] ?? 0);
  if (!(lacking > 0)) {
    return parts;
  }
  const others = parts.slice(0, last);
  const widest = others.indexOf(Math.max(...others));
  return parts.map((size, index) => {
    if (index === last) {
      return part;
    }
    return index === widest ? size - lacking : size;
  });
}
