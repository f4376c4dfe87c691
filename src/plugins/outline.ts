import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITableOfContentsTracker } from '@jupyterlab/toc';
import { ITranslator } from '@jupyterlab/translation';

import { NotebookOutline } from '../cells/outline';
import { IExportContext } from '../tokens';
import { loadTranslation } from '../translation';

/** Shows roles and findings in the table of contents and in the minimap of notebooks. */
export const outlinePlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:outline',
  description: 'Shows roles and findings in the table of contents and the minimap.',
  autoStart: true,
  requires: [IExportContext],
  optional: [ITranslator, ITableOfContentsTracker],
  activate: (
    _app: JupyterFrontEnd,
    { catalogue, sessions }: IExportContext,
    translator: ITranslator | null,
    contents: ITableOfContentsTracker | null
  ): void => {
    const trans = loadTranslation(translator);
    sessions.watch((panel, session) => {
      void Promise.all([panel.context.ready, catalogue]).then(([, { roles }]) => {
        if (!panel.isDisposed) {
          const names = roles.map(role => role.name);
          new NotebookOutline(panel, session, names, () => contents?.get(panel), trans);
        }
      });
    });
  }
};
