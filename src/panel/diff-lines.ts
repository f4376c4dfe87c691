/** One line of a unified diff. */
export interface DiffLine {
  number: number;
  text: string;
  kind: 'new' | 'old' | 'same';
}

/** The lines of a unified diff, with what they say about the file. */
export function diffLines(diff: string): DiffLine[] {
  return diff.split('\n').map((text, index) => ({ number: index + 1, text, kind: lineKind(text) }));
}

function lineKind(text: string): DiffLine['kind'] {
  if (text.startsWith('+')) {
    return 'new';
  }
  return text.startsWith('-') ? 'old' : 'same';
}
