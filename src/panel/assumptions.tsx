import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Place, Plan } from '../wire';
import { Message } from './message';

interface AssumptionsProps {
  plan: Plan;
  onJump: (place: Place) => void;
  trans: TranslationBundle;
}

/** What an export takes to be harmless: each line can be looked at, and verifying settles them. */
export function Assumptions({ plan, onJump, trans }: AssumptionsProps): JSX.Element | null {
  if (plan.assumptions.length === 0) {
    return null;
  }
  return (
    <div className="nbexport-assumptions" role="status">
      <p>
        {plan.verified
          ? trans.__('Assumed, and verified since: these lines stay in the notebook, and change nothing exported.')
          : trans.__(
              'Assumed, not proven: these lines stay in the notebook, and may change what is exported. Verify after the export to settle it.'
            )}
      </p>
      <ul>
        {plan.assumptions.map(({ place, object, call, reason }) => (
          <li key={`${place.cell} ${place.row} ${call} ${object}`}>
            <button
              type="button"
              className="nbexport-link"
              onClick={() => onJump(place)}
              title={trans.__('Go to the line')}
            >
              {trans.__('Cell %1, line %2', place.cell + 1, place.row)}
            </button>{' '}
            {trans.__('%1 gets %2', call, object)}: <Message text={reason} />
          </li>
        ))}
      </ul>
    </div>
  );
}
