import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookTracker } from '@jupyterlab/notebook';

const IS_NOTEBOOK = /^# ?%%|^# Databricks notebook source/m;

/** A file that holds a notebook as text, shown as text: nothing is checked there. */
export interface TextNotebook {
  readonly path: string;
  /** Show it as a notebook; null where nothing that is installed can. */
  readonly open: (() => void) | null;
}

/** Whether a file is a script with cells, which Jupytext opens as a notebook. */
export function isTextNotebook(path: string, text: string): boolean {
  return path.endsWith('.py') && IS_NOTEBOOK.test(text);
}

/** The file in front, where it is a notebook as text; `onLoaded` is called once one that is being loaded is there. */
export function textNotebookInFront(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  documents: IDocumentManager | null,
  onLoaded: () => void
): TextNotebook | null {
  const widget = app.shell.currentWidget;
  const context = widget && !notebooks.has(widget) ? documents?.contextForWidget(widget) : undefined;
  if (!context) {
    return null;
  }
  if (!context.isReady) {
    void context.ready.then(onLoaded);
    return null;
  }
  const { path, model } = context;
  if (!isTextNotebook(path, model.toString())) {
    return null;
  }
  const factory = app.docRegistry.preferredWidgetFactories(path).find(({ name }) => /notebook/i.test(name));
  return { path, open: factory ? () => void documents?.openOrReveal(path, factory.name) : null };
}
