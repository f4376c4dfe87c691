import { ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { Job } from '../wire';

/** Who asked for a view and waited longer than this has gone on with something else. */
const FOCUS_MS = 5000;

/** What a view shows, drawn by React. */
export class AreaContent extends ReactWidget {
  /** Until when a tree that appears is to have the focus. */
  private readonly focusUntil = { current: 0 };

  constructor(private readonly draw: (focusUntil: { current: number }) => JSX.Element) {
    super();
    this.addClass('nbexport-Area-content');
    this.node.tabIndex = -1;
  }

  render(): JSX.Element {
    return this.draw(this.focusUntil);
  }

  /** The tree takes the focus, so that arrow keys work at once. */
  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (!this.node.contains(document.activeElement) || document.activeElement === this.node) {
      const row = this.node.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]');
      this.focusUntil.current = row ? 0 : Date.now() + FOCUS_MS;
      row?.focus();
    }
  }
}

/** The verdict of one job; another job can be shown in its place. */
export class VerdictContent extends AreaContent {
  constructor(
    private job: Job,
    draw: (job: Job, onShow: (job: Job) => void) => JSX.Element
  ) {
    super(() => <>{draw(this.job, other => this.showJob(other))}</>);
  }

  showJob(job: Job): void {
    this.job = job;
    this.update();
  }
}
