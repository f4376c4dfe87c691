import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ReactWidget } from '@jupyterlab/apputils';
import { IStatusBar, TextItem } from '@jupyterlab/statusbar';
import { ITranslator, type TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as React from 'react';

import type { OpenSessions } from '../open-sessions';
import { jobTitle } from '../panel/step-texts';
import { isActive } from '../session/job-list';
import { IExportContext, IExportPanel } from '../tokens';
import { loadTranslation } from '../translation';
import type { Job } from '../wire';

/** Shows the job that runs in the status bar. */
export const jobStatusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:job-status',
  description: 'Shows the job that runs in the status bar.',
  autoStart: true,
  requires: [IExportContext, IExportPanel],
  optional: [IStatusBar, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    { sessions }: IExportContext,
    panel: IExportPanel,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (statusBar) {
      const item = new JobStatus(sessions, () => panel.reveal(), loadTranslation(translator));
      statusBar.registerStatusItem('nbexport:job', {
        item,
        align: 'left',
        rank: 100,
        isActive: () => item.job !== null,
        activeStateChanged: item.changed
      });
    }
  }
};

/** The first job that runs, of all open notebooks. */
class JobStatus extends ReactWidget {
  readonly changed = new Signal<this, void>(this);
  job: Job | null = null;
  private readonly jobs = new Map<object, Job | null>();

  constructor(
    sessions: OpenSessions,
    private readonly onOpen: () => void,
    private readonly trans: TranslationBundle
  ) {
    super();
    sessions.watchSessions(session => {
      session.changed.connect(() => {
        this.jobs.set(session, session.jobs.find(job => isActive(job)) ?? null);
        this.refresh();
      });
      session.notebook.disposed.connect(() => {
        this.jobs.delete(session);
        this.refresh();
      });
    });
  }

  render(): JSX.Element {
    const { job, trans } = this;
    const text = job?.ready ? trans.__('Service: running') : job && jobTitle(job, trans);
    return <TextItem source={text ?? ''} title={trans.__('Show in the panel')} onClick={this.onOpen} tabIndex={0} />;
  }

  private refresh(): void {
    const job = [...this.jobs.values()].find(other => other !== null) ?? null;
    if (job !== this.job) {
      this.job = job;
      this.update();
      this.changed.emit();
    }
  }
}
