import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';

import { IExportContext, IExportPanel } from '../tokens';
import { loadTranslation } from '../translation';

/** The ids are those in `extension/schema/plugin.json`. */
const CommandIDs = {
  open: 'nbexport:open',
  check: 'nbexport:check',
  openFile: 'nbexport:open-file'
} as const;

/** Adds the commands behind the button, the menus, the palette and the shortcut. */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:commands',
  description: 'Commands that check a notebook and open the panel.',
  autoStart: true,
  requires: [INotebookTracker, IExportContext, IExportPanel],
  optional: [ITranslator, ICommandPalette, IDocumentManager, IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    { sessions }: IExportContext,
    panel: IExportPanel,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    documents: IDocumentManager | null,
    browsers: IFileBrowserFactory | null
  ): void => {
    const trans = loadTranslation(translator);
    const isNotebookOpen = () => notebooks.currentWidget !== null;

    app.commands.addCommand(CommandIDs.open, {
      label: trans.__('Export to production'),
      caption: trans.__('Check this notebook and turn it into a project'),
      icon: launchIcon,
      isEnabled: isNotebookOpen,
      execute: () => panel.reveal()
    });
    app.commands.addCommand(CommandIDs.check, {
      label: trans.__('Check for hidden state'),
      isEnabled: isNotebookOpen,
      execute: async () => {
        const session = sessions.current;
        panel.reveal();
        await session?.checkNow();
      }
    });
    app.commands.addCommand(CommandIDs.openFile, {
      label: trans.__('Export to production'),
      icon: launchIcon,
      isVisible: () => selectedNotebooks(browsers).length === 1,
      execute: async () => {
        const [path] = selectedNotebooks(browsers);
        const widget = path === undefined ? undefined : documents?.openOrReveal(path);
        await widget?.revealed;
        panel.reveal();
      }
    });
    for (const command of [CommandIDs.open, CommandIDs.check]) {
      palette?.addItem({ command, category: trans.__('Notebook Operations') });
    }
  }
};

/** The paths of the notebooks that are selected in the file browser. */
function selectedNotebooks(browsers: IFileBrowserFactory | null): string[] {
  const items = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
  return items.filter(item => item.type === 'notebook').map(item => item.path);
}
