import { ReactWidget } from '@jupyterlab/apputils';
import { type ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import type { Session } from '../session';
import type { PanelHost } from './host';
import { PanelContent } from './panel-content';

/** The side panel: one notebook at a time, the one in front. */
export class ExportPanel extends ReactWidget {
  private shownSession: Session | null = null;
  private readonly replaced = new Signal<this, void>(this);

  constructor(private readonly host: PanelHost) {
    super();
    this.id = 'nbexport-panel';
    this.addClass('nbexport-Panel');
    this.title.caption = host.trans.__('Export to production');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', host.trans.__('Export to production'));
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

  get sessionReplaced(): ISignal<ExportPanel, void> {
    return this.replaced;
  }

  render(): JSX.Element {
    return <PanelContent panel={this} host={this.host} />;
  }
}
