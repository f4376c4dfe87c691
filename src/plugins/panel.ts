import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISessionContextDialogs } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog, IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';

import { askInDialog } from '../ask-in-dialog';
import { saveDownload } from '../download';
import { ExportPanel } from '../panel/export-panel';
import type { PanelHost } from '../panel/host';
import { giveUsableWidth } from '../panel/panel-width';
import { performStep } from '../panel/perform';
import { restartRunVerify } from '../restart-run-verify';
import { takeBack } from '../take-back';
import { textNotebookInFront } from '../text-notebooks';
import { IExportArea, IExportContext, IExportPanel, IRulePages } from '../tokens';
import { loadTranslation } from '../translation';
import { PLUGIN_ID } from './context';

/** Provides the side panel, which follows the notebook in front. */
export const panelPlugin: JupyterFrontEndPlugin<IExportPanel> = {
  id: 'nbexport:panel',
  description: 'The side panel that leads from a notebook to a verified project.',
  autoStart: true,
  requires: [INotebookTracker, IExportContext, IRulePages],
  optional: [
    ITranslator,
    IDocumentManager,
    IExportArea,
    ISettingRegistry,
    ISessionContextDialogs,
    ILayoutRestorer,
    IFileBrowserFactory
  ],
  provides: IExportPanel,
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    context: IExportContext,
    rulePages: IRulePages,
    translator: ITranslator | null,
    documents: IDocumentManager | null,
    area: IExportArea | null,
    registry: ISettingRegistry | null,
    dialogs: ISessionContextDialogs | null,
    restorer: ILayoutRestorer | null,
    browsers: IFileBrowserFactory | null
  ): IExportPanel => {
    const { server, sessions, settings } = context;
    const trans = loadTranslation(translator);
    let catalogue = context.catalogue;
    const host: PanelHost = {
      catalogue: () => {
        catalogue = catalogue.catch(() => server.catalogue());
        return catalogue;
      },
      trans,
      settings,
      area,
      explainRule: code => void rulePages.open(code),
      ignoreRule: (code, isIgnored) => {
        const others = settings().ignore.filter(other => other !== code);
        void registry?.set(PLUGIN_ID, 'ignore', isIgnored ? [...others, code] : others);
      },
      openFile: path => void documents?.openOrReveal(path),
      browse: documents && (path => browse(documents, path, trans.__('Folder of the project'))),
      restartRunVerify: session => restartRunVerify(sessions.viewsOf(session), session, dialogs, translator),
      takeBack: async session => {
        await takeBack(session, server, trans, askInDialog(trans));
        browsers?.tracker.forEach(browser => void browser.model.refresh());
      },
      download: saveDownload
    };
    const panel = new ExportPanel(host);
    panel.title.icon = launchIcon;

    const followNotebook = () => {
      panel.session = sessions.current;
      panel.textNotebook = textNotebookInFront(app, notebooks, documents, followNotebook);
      app.commands.notifyCommandChanged();
    };
    notebooks.currentChanged.connect(followNotebook);
    app.shell.currentChanged?.connect(followNotebook);
    sessions.watch(followNotebook);
    followNotebook();

    const add = () => {
      if (!panel.isAttached) {
        app.shell.add(panel, 'right', { rank: 900 });
      }
    };
    if (restorer) {
      // where layouts are kept, the panel comes back as it was left
      add();
      restorer.add(panel, panel.id);
    }
    let hasWidth = false;
    return {
      isUseful: () => panel.session !== null || panel.textNotebook !== null,
      reveal: () => {
        followNotebook();
        add();
        app.shell.activateById(panel.id);
        if (!hasWidth) {
          // once: whoever makes it narrower afterwards wants it so
          hasWidth = true;
          window.requestAnimationFrame(() => giveUsableWidth(panel));
        }
      },
      performNextStep: session => performStep(session.nextStep, session, host),
      restartRunVerify: host.restartRunVerify,
      takeBack: host.takeBack
    };
  }
};

async function browse(manager: IDocumentManager, path: string, title: string): Promise<string | null> {
  const defaultPath = path.split('/').slice(0, -1).join('/');
  const { button, value } = await FileDialog.getExistingDirectory({ manager, defaultPath, title });
  return button.accept ? (value?.[0]?.path ?? null) : null;
}
