import { diff } from '@codemirror/merge';

/** Lines `from` to `to` of one text are lines `fromOther` to `toOther` of another one. */
export interface Hunk {
  from: number;
  to: number;
  fromOther: number;
  toOther: number;
}

/** A comparison that takes longer goes on with larger hunks. */
const TIMEOUT_MS = 500;
/** Line numbers are coded as characters below the surrogates, which come in pairs. */
const FIRST_CODE = 0x20;
const LAST_CODE = 0xd7ff;

/** The lines of a text, each with its line break. */
export function splitLines(text: string): string[] {
  return text.replace(/\r\n?/g, '\n').match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * The hunks in which two lists of lines differ.
 *
 * CodeMirror compares characters: each distinct line becomes one, as in "Line or Word Diffs" by Neil Fraser.
 */
export function lineHunks(lines: readonly string[], others: readonly string[]): Hunk[] {
  const codes = new Map<string, number>();
  for (const line of [...lines, ...others]) {
    if (!codes.has(line)) {
      codes.set(line, FIRST_CODE + codes.size);
    }
  }
  if (FIRST_CODE + codes.size > LAST_CODE) {
    return [{ from: 0, to: lines.length, fromOther: 0, toOther: others.length }];
  }
  const encode = (list: readonly string[]) => list.map(line => String.fromCharCode(codes.get(line) ?? 0)).join('');
  return diff(encode(lines), encode(others), { timeout: TIMEOUT_MS }).map(change => ({
    from: change.fromA,
    to: change.toA,
    fromOther: change.fromB,
    toOther: change.toB
  }));
}

/** How many lines a text has that the other one has not, and the other way round. */
export function countChanges(before: string, after: string): { added: number; removed: number } {
  const counts = { added: 0, removed: 0 };
  for (const hunk of lineHunks(splitLines(before), splitLines(after))) {
    counts.removed += hunk.to - hunk.from;
    counts.added += hunk.toOther - hunk.fromOther;
  }
  return counts;
}
