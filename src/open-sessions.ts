import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import type { Session } from './session';
import type { NotebookDocument } from './session/document';

/** The sessions of the open notebooks, one for each: two views of a notebook share it. */
export class OpenSessions {
  private readonly sessions = new WeakMap<NotebookPanel['context'], Session>();
  private readonly visited = new WeakSet<NotebookPanel>();
  private readonly opened = new Signal<this, NotebookPanel>(this);
  private readonly created = new Signal<this, Session>(this);

  constructor(
    private readonly notebooks: INotebookTracker,
    private readonly createSession: (panel: NotebookPanel) => Session
  ) {
    notebooks.forEach(panel => void this.get(panel));
    notebooks.widgetAdded.connect((_, panel) => void this.get(panel));
  }

  /** The session of the notebook in front. */
  get current(): Session | null {
    const panel = this.notebooks.currentWidget;
    return panel && !panel.isDisposed ? this.get(panel) : null;
  }

  /** The session of a view, begun where it has none. */
  get(panel: NotebookPanel): Session {
    const known = this.sessions.get(panel.context);
    const session = known ?? this.createSession(panel);
    if (!known) {
      this.sessions.set(panel.context, session);
      this.created.emit(session);
    }
    if (!this.visited.has(panel)) {
      // here and not in `widgetAdded` alone: a notebook can come to the front before that signal
      this.visited.add(panel);
      this.opened.emit(panel);
    }
    return session;
  }

  /** The views of a session, the one that was used last first. */
  viewsOf(session: Session): NotebookPanel[] {
    const views: NotebookPanel[] = [];
    this.notebooks.forEach(view => {
      if (!view.isDisposed && this.sessions.get(view.context) === session) {
        views.push(view);
      }
    });
    const { currentWidget } = this.notebooks;
    return views.sort((a, b) => Number(b === currentWidget) - Number(a === currentWidget));
  }

  /** The notebook of a path, where it is open. */
  notebookAt(path: string): NotebookDocument | null {
    let found: NotebookDocument | null = null;
    this.forEach((_, { notebook }) => {
      found = notebook.path === path ? notebook : found;
    });
    return found;
  }

  forEach(visit: (panel: NotebookPanel, session: Session) => void): void {
    this.notebooks.forEach(panel => void visit(panel, this.get(panel)));
  }

  /** Visit each view of a notebook that is open, and each that is opened later. */
  watch(visit: (panel: NotebookPanel, session: Session) => void): void {
    this.forEach(visit);
    this.opened.connect((_, panel) => visit(panel, this.get(panel)));
  }

  /** Visit each session once, those that begin later too. */
  watchSessions(visit: (session: Session) => void): void {
    const sessions = new Set<Session>();
    this.forEach((_, session) => void sessions.add(session));
    sessions.forEach(visit);
    this.created.connect((_, session) => visit(session));
  }
}
