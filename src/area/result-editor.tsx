import { EditorSelection } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import * as React from 'react';

import { conflictColors } from './conflict-colors';
import {
  type Conflict,
  conflictAt,
  conflictsIn,
  type Markers,
  RESOLUTIONS,
  type Resolution,
  resolved
} from './conflict-markers';
import type { EditorKit } from './editor-kit';
import { useFilledNode } from './hooks';

export interface ResultWords {
  label: string;
  /** Which conflict of how many it is. */
  count: (number: number, total: number) => string;
  resolutions: Record<Resolution, string>;
  none: string;
  previous: string;
  next: string;
}

interface ResultEditorProps {
  path: string;
  /** What is in the editor at first. */
  text: string;
  markers: Markers;
  words: ResultWords;
  onChange: (text: string) => void;
  /** The conflict at the cursor, or the next one after it, is another one. */
  onCurrent: (conflict: Conflict | null) => void;
  kit: EditorKit;
}

/** The merged text: conflicts are resolved one by one, by the buttons above it or by hand. */
export function ResultEditor(props: ResultEditorProps): JSX.Element {
  const { path, text, markers, words, kit } = props;
  const view = React.useRef<EditorView | null>(null);
  const [place, setPlace] = React.useState({ index: 0, total: 0 });
  // the editor lives as long as its file is shown, whatever functions it is given meanwhile
  const listener = React.useRef(props);
  listener.current = props;
  const fill = React.useCallback(
    (host: HTMLElement) => {
      const tell = (present: EditorView) => {
        const conflicts = conflictsIn(present.state.doc.toString(), markers);
        const index = conflictAt(conflicts, present.state.selection.main.head);
        setPlace({ index, total: conflicts.length });
        listener.current.onCurrent(conflicts[index] ?? null);
      };
      const watch = EditorView.updateListener.of(update => {
        if (update.docChanged) {
          listener.current.onChange(update.state.doc.toString());
        }
        if (update.docChanged || update.selectionSet) {
          tell(update.view);
        }
      });
      const label = EditorView.contentAttributes.of({ 'aria-label': words.label });
      const editor = kit.createEditor({
        host,
        path,
        text,
        extensions: [conflictColors(markers), watch, label]
      });
      view.current = editor.view;
      goTo(editor.view, conflictsIn(text, markers)[0]);
      tell(editor.view);
      return () => {
        view.current = null;
        editor.dispose();
      };
    },
    [kit, path, text, markers, words]
  );
  const withConflicts = (act: (present: EditorView, conflicts: Conflict[], index: number) => void) => {
    if (view.current) {
      const conflicts = conflictsIn(view.current.state.doc.toString(), markers);
      act(view.current, conflicts, conflictAt(conflicts, view.current.state.selection.main.head));
    }
  };
  const step = (by: number) =>
    withConflicts((present, conflicts, index) =>
      goTo(present, conflicts[(index + by + conflicts.length) % conflicts.length])
    );
  const resolve = (resolution: Resolution) =>
    withConflicts((present, conflicts, index) => {
      const conflict = conflicts[index];
      if (conflict) {
        resolveConflict(present, conflict, resolution);
        const left = conflictsIn(present.state.doc.toString(), markers);
        goTo(present, left[conflictAt(left, conflict.from)]);
      }
    });
  return (
    <>
      <div className="nbexport-Result-bar" role="toolbar" aria-label={words.label}>
        <span role="status">{place.total > 0 ? words.count(place.index + 1, place.total) : words.none}</span>
        {place.total > 1 && (
          <>
            <button type="button" onClick={() => step(-1)}>
              {words.previous}
            </button>
            <button type="button" onClick={() => step(1)}>
              {words.next}
            </button>
          </>
        )}
        {place.total > 0 &&
          RESOLUTIONS.map(resolution => (
            <button key={resolution} type="button" onClick={() => resolve(resolution)}>
              {words.resolutions[resolution]}
            </button>
          ))}
      </div>
      <div className="nbexport-Result-text" ref={useFilledNode(fill)} />
    </>
  );
}

/** Put the lines of a resolution in the place of a conflict. */
function resolveConflict(view: EditorView, conflict: Conflict, resolution: Resolution): void {
  view.dispatch({
    changes: { from: conflict.from, to: conflict.to, insert: resolved(conflict, resolution) },
    selection: EditorSelection.cursor(conflict.from),
    userEvent: 'input.resolve'
  });
}

function goTo(view: EditorView, conflict: Conflict | undefined): void {
  if (conflict) {
    view.dispatch({
      selection: EditorSelection.cursor(conflict.from),
      effects: EditorView.scrollIntoView(conflict.from, { y: 'start', yMargin: 60 })
    });
  }
}
