import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { EditorKit } from './editor-kit';
import { useFilledNode, useIsNarrow } from './hooks';
import { colored } from './text-view';

/** Below this width two texts do not fit side by side. */
const SIDE_BY_SIDE_PX = 620;

/** Unchanged lines are folded away but for these around each change. */
const COLLAPSE = { margin: 3, minSize: 6 };

/** A comparison of long texts stops being exact rather than to hold the page up. */
const DIFF = { scanLimit: 2000, timeout: 300 };

interface DiffViewProps {
  path: string;
  before: string;
  after: string;
  kit: EditorKit;
  trans: TranslationBundle;
}

/** What changes in a file: side by side, or in one text where there is no room for two. */
export function DiffView({ path, before, after, kit, trans }: DiffViewProps): JSX.Element {
  const outer = React.useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow(outer, SIDE_BY_SIDE_PX);
  const fill = React.useCallback(
    (parent: HTMLElement) => {
      const setup = kit.readOnly(path);
      const phrases = EditorState.phrases.of({ '$ unchanged lines': trans.__('$ unchanged lines') });
      if (isNarrow) {
        const label = trans.__('Changes of %1', path);
        const unified = unifiedMergeView({
          original: before,
          mergeControls: false,
          collapseUnchanged: COLLAPSE,
          diffConfig: DIFF
        });
        const extensions = [setup.extension(label), phrases, unified];
        const view = new EditorView({ parent, state: EditorState.create({ doc: after, extensions }) });
        return colored(setup, [view], () => view.destroy());
      }
      const view = new MergeView({
        parent,
        a: { doc: before, extensions: [setup.extension(trans.__('%1 as it is now', path)), phrases] },
        b: { doc: after, extensions: [setup.extension(trans.__('%1 after the export', path)), phrases] },
        collapseUnchanged: COLLAPSE,
        diffConfig: DIFF
      });
      return colored(setup, [view.a, view.b], () => view.destroy());
    },
    [kit, path, before, after, isNarrow, trans]
  );
  return (
    <div className="nbexport-Diff" ref={outer}>
      {!isNarrow && (
        <div className="nbexport-Diff-heads" aria-hidden="true">
          <span>{trans.__('Now')}</span>
          <span>{trans.__('After the export')}</span>
        </div>
      )}
      <div className="nbexport-Diff-texts" ref={useFilledNode(fill)} />
    </div>
  );
}
