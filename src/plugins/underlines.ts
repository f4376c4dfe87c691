import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';

import { FindingsByCell } from '../findings';
import { IExportContext } from '../tokens';
import { type EditedCell, underlines } from '../underlines';

/** Underlines findings in the editors of cells. */
export const underlinesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:underlines',
  description: 'Underlines findings in the editors of cells.',
  autoStart: true,
  requires: [IExportContext],
  optional: [IEditorExtensionRegistry],
  activate: (_app: JupyterFrontEnd, { sessions }: IExportContext, editors: IEditorExtensionRegistry | null): void => {
    const findingsByCell = new FindingsByCell();
    sessions.watch((panel, session) => {
      session.changed.connect(() => {
        const { sharedModel, cells } = panel.context.model;
        const cellIds = Array.from(cells, cell => cell.id);
        findingsByCell.set(sharedModel, session.check?.findings ?? [], cellIds);
      });
    });
    editors?.addExtension({
      name: 'nbexport:findings',
      factory: ({ model }) => {
        // the shared model of a cell knows its notebook; that of a file has none
        const cell = model.sharedModel as Partial<EditedCell>;
        return cell.id === undefined
          ? null
          : EditorExtensionRegistry.createImmutableExtension(underlines(findingsByCell, cell as EditedCell));
      }
    });
  }
};
