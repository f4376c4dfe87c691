import { type ISessionContextDialogs, SessionContextDialogs } from '@jupyterlab/apputils';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { ITranslator } from '@jupyterlab/translation';

import type { Session } from './session';

/** Restart the kernel, run all cells, and verify where they ran without an error. Asks before it restarts. */
export async function restartRunVerify(
  views: readonly NotebookPanel[],
  session: Session,
  dialogs: ISessionContextDialogs | null,
  translator: ITranslator | null
): Promise<void> {
  const [view] = views;
  if (!view) {
    return;
  }
  const confirm = dialogs ?? new SessionContextDialogs(translator ? { translator } : {});
  const isRestarted = await confirm.restart(view.sessionContext);
  if (isRestarted && (await NotebookActions.runAll(view.content, view.sessionContext, confirm))) {
    await session.startJob('verify');
  }
}
