import { EditorState, type Extension, RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { EditorKit } from './editor-kit';
import { useFilledNode } from './hooks';
import { type PaneLayout, type PaneSide, paneLayout } from './pane-layout';
import { colored } from './text-view';
import type { Region } from './three-way';

interface ConflictPanesProps {
  path: string;
  regions: readonly Region[];
  /** Whether there is a text that the last export wrote. */
  hasBase: boolean;
  /** The region that is looked at now; -1 for none. */
  current: number;
  kit: EditorKit;
  trans: TranslationBundle;
}

/** Mine, base and new side by side, level with each other. */
export function ConflictPanes({ path, regions, hasBase, current, kit, trans }: ConflictPanesProps): JSX.Element {
  const views = React.useRef<EditorView[]>([]);
  const names: Record<PaneSide, string> = {
    mine: trans.__('Mine, as it is now'),
    base: trans.__('Base, as the last export wrote it'),
    new: trans.__('New, from the notebook')
  };
  const sides: readonly PaneSide[] = hasBase ? ['mine', 'base', 'new'] : ['mine', 'new'];
  const fill = React.useCallback(
    (parent: HTMLElement) => {
      const setup = kit.readOnly(path);
      const labels: Record<PaneSide, string> = {
        mine: trans.__('Mine: %1', path),
        base: trans.__('Base: %1', path),
        new: trans.__('New: %1', path)
      };
      const shownSides: readonly PaneSide[] = hasBase ? ['mine', 'base', 'new'] : ['mine', 'new'];
      views.current = shownSides.map(side => {
        const layout = paneLayout(regions, side);
        const extensions = [setup.extension(labels[side]), laidOut(layout)];
        return new EditorView({ parent, state: EditorState.create({ doc: layout.text, extensions }) });
      });
      return colored(setup, views.current, () => {
        for (const view of views.current) {
          view.destroy();
        }
        views.current = [];
      });
    },
    [kit, path, regions, hasBase, trans]
  );
  const node = useFilledNode(fill);
  React.useEffect(() => {
    const [mine] = views.current;
    if (mine && current >= 0) {
      const offset = regions
        .slice(0, current)
        .flatMap(region => region.mine)
        .join('').length;
      const position = Math.min(offset, mine.state.doc.length);
      mine.dispatch({ effects: EditorView.scrollIntoView(position, { y: 'center' }) });
    }
  }, [regions, current]);
  return (
    <div className="nbexport-Panes" data-count={sides.length}>
      <div className="nbexport-Diff-heads" aria-hidden="true">
        {sides.map(side => (
          <span key={side}>{names[side]}</span>
        ))}
      </div>
      <div className="nbexport-Panes-texts" ref={node} />
    </div>
  );
}

function laidOut(layout: PaneLayout): Extension {
  return EditorView.decorations.compute(['doc'], state => decorations(layout, state));
}

function decorations({ marks, spacers }: PaneLayout, state: EditorState): DecorationSet {
  const lines = marks.flatMap(({ kind, firstLine, lastLine }) =>
    Array.from({ length: lastLine - firstLine + 1 }, (_, index) => ({
      position: state.doc.line(firstLine + index).from,
      rank: 0,
      decoration: Decoration.line({ class: `nbexport-line nbexport-line-${kind}` })
    }))
  );
  const spaces = spacers.map(({ afterLine, lineCount }) => ({
    position: afterLine === 0 ? 0 : state.doc.line(afterLine).to,
    rank: afterLine === 0 ? -1 : 1,
    decoration: Decoration.widget({ widget: new Spacer(lineCount), block: true, side: afterLine === 0 ? -1 : 1 })
  }));
  const builder = new RangeSetBuilder<Decoration>();
  for (const { position, decoration } of [...lines, ...spaces].sort(
    (one, other) => one.position - other.position || one.rank - other.rank
  )) {
    builder.add(position, position, decoration);
  }
  return builder.finish();
}

/** Space as high as some lines. */
class Spacer extends WidgetType {
  constructor(private readonly lineCount: number) {
    super();
  }

  override eq(other: Spacer): boolean {
    return other.lineCount === this.lineCount;
  }

  toDOM(): HTMLElement {
    const node = document.createElement('div');
    node.className = 'nbexport-spacer';
    node.style.height = `${this.lineCount}lh`;
    return node;
  }
}
