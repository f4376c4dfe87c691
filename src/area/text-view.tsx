import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import * as React from 'react';

import type { EditorKit } from './editor-kit';
import { useFilledNode } from './hooks';

interface TextViewProps {
  path: string;
  text: string;
  label: string;
  kit: EditorKit;
}

/** The text of a file, in the colors of its language. */
export function TextView({ path, text, label, kit }: TextViewProps): JSX.Element {
  const fill = React.useCallback(
    (parent: HTMLElement) => {
      const setup = kit.readOnly(path);
      const view = new EditorView({
        parent,
        state: EditorState.create({ doc: text, extensions: setup.extension(label) })
      });
      return colored(setup, [view], () => view.destroy());
    },
    [kit, path, text, label]
  );
  return <div className="nbexport-File-text" ref={useFilledNode(fill)} />;
}

/** Color views, and give what takes them away. */
export function colored(
  setup: ReturnType<EditorKit['readOnly']>,
  views: readonly EditorView[],
  destroy: () => void
): () => void {
  let isGone = false;
  setup
    .color(views, () => isGone)
    .catch(error => console.warn('nbexport: the language of a file could not be loaded', error));
  return () => {
    isGone = true;
    destroy();
  };
}
