import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Session } from '../session';
import type { Plan } from '../wire';
import { CellLink } from './cell-link';
import { Message } from './message';

interface AssumptionsProps {
  plan: Plan;
  session: Session;
  trans: TranslationBundle;
}

/** What an export takes to be harmless: each line can be looked at, and verifying settles them. */
export function Assumptions({ plan, session, trans }: AssumptionsProps): JSX.Element | null {
  if (plan.assumptions.length === 0) {
    return null;
  }
  return (
    <div className="nbexport-assumptions">
      <p>
        {plan.verified
          ? trans.__('Assumed, and verified since: these lines change nothing exported.')
          : trans.__('Assumed, not proven: these lines may change what is exported. Verify settles it.')}
      </p>
      <ul className="nbexport-list">
        {plan.assumptions.map(({ place, object, call, reason }) => (
          <li key={`${place.cell} ${place.row} ${call} ${object}`}>
            <CellLink place={place} onJump={() => void session.notebook.jump(place)} trans={trans} />{' '}
            {trans.__('%1 gets %2', call, object)}: <Message text={reason} />
          </li>
        ))}
      </ul>
    </div>
  );
}
