import { Diagnostic, setDiagnostics } from '@codemirror/lint';
import { Extension } from '@codemirror/state';
import { EditorView, ViewPlugin } from '@codemirror/view';
import { Signal } from '@lumino/signaling';

import { Finding } from './wire';

const SEVERITIES = { error: 'error', warning: 'warning', advice: 'info' } as const;

/** The findings of all open notebooks, by the id of their cell. */
export class FindingsByCell {
  readonly changed = new Signal<this, void>(this);
  private found = new Map<string, Finding[]>();
  private readonly of = new WeakMap<object, string[]>();

  /** Replace what is known of one notebook. */
  set(owner: object, findings: readonly Finding[]): void {
    (this.of.get(owner) ?? []).forEach(id => this.found.delete(id));
    const ids: string[] = [];
    for (const finding of findings) {
      const id = finding.place.cell_id;
      if (id !== null) {
        this.found.set(id, [...(this.found.get(id) ?? []), finding]);
        ids.push(id);
      }
    }
    this.of.set(owner, ids);
    this.changed.emit();
  }

  get(id: string): readonly Finding[] {
    return this.found.get(id) ?? [];
  }
}

/** Underlines the findings of one cell; an editor that is made late gets them too. */
export function underlines(findings: FindingsByCell, cell: string): Extension {
  return ViewPlugin.define(view => {
    let gone = false;
    let shown = '[]';
    const show = () => {
      const found = findings.get(cell);
      const now = JSON.stringify(found);
      // of 300 editors, a check changes one or two
      if (!gone && now !== shown) {
        shown = now;
        view.dispatch(setDiagnostics(view.state, diagnostics(view, found)));
      }
    };
    findings.changed.connect(show);
    // nothing may be dispatched while the view is being made
    window.setTimeout(show);
    return {
      destroy: () => {
        gone = true;
        findings.changed.disconnect(show);
      }
    };
  });
}

function diagnostics(view: EditorView, findings: readonly Finding[]): Diagnostic[] {
  const at = (row: number, column: number) => {
    const line = view.state.doc.line(Math.min(Math.max(row, 1), view.state.doc.lines));
    return Math.min(line.from + units(line.text, column - 1), line.to);
  };
  return findings
    .map(({ place, severity, message, hint, code }) => {
      const from = at(place.row, place.column);
      const to = Math.max(at(place.end_row, place.end_column), from);
      return { from, to, severity: SEVERITIES[severity], source: code, message: `${message}\n${hint}` };
    })
    .sort((a, b) => a.from - b.from);
}

/** Columns count code points, CodeMirror counts UTF-16 units. */
export function units(text: string, points: number): number {
  return Array.from(text).slice(0, points).join('').length;
}
