import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTools, INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, type TranslationBundle } from '@jupyterlab/translation';

import { showRoleChips } from '../cells/role-chips';
import { RoleMenu } from '../cells/role-menu';
import { RolePicker } from '../cells/role-picker';
import { RolesTool } from '../cells/roles-tool';
import { RestTimer } from '../rest-timer';
import { IExportContext } from '../tokens';
import { loadTranslation } from '../translation';

/** How long the notebook rests before its chips are drawn again. */
const CHIPS_REST_MS = 80;

/** The settings of the extension: see `extension/schema/plugin.json`. */
const SETTINGS_ID = 'nbexport:plugin';
const HIDDEN_CLASS = 'nbexport-mod-hideRoles';

const CommandIDs = { choose: 'nbexport:choose-role', toggle: 'nbexport:toggle-role-chips' } as const;

/** Shows the roles of cells: chips in the notebook, a picker in the cell toolbar, checkboxes in the property inspector. */
export const cellRolesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:cell-roles',
  description: 'Shows and changes the roles of cells.',
  autoStart: true,
  requires: [IExportContext, INotebookTracker],
  optional: [ITranslator, IToolbarWidgetRegistry, INotebookTools, ICommandPalette, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    { catalogue, sessions }: IExportContext,
    notebooks: INotebookTracker,
    translator: ITranslator | null,
    toolbars: IToolbarWidgetRegistry | null,
    inspector: INotebookTools | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null
  ): void => {
    const trans = loadTranslation(translator);
    const menu = new RoleMenu(app.commands, catalogue, trans);
    const choose = (cell: Cell, anchor: HTMLElement) =>
      menu.open(cell.model, anchor, () => (anchor.isConnected ? anchor : cell.node).focus());

    sessions.watch(panel => {
      const drawChips = async () => {
        const { roles } = await catalogue;
        for (const cell of panel.isDisposed ? [] : panel.content.widgets) {
          showRoleChips(cell, roles, choose, trans);
        }
      };
      const restTimer = new RestTimer(() => void drawChips(), CHIPS_REST_MS);
      panel.disposed.connect(() => restTimer.cancel());
      void panel.context.ready.then(() => {
        // each key is a change of the contents: chips follow once the keyboard rests for a moment
        panel.context.model.contentChanged.connect(() => restTimer.restart());
        void drawChips();
      });
    });

    toolbars?.addFactory<Cell>('Cell', 'nbexport-role', cell => new RolePicker(cell, catalogue, choose, trans));

    // a section of its own: those of JupyterLab are made later, from its settings
    if (inspector) {
      const tool = new RolesTool(inspector, catalogue, trans);
      inspector.addSection({ sectionName: 'nbexport', label: trans.__('Export to production'), tool, rank: 10 });
    }

    addChooseCommand(app, notebooks, choose, trans);
    addToggleCommand(app, settings, trans);
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('Notebook Operations') });
    }
  }
};

function addChooseCommand(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  choose: (cell: Cell, anchor: HTMLElement) => void,
  trans: TranslationBundle
): void {
  app.commands.addCommand(CommandIDs.choose, {
    label: trans.__('Choose the roles of this cell'),
    isEnabled: () => notebooks.activeCell !== null,
    execute: () => {
      const cell = notebooks.activeCell;
      if (cell) {
        choose(cell, cell.promptNode ?? cell.node);
      }
    }
  });
}

/** The toggle that hides the chips; it is kept in the settings, for the next time. */
function addToggleCommand(app: JupyterFrontEnd, settings: ISettingRegistry | null, trans: TranslationBundle): void {
  let isShown = true;
  const show = (isOn: boolean) => {
    isShown = isOn;
    app.shell.toggleClass(HIDDEN_CLASS, !isOn);
    app.commands.notifyCommandChanged(CommandIDs.toggle);
  };
  app.commands.addCommand(CommandIDs.toggle, {
    label: trans.__('Show the roles of cells'),
    isToggleable: true,
    isToggled: () => isShown,
    execute: async () => {
      show(!isShown);
      await settings?.set(SETTINGS_ID, 'roleChips', isShown);
    }
  });
  void settings?.load(SETTINGS_ID).then(loaded => {
    const follow = () => show(loaded.composite.roleChips !== false);
    loaded.changed.connect(follow);
    follow();
  });
}
