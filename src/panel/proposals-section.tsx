import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { openProposals } from '../proposals';
import type { Session } from '../session';
import type { Proposal } from '../wire';
import { Message } from './message';

interface ProposalsSectionProps {
  session: Session;
  /** The roles of each cell. */
  roles: readonly (readonly string[])[];
  trans: TranslationBundle;
}

/** Proposed roles, accepted one by one or all at once. */
export function ProposalsSection({ session, roles, trans }: ProposalsSectionProps): JSX.Element {
  const { suggestion } = session;
  const [isAsking, setIsAsking] = React.useState(false);
  const ask = async () => {
    setIsAsking(true);
    await session.suggest();
    setIsAsking(false);
  };
  const proposals = openProposals(suggestion);
  const hasNoRoles = roles.every(cellRoles => cellRoles.length === 0);
  return (
    <section aria-labelledby="nbexport-roles">
      <h3 id="nbexport-roles">{trans.__('Roles of the cells')}</h3>
      {hasNoRoles && !suggestion && <p>{trans.__('No cell has a role yet. A role says what becomes of a cell.')}</p>}
      <div className="nbexport-actions">
        <button type="button" onClick={() => void ask()} disabled={isAsking}>
          {trans.__('Propose roles')}
        </button>
        {proposals.length > 0 && (
          <button type="button" onClick={() => session.accept(proposals)}>
            {trans.__('Accept all (%1)', proposals.length)}
          </button>
        )}
      </div>
      {suggestion && proposals.length === 0 && <p role="status">{trans.__('There is nothing more to propose.')}</p>}
      {proposals.map(proposal => (
        <ProposalItem
          key={`${proposal.cell_id} ${proposal.cell}`}
          proposal={proposal}
          session={session}
          trans={trans}
        />
      ))}
      {suggestion?.notes.map(note => (
        <p key={note}>
          <Message text={note} />
        </p>
      ))}
    </section>
  );
}

interface ProposalItemProps {
  proposal: Proposal;
  session: Session;
  trans: TranslationBundle;
}

function ProposalItem({ proposal, session, trans }: ProposalItemProps): JSX.Element {
  const roles = proposal.roles.join(', ');
  const place = { cell: proposal.cell, cell_id: proposal.cell_id, row: 1, column: 1, end_row: 1, end_column: 1 };
  return (
    <div className="nbexport-proposal">
      <button type="button" className="nbexport-link" onClick={() => void session.notebook.jump(place)}>
        {trans.__('Cell %1', proposal.cell + 1)}: <b data-role={proposal.roles[0]}>{roles}</b>
      </button>
      <p>
        <Message text={proposal.reason} /> ({trans.__('confidence %1 %', Math.round(proposal.confidence * 100))})
      </p>
      <button
        type="button"
        onClick={() => session.accept([proposal])}
        aria-label={trans.__('Accept %1 for cell %2', roles, proposal.cell + 1)}
      >
        {trans.__('Accept')}
      </button>
    </div>
  );
}
