import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import type { Session } from './session';

/** The sessions of the open notebooks, one for each. */
export class OpenSessions {
  private readonly sessions = new WeakMap<NotebookPanel, Session>();
  private readonly opened = new Signal<this, NotebookPanel>(this);

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
    return panel && this.get(panel);
  }

  get(panel: NotebookPanel): Session {
    const known = this.sessions.get(panel);
    if (known) {
      return known;
    }
    // here and not in `widgetAdded` alone: a notebook can come to the front before that signal
    const session = this.createSession(panel);
    this.sessions.set(panel, session);
    this.opened.emit(panel);
    return session;
  }

  forEach(visit: (panel: NotebookPanel, session: Session) => void): void {
    this.notebooks.forEach(panel => void visit(panel, this.get(panel)));
  }

  /** Visit each notebook that is open, and each that is opened later. */
  watch(visit: (panel: NotebookPanel, session: Session) => void): void {
    this.forEach(visit);
    this.opened.connect((_, panel) => visit(panel, this.get(panel)));
  }
}
