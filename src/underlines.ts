import { setDiagnostics } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import { ViewPlugin } from '@codemirror/view';

import { toDiagnostics } from './diagnostics';
import type { FindingsByCell } from './findings';

/** Underlines the findings of one cell; an editor that is made late gets them too. */
export function underlines(findingsByCell: FindingsByCell, cellId: string): Extension {
  return ViewPlugin.define(view => {
    let isDestroyed = false;
    let shownFindings = '[]';
    const update = () => {
      const findings = findingsByCell.get(cellId);
      const serialized = JSON.stringify(findings);
      // of 300 editors, a check changes one or two
      if (!isDestroyed && serialized !== shownFindings) {
        shownFindings = serialized;
        view.dispatch(setDiagnostics(view.state, toDiagnostics(view.state.doc, findings)));
      }
    };
    findingsByCell.changed.connect(update);
    // nothing may be dispatched while the view is being made
    window.setTimeout(update);
    return {
      destroy: () => {
        isDestroyed = true;
        findingsByCell.changed.disconnect(update);
      }
    };
  });
}
