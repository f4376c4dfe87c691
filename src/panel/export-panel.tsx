import { ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import type { Session } from '../session';
import type { TextNotebook } from '../text-notebooks';
import type { PanelHost } from './host';
import { PanelContent } from './panel-content';

/** The side panel: one notebook at a time, the one in front. */
export class ExportPanel extends ReactWidget {
  private shownSession: Session | null = null;
  private shownText: TextNotebook | null = null;
  private readonly replaced = new Signal<this, void>(this);

  constructor(private readonly host: PanelHost) {
    super();
    this.id = 'nbexport-panel';
    this.addClass('nbexport-Panel');
    this.title.caption = host.trans.__('Export to production');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', host.trans.__('Export to production'));
    this.node.tabIndex = -1;
  }

  /** The session of the notebook that the panel shows. */
  get session(): Session | null {
    return this.shownSession;
  }

  set session(session: Session | null) {
    if (session !== this.shownSession) {
      this.shownSession = session;
      this.replaced.emit();
    }
  }

  /** The notebook as text that is in front, instead of the session. */
  get textNotebook(): TextNotebook | null {
    return this.shownText;
  }

  set textNotebook(text: TextNotebook | null) {
    if (text?.path !== this.shownText?.path) {
      this.shownText = text;
      this.replaced.emit();
    }
  }

  get sessionReplaced(): ISignal<ExportPanel, void> {
    return this.replaced;
  }

  render(): JSX.Element {
    return <PanelContent panel={this} host={this.host} />;
  }

  /** Whoever opens the panel with the keyboard stands at the next step. */
  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    const next = this.node.querySelector<HTMLElement>('[data-nbexport-next]');
    (next ?? this.node).focus({ preventScroll: next === null });
  }
}
