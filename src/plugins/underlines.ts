import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';

import { FindingsByCell } from '../findings';
import { IExportContext } from '../tokens';
import { underlines } from '../underlines';

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
      session.changed.connect(() => findingsByCell.set(panel, session.check?.findings ?? []));
      panel.disposed.connect(() => findingsByCell.set(panel, []));
    });
    editors?.addExtension({
      name: 'nbexport:findings',
      factory: ({ model }) => {
        // the model of a cell has its id; that of a file has none
        const { id } = model as { id?: string };
        return id === undefined
          ? null
          : EditorExtensionRegistry.createImmutableExtension(underlines(findingsByCell, id));
      }
    });
  }
};
