import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Message } from '../panel/message';
import type { Place, Plan } from '../wire';

interface PlanNotesProps {
  plan: Plan;
  onJump: (place: Place) => void;
  trans: TranslationBundle;
}

/** What is to be known before an export: what it assumes, with the lines, and its notes. */
export function PlanNotes({ plan, onJump, trans }: PlanNotesProps): JSX.Element | null {
  const { assumptions, notes, verified } = plan;
  if (assumptions.length + notes.length === 0) {
    return null;
  }
  const counts = [
    assumptions.length > 0 ? trans._n('%1 assumption', '%1 assumptions', assumptions.length) : '',
    notes.length > 0 ? trans._n('%1 note', '%1 notes', notes.length) : ''
  ];
  return (
    <details className="nbexport-Notes" open={!verified && assumptions.length > 0}>
      <summary>
        {counts.filter(count => count !== '').join(', ')}
        {verified && assumptions.length > 0 && <em> {trans.__('verified')}</em>}
      </summary>
      {assumptions.length > 0 && (
        <>
          <p>
            {verified
              ? trans.__('These lines stay in the notebook. It was verified that they change nothing exported.')
              : trans.__(
                  'These lines stay in the notebook, and are taken to change nothing exported. Verify after the export to settle it.'
                )}
          </p>
          <ul>
            {assumptions.map(({ place, object, call, reason }) => (
              <li key={`${place.cell} ${place.row} ${call} ${object}`}>
                <button
                  type="button"
                  className="nbexport-Area-link"
                  onClick={() => onJump(place)}
                  title={trans.__('Go to the line')}
                >
                  {trans.__('Cell %1, line %2', place.cell + 1, place.row)}
                </button>{' '}
                <code>{call}</code> {trans.__('gets')} <code>{object}</code>: <Message text={reason} />
              </li>
            ))}
          </ul>
        </>
      )}
      {notes.length > 0 && (
        <ul>
          {notes.map(note => (
            <li key={note}>
              <Message text={note} />
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

/** What prevents an export, with the lines. */
export function Refusal({ plan, onJump, trans }: PlanNotesProps): JSX.Element {
  return (
    <div className="nbexport-Area-refusal">
      <strong>{trans.__('This level cannot be exported yet.')}</strong>
      <ul>
        {plan.refused.map(finding => (
          <li key={finding.key}>
            <button
              type="button"
              className="nbexport-Area-link"
              onClick={() => onJump(finding.place)}
              title={trans.__('Go to the line')}
            >
              <Message text={finding.message} />
            </button>{' '}
            <span className="nbexport-Area-code">{finding.code}</span>
            {finding.hint && (
              <p>
                <Message text={finding.hint} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
