import type { Finding } from './wire';

/** An underlined range of a text, in UTF-16 units, with what is said about it. */
export interface Diagnostic {
  readonly from: number;
  readonly to: number;
  readonly severity: Finding['severity'];
  readonly code: string;
  readonly message: string;
}

/** The text of an editor, as CodeMirror's `Text` has it; lines count from 1. */
export interface EditorText {
  readonly lines: number;
  line(row: number): { readonly from: number; readonly text: string };
}

/** Findings as an editor underlines them, in the order of the text. */
export function toDiagnostics(text: EditorText, findings: readonly Finding[]): Diagnostic[] {
  return findings
    .map(({ place, severity, message, hint, code }) => {
      const from = offsetAt(text, place.row, place.column);
      const to = Math.max(offsetAt(text, place.end_row, place.end_column), from);
      return { from, to, severity, code, message: `${message}\n${hint}` };
    })
    .sort((a, b) => a.from - b.from);
}

/** The offset of a place, both counted from 1. The text may have been edited since: it stays inside the text. */
export function offsetAt(text: EditorText, row: number, column: number): number {
  const line = text.line(Math.min(Math.max(row, 1), text.lines));
  return line.from + utf16Length(line.text, column - 1);
}

/** The length in UTF-16 units, which CodeMirror counts, of the first code points, which the server counts. */
export function utf16Length(text: string, codePoints: number): number {
  return Array.from(text).slice(0, codePoints).join('').length;
}

/** Whether two lists of underlines look alike: the same places and words, in any order. */
export function sameDiagnostics(shown: readonly Diagnostic[], wanted: readonly Diagnostic[]): boolean {
  return shown.length === wanted.length && looks(shown).every((look, index) => look === looks(wanted)[index]);
}

function looks(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ from, to, severity, message }) => JSON.stringify([from, to, severity, message])).sort();
}
