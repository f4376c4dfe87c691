import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { JupyterNotebook } from '../notebook-document';
import { OpenSessions } from '../open-sessions';
import { Server } from '../server';
import { Session } from '../session';
import { DEFAULT_SETTINGS, type Settings } from '../settings';
import { IExportContext } from '../tokens';

/** The settings, the toolbar button, the menus and the shortcut belong to this id: see `extension/schema/plugin.json`. */
const PLUGIN_ID = 'nbexport:plugin';

/** Provides the server, its catalogue and the sessions of the open notebooks. */
export const contextPlugin: JupyterFrontEndPlugin<IExportContext> = {
  id: PLUGIN_ID,
  description: 'Turns a notebook into production code.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ISettingRegistry],
  provides: IExportContext,
  activate: (app: JupyterFrontEnd, notebooks: INotebookTracker, registry: ISettingRegistry | null): IExportContext => {
    let settings = DEFAULT_SETTINGS;
    const { contents, serverSettings } = app.serviceManager;
    const server = new Server(serverSettings);
    const catalogue = server.catalogue();
    catalogue.catch(error => console.warn('nbexport: the server part is not responding', error));
    const sessions = new OpenSessions(
      notebooks,
      panel => new Session(new JupyterNotebook(panel, contents), server, () => settings)
    );
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
