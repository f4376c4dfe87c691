import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, type TranslationBundle } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';

import { showPicker } from '../panel/together-section';
import type { Session } from '../session';
import { IExportContext, IExportPanel } from '../tokens';
import { loadTranslation } from '../translation';

/** Adds the commands behind the button, the menus, the palette and the shortcuts. */
export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:commands',
  description: 'Commands for all that the panel does.',
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
    const category = trans.__('Export to production');
    const isNotebookOpen = () => notebooks.currentWidget !== null;

    app.commands.addCommand('nbexport:open', {
      label: trans.__('Export to production'),
      caption: trans.__('Check this notebook and turn it into a project'),
      icon: launchIcon,
      isEnabled: panel.isUseful,
      execute: () => panel.reveal()
    });
    palette?.addItem({ command: 'nbexport:open', category: trans.__('Notebook Operations') });
    for (const { id, label, execute, keepsPlace } of notebookCommands(panel, trans)) {
      app.commands.addCommand(id, {
        label,
        isEnabled: isNotebookOpen,
        execute: async () => {
          const session = sessions.current;
          if (session) {
            if (!keepsPlace) {
              panel.reveal();
            }
            await execute(session);
          }
        }
      });
      palette?.addItem({ command: id, category });
    }
    app.commands.addCommand('nbexport:open-file', {
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
  }
};

interface NotebookCommand {
  id: string;
  label: string;
  execute: (session: Session) => Promise<void> | void;
  /** Whether the person stays where they are: the panel is not brought to the front. */
  keepsPlace?: boolean;
}

/** The commands on the notebook in front; the ids are those in `extension/schema/plugin.json`. */
function notebookCommands(panel: IExportPanel, trans: TranslationBundle): NotebookCommand[] {
  return [
    { id: 'nbexport:check', label: trans.__('Check for hidden state'), execute: session => session.checkNow() },
    {
      id: 'nbexport:next-step',
      label: trans.__('Do the next step'),
      execute: session => panel.performNextStep(session)
    },
    {
      id: 'nbexport:next-finding',
      label: trans.__('Go to the next finding'),
      execute: session => session.goToNextFinding(),
      keepsPlace: true
    },
    { id: 'nbexport:propose', label: trans.__('Propose roles'), execute: session => session.proposing.ask() },
    {
      id: 'nbexport:accept-all',
      label: trans.__('Accept all proposed roles'),
      execute: session => session.accept(session.proposing.open)
    },
    {
      id: 'nbexport:fix-all',
      label: trans.__('Fix all findings'),
      execute: session => session.edits.fix({ all: true })
    },
    {
      id: 'nbexport:insert-metrics',
      label: trans.__('Insert metrics cell'),
      execute: session => session.edits.insert('metrics')
    },
    {
      id: 'nbexport:insert-predict',
      label: trans.__('Insert predict cell'),
      execute: session => session.edits.insert('predict')
    },
    {
      id: 'nbexport:options',
      label: trans.__('Make numbers options'),
      execute: session => session.edits.hoistOptions()
    },
    {
      id: 'nbexport:add-notebook',
      label: trans.__('Add a notebook to the project'),
      execute: session => showPicker(session)
    },
    { id: 'nbexport:preview', label: trans.__('Preview the export'), execute: session => session.exporting.preview() },
    { id: 'nbexport:export', label: trans.__('Export as previewed'), execute: session => exportAsPreviewed(session) },
    { id: 'nbexport:verify', label: trans.__('Verify the project'), execute: session => session.startJob('verify') },
    {
      id: 'nbexport:rehearse',
      label: trans.__('Verify the project, and run its workflows'),
      execute: session => session.startJob('verify', true)
    },
    {
      id: 'nbexport:restart-run-verify',
      label: trans.__('Restart, run all, verify'),
      execute: session => panel.restartRunVerify(session)
    },
    {
      id: 'nbexport:test',
      label: trans.__('Run the tests of the project'),
      execute: session => session.startJob('test')
    },
    { id: 'nbexport:serve', label: trans.__('Start the service'), execute: session => session.startJob('serve') },
    { id: 'nbexport:undo', label: trans.__('Take the last export back'), execute: session => panel.takeBack(session) }
  ];
}

/** Export what was previewed; what has not been is shown first, so that nothing is written unseen. */
function exportAsPreviewed(session: Session): Promise<void> {
  return session.nextStep.kind === 'export' ? session.startJob('export') : session.exporting.preview();
}

/** The paths of the notebooks that are selected in the file browser. */
function selectedNotebooks(browsers: IFileBrowserFactory | null): string[] {
  const items = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
  return items.filter(item => item.type === 'notebook').map(item => item.path);
}
