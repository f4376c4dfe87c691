import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { Ask } from './take-back';

/** Asks in a dialog of the application. */
export function askInDialog(trans: TranslationBundle): Ask {
  return async (title, lines, accept, isWarning) => {
    const body = document.createElement('div');
    for (const line of lines) {
      body.append(Object.assign(document.createElement('p'), { textContent: line }));
    }
    const makeYes = isWarning ? Dialog.warnButton : Dialog.okButton;
    const buttons =
      accept === null
        ? [Dialog.okButton({ label: trans.__('Close') })]
        : [Dialog.cancelButton({ label: trans.__('Cancel') }), makeYes({ label: accept })];
    const { button } = await showDialog({ title, body: new Widget({ node: body }), buttons });
    return button.accept;
  };
}
