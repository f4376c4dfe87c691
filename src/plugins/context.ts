import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { JupyterNotebook } from '../notebook-document';
import { OpenSessions } from '../open-sessions';
import { Server } from '../server';
import { Session } from '../session';
import { DEFAULT_SETTINGS, type Settings } from '../settings';
import { IExportContext } from '../tokens';
import type { Place } from '../wire';

/** The settings, the toolbar button, the menus and the shortcut belong to this id: see `extension/schema/plugin.json`. */
export const PLUGIN_ID = 'nbexport:plugin';

/** Provides the server, its catalogue and the sessions of the open notebooks. */
export const contextPlugin: JupyterFrontEndPlugin<IExportContext> = {
  id: PLUGIN_ID,
  description: 'Turns a notebook into production code.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry, IDocumentManager],
  provides: IExportContext,
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    registry: ISettingRegistry | null,
    documents: IDocumentManager | null
  ): IExportContext => {
    let settings = DEFAULT_SETTINGS;
    const { contents, serverSettings } = app.serviceManager;
    const server = new Server(serverSettings);
    const catalogue = server.catalogue();
    catalogue.catch(error => console.warn('nbexport: the server part is not responding', error));
    const sessions: OpenSessions = new OpenSessions(notebooks, ({ context }) => {
      const views = {
        all: (): NotebookPanel[] => sessions.viewsOf(session),
        reveal: (view: NotebookPanel) => app.shell.activateById(view.id),
        goElsewhere: (place: Place) => goElsewhere(place, documents, sessions)
      };
      const notebook = new JupyterNotebook(context, contents, views);
      const session: Session = new Session(
        notebook,
        server,
        () => settings,
        path => sessions.notebookAt(path)
      );
      return session;
    });
    sessions.watchSessions(({ notebook }) => {
      notebook.saved.connect(() => sessions.forEach((_, session) => void session.onSaved(notebook.path)));
    });
    const resume = () => sessions.forEach((_, session) => void session.resume());
    document.addEventListener('visibilitychange', resume);
    // the widget in front is told before it can be seen
    app.shell.currentChanged?.connect(() => void window.setTimeout(resume));
    void registry?.load(PLUGIN_ID).then(loaded => {
      const update = () => {
        settings = { ...settings, ...(loaded.composite as Partial<Settings>) };
        sessions.forEach((_, session) => void session.checkNow());
      };
      loaded.changed.connect(update);
      update();
    });
    return { server, catalogue, sessions, settings: () => settings };
  }
};

/** Open another notebook, or bring it to the front, and go to a place in it. */
async function goElsewhere(place: Place, documents: IDocumentManager | null, sessions: OpenSessions): Promise<void> {
  const opened = documents?.openOrReveal(place.notebook);
  await opened?.revealed;
  if (opened instanceof NotebookPanel) {
    await sessions.get(opened).notebook.jump({ ...place, notebook: '' });
  }
}
