import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTools } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';

import { RestTimer } from '../rest-timer';
import { markCells } from '../role-chips';
import { RolePicker } from '../role-picker';
import { RolesTool } from '../roles-tool';
import { IExportContext } from '../tokens';
import { loadTranslation } from '../translation';

/** How long the notebook rests before its chips are drawn anew. */
const CHIPS_REST_MS = 80;

/** Shows the roles of cells: chips in the notebook, a picker in the cell toolbar, checkboxes in the property inspector. */
export const cellRolesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:cell-roles',
  description: 'Shows and changes the roles of cells.',
  autoStart: true,
  requires: [IExportContext],
  optional: [ITranslator, IToolbarWidgetRegistry, INotebookTools],
  activate: (
    _app: JupyterFrontEnd,
    { catalogue, sessions }: IExportContext,
    translator: ITranslator | null,
    toolbars: IToolbarWidgetRegistry | null,
    inspector: INotebookTools | null
  ): void => {
    const trans = loadTranslation(translator);

    sessions.watch(panel => {
      const drawChips = async () => {
        const { roles } = await catalogue;
        markCells(
          panel,
          roles.map(role => role.name)
        );
      };
      const restTimer = new RestTimer(() => void drawChips(), CHIPS_REST_MS);
      void panel.context.ready.then(() => {
        // each key is a change of the contents: chips follow once the keyboard rests for a moment
        panel.context.model.contentChanged.connect(() => restTimer.restart());
        void drawChips();
      });
    });

    toolbars?.addFactory<Cell>('Cell', 'nbexport-role', cell => new RolePicker(cell.model, catalogue, trans));

    // a section of its own: those of JupyterLab are made later, from its settings
    if (inspector) {
      const tool = new RolesTool(inspector, catalogue, trans);
      inspector.addSection({ sectionName: 'nbexport', label: trans.__('Export to production'), tool, rank: 10 });
    }
  }
};
