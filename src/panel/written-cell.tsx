import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Session } from '../session';
import { CellLink } from './cell-link';
import { Message } from './message';

interface WrittenCellProps {
  session: Session;
  trans: TranslationBundle;
}

/** Where each part of a cell comes from that was written for somebody, and what they should check in it. */
export function WrittenCell({ session, trans }: WrittenCellProps): JSX.Element | null {
  const { written } = session.edits;
  if (!written || written.reasons.length === 0) {
    return null;
  }
  return (
    <section className="nbexport-written" aria-label={trans.__('The new cell')}>
      <p>
        <b>{trans.__('Look through the new cell')}</b>{' '}
        <CellLink place={written.place} onJump={place => void session.notebook.jump(place)} trans={trans} />
      </p>
      <ul tabIndex={0} aria-label={trans.__('What to check')}>
        {written.reasons.map(reason => (
          <li key={reason}>
            <Message text={reason} />
          </li>
        ))}
      </ul>
      <div className="nbexport-actions">
        <button type="button" onClick={() => session.edits.dismissWritten()}>
          {trans.__('It is right')}
        </button>
      </div>
    </section>
  );
}
