import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { IEditorExtensionRegistry, IEditorLanguageRegistry, IEditorThemeRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator } from '@jupyterlab/translation';
import { checkIcon, markdownIcon, treeViewIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { AreaContent, VerdictContent } from '../area/area-content';
import { AreaShelf } from '../area/area-shelf';
import { EditorKit } from '../area/editor-kit';
import { PlanView } from '../area/plan-view';
import { Readme } from '../area/readme';
import type { AreaSource } from '../area/source';
import { VerdictView } from '../area/verdict-view';
import { IExportArea, IExportContext } from '../tokens';
import { loadTranslation } from '../translation';
import type { Job } from '../wire';

const CommandIDs = {
  showPlan: 'nbexport:show-plan',
  showVerdict: 'nbexport:show-verdict',
  showReadme: 'nbexport:show-readme'
} as const;

/** Provides what is large and stands in the main area: previews, verdicts and READMEs. */
export const areaPlugin: JupyterFrontEndPlugin<IExportArea> = {
  id: 'nbexport:area',
  description: 'Previews, verdicts and READMEs of projects in the main area.',
  autoStart: true,
  requires: [INotebookTracker, IExportContext, IEditorServices, IRenderMimeRegistry],
  optional: [
    ITranslator,
    IDocumentManager,
    ICommandPalette,
    IEditorLanguageRegistry,
    IEditorThemeRegistry,
    IEditorExtensionRegistry
  ],
  provides: IExportArea,
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    { sessions }: IExportContext,
    services: IEditorServices,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    documents: IDocumentManager | null,
    palette: ICommandPalette | null,
    languages: IEditorLanguageRegistry | null,
    themes: IEditorThemeRegistry | null,
    extensions: IEditorExtensionRegistry | null
  ): IExportArea => {
    const trans = loadTranslation(translator);
    const kit = new EditorKit({ services, languages, themes, extensions });
    const { contents } = app.serviceManager;
    const shelf = new AreaShelf(app.shell, () => notebooks.currentWidget?.id);
    const copy = (text: string) => Clipboard.copyToSystem(text);
    const openFile = (path: string) => void documents?.openOrReveal(path);

    const showPlan = (source: AreaSource) =>
      void shelf.show(source, {
        kind: 'plan',
        create: () =>
          new AreaContent(focusUntil => <PlanView source={source} focusUntil={focusUntil} kit={kit} trans={trans} />),
        icon: treeViewIcon,
        title: name => trans.__('Preview: %1', name)
      });
    const showVerdict = (source: AreaSource, job: Job) =>
      shelf
        .show(source, {
          kind: 'verdict',
          create: () =>
            new VerdictContent(job, (shown, onShow) => (
              <VerdictView source={source} job={shown} onShow={onShow} copy={copy} trans={trans} />
            )),
          icon: checkIcon,
          title: name => trans.__('Verdict: %1', name)
        })
        .showJob(job);
    const showReadme = (source: AreaSource) =>
      void shelf.show(source, {
        kind: 'readme',
        create: () => new Readme(source, { rendermime, contents, openFile, trans }),
        icon: markdownIcon,
        title: name => trans.__('README: %1', name)
      });

    const lastVerification = (source: AreaSource) => source.jobs.find(job => job.kind === 'verify');
    const addCommand = (id: string, label: string, isEnabled: () => boolean, act: (source: AreaSource) => unknown) => {
      app.commands.addCommand(id, {
        label,
        isEnabled,
        execute: async () => {
          const source = sessions.current;
          if (source) {
            await act(source);
          }
        }
      });
      palette?.addItem({ command: id, category: trans.__('Notebook Operations') });
    };
    const isOpen = () => sessions.current !== null;
    addCommand(CommandIDs.showPlan, trans.__('Show the preview of the export'), isOpen, async source => {
      showPlan(source);
      await source.notebook.ready;
      if (!source.exporting.isPlanCurrent) {
        await source.exporting.preview();
      }
    });
    addCommand(
      CommandIDs.showVerdict,
      trans.__('Show the verdict of the last verification'),
      () => {
        const source = sessions.current;
        return source !== null && lastVerification(source) !== undefined;
      },
      source => {
        const job = lastVerification(source);
        return job && showVerdict(source, job);
      }
    );
    addCommand(CommandIDs.showReadme, trans.__('Show the README of the exported project'), isOpen, showReadme);
    return { showPlan, showVerdict, showReadme };
  }
};
