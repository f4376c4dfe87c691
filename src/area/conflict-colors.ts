import { type EditorState, type Extension, RangeSetBuilder, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';

import { conflictAt, conflictsIn, type Markers } from './conflict-markers';

/** Colors the sides of conflicts in a text; the one that the cursor is in has an edge. */
export function conflictColors(markers: Markers): Extension {
  return StateField.define<DecorationSet>({
    create: state => decorations(state, markers),
    update: (current, { docChanged, selection, state }) =>
      docChanged || selection ? decorations(state, markers) : current,
    provide: self => EditorView.decorations.from(self)
  });
}

function decorations(state: EditorState, markers: Markers): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const conflicts = conflictsIn(state.doc.toString(), markers);
  const currentIndex = conflictAt(conflicts, state.selection.main.head);
  conflicts.forEach((conflict, index) => {
    const edge = index === currentIndex ? ' nbexport-part-current' : '';
    let part = 'marker';
    for (let position = conflict.from; position < conflict.to; ) {
      const line = state.doc.lineAt(position);
      const next = partAfter(line.text, markers);
      builder.add(line.from, line.from, Decoration.line({ class: `nbexport-part-${next ? 'marker' : part}${edge}` }));
      part = next ?? part;
      position = line.to + 1;
    }
  });
  return builder.finish();
}

/** What follows a line that is a marker; null where it is none. */
function partAfter(line: string, markers: Markers): keyof Markers | null {
  for (const part of ['mine', 'base', 'new', 'end'] as const) {
    if (line === markers[part]) {
      return part;
    }
  }
  return null;
}
