import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Session } from '../session';
import { wordsOfDone } from '../take-back';
import { IconButton } from './icon-button';

interface TakenBackNoteProps {
  session: Session;
  trans: TranslationBundle;
}

/** What was taken back last; the next step stands above it. */
export function TakenBackNote({ session, trans }: TakenBackNoteProps): JSX.Element | null {
  const { exporting } = session;
  const { takenBack } = exporting;
  if (takenBack?.output !== exporting.output) {
    return null;
  }
  const { undo } = takenBack;
  const time = new Date(undo.at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return (
    <section className="nbexport-takenBack" aria-label={trans.__('Taken back')}>
      <div role="status">
        <p>
          <b>{trans.__('The export of %1 was taken back (level %2)', time, undo.level)}</b>
        </p>
        {wordsOfDone(undo, trans).map(line => (
          <p key={line}>{line}</p>
        ))}
      </div>
      <IconButton icon={closeIcon} label={trans.__('Dismiss')} onPress={() => exporting.dismissTakenBack()} />
    </section>
  );
}
