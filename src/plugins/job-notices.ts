import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, type TranslationBundle } from '@jupyterlab/translation';

import { jobName } from '../panel/step-texts';
import type { Session } from '../session';
import { IExportArea, IExportContext } from '../tokens';
import { loadTranslation } from '../translation';
import type { Job } from '../wire';

const NOTIFICATION_MS = 10_000;

/** Says how a job ended, whether its panel is shown or not, and shows new files in the file browser. */
export const jobNoticesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nbexport:job-notices',
  description: 'Says how a job ended, and shows new files in the file browser.',
  autoStart: true,
  requires: [IExportContext],
  optional: [ITranslator, IDocumentManager, IExportArea, IFileBrowserFactory],
  activate: (
    _app: JupyterFrontEnd,
    { sessions }: IExportContext,
    translator: ITranslator | null,
    documents: IDocumentManager | null,
    area: IExportArea | null,
    browsers: IFileBrowserFactory | null
  ): void => {
    const trans = loadTranslation(translator);
    const openFile = (path: string) => void documents?.openOrReveal(path);
    sessions.watchSessions(session => {
      session.jobEnded.connect((_, job) => {
        notify(job, session, { trans, area, openFile });
        if (job.applied) {
          browsers?.tracker.forEach(browser => void browser.model.refresh());
        }
      });
    });
  }
};

interface Surroundings {
  trans: TranslationBundle;
  area: IExportArea | null;
  openFile: (path: string) => void;
}

function notify(job: Job, session: Session, { trans, area, openFile }: Surroundings): void {
  const { applied, verdict } = job;
  if (applied) {
    const { open } = applied;
    Notification.success(trans._n('%1 file written to %2', '%1 files written to %2', applied.written, applied.folder), {
      autoClose: NOTIFICATION_MS,
      actions: open ? [{ label: trans.__('Open'), callback: () => openFile(open) }] : []
    });
  } else if (verdict) {
    const show = { label: trans.__('Show'), callback: () => area?.showVerdict(session, job) };
    const kind = verdict.equal ? 'success' : 'error';
    Notification.emit(verdict.summary, kind, { autoClose: NOTIFICATION_MS, actions: area ? [show] : [] });
  } else if (job.state === 'failed') {
    const text = trans.__('%1 failed', jobName(job.kind, trans));
    Notification.error(job.problem ? `${text}: ${job.problem.message}` : text, { autoClose: NOTIFICATION_MS });
  } else if (job.state === 'done') {
    Notification.success(trans.__('%1: done', jobName(job.kind, trans)), { autoClose: NOTIFICATION_MS });
  }
}
