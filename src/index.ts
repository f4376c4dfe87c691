import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';

import { exportCommand } from './command';

const SHOW_COMMAND = 'nbexport:show-command';

/** Shows the shell command that exports the open notebook. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:plugin',
  description: 'Turns a notebook into production code.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, notebooks: INotebookTracker, palette: ICommandPalette | null) => {
    app.commands.addCommand(SHOW_COMMAND, {
      label: 'Export to Production: Show Command',
      caption: 'Show the command that exports this notebook',
      isEnabled: () => notebooks.currentWidget !== null,
      execute: async () => {
        const notebook = notebooks.currentWidget;
        if (notebook !== null) {
          await showDialog({
            title: 'Export to production',
            body: exportCommand(notebook.context.path, 1),
            buttons: [Dialog.okButton()]
          });
        }
      }
    });
    palette?.addItem({ command: SHOW_COMMAND, category: 'nbexport' });
  }
};

export default plugin;
