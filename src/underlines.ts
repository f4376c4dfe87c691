import { type EditorState, type Extension, type Range, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, hoverTooltip, type Tooltip, ViewPlugin } from '@codemirror/view';

import { type Diagnostic, sameDiagnostics, toDiagnostics } from './diagnostics';
import type { FindingsByCell } from './findings';

/** A cell as its editor knows it: `notebook` is what all views of the notebook share, null while it belongs to none. */
export interface EditedCell {
  readonly id: string;
  readonly notebook: object | null;
}

const showDiagnostics = StateEffect.define<readonly Diagnostic[]>();

/** The underlines of an editor; typing moves them along. */
const underlined = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, { changes, effects, state }) =>
    effects.reduce(
      (shown, effect) => (effect.is(showDiagnostics) ? marksOf(effect.value, state.doc.length) : shown),
      marks.map(changes)
    ),
  provide: field => EditorView.decorations.from(field)
});

/** Underlines the findings of one cell; an editor that is made late gets them too. */
export function underlines(findingsByCell: FindingsByCell, cell: EditedCell): Extension {
  const follower = ViewPlugin.define(view => {
    let isDestroyed = false;
    const update = () => {
      if (!isDestroyed && cell.notebook) {
        show(view, findingsByCell, cell.notebook, cell.id);
      }
    };
    const onChanged = (_: FindingsByCell, notebook: object) => {
      if (notebook === cell.notebook) {
        update();
      }
    };
    findingsByCell.changed.connect(onChanged);
    // nothing may be dispatched while the view is being made
    window.setTimeout(update);
    return {
      destroy: () => {
        isDestroyed = true;
        findingsByCell.changed.disconnect(onChanged);
      }
    };
  });
  return [underlined, follower, hoverTooltip(tooltipAt)];
}

/** Bring the underlines of an editor up to date; of 300 editors, a check changes one or two. */
function show(view: EditorView, findingsByCell: FindingsByCell, notebook: object, cellId: string): void {
  const wanted = toDiagnostics(view.state.doc, findingsByCell.get(notebook, cellId));
  if (!sameDiagnostics(diagnosticsAt(view.state, 0, view.state.doc.length), wanted)) {
    view.dispatch({ effects: showDiagnostics.of(wanted) });
  }
}

function marksOf(diagnostics: readonly Diagnostic[], length: number): DecorationSet {
  const marks: Range<Decoration>[] = [];
  for (const diagnostic of diagnostics) {
    const from = Math.min(diagnostic.from, length - 1);
    if (from >= 0) {
      const { severity } = diagnostic;
      const mark = Decoration.mark({ class: `nbexport-Underline nbexport-mod-${severity}`, diagnostic });
      // a place without width is shown by the character after it
      marks.push(mark.range(from, Math.max(diagnostic.to, from + 1)));
    }
  }
  return Decoration.set(marks, true);
}

/** The underlines that touch a range, as they are now, in the order of the text. */
function diagnosticsAt(state: EditorState, begin: number, end: number): Diagnostic[] {
  const found: Diagnostic[] = [];
  state.field(underlined).between(begin, end, (from, to, mark) => {
    const diagnostic = mark.spec.diagnostic as Diagnostic;
    found.push({ ...diagnostic, from, to: diagnostic.from === diagnostic.to ? from : to });
  });
  return found;
}

function tooltipAt(view: EditorView, position: number): Tooltip | null {
  const diagnostics = diagnosticsAt(view.state, position, position);
  const [first] = diagnostics;
  if (!first) {
    return null;
  }
  return {
    pos: first.from,
    end: Math.max(...diagnostics.map(({ to }) => to)),
    above: true,
    create: () => {
      const dom = document.createElement('div');
      dom.className = 'nbexport-Underline-tooltip';
      for (const { code, message, severity } of diagnostics) {
        const line = document.createElement('p');
        line.className = `nbexport-mod-${severity}`;
        line.textContent = `${message} (${code})`;
        dom.append(line);
      }
      return { dom };
    }
  };
}
