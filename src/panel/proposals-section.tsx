import type { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Session } from '../session';
import { startOf } from '../start-of';
import type { Proposal } from '../wire';
import { CellLink } from './cell-link';
import { Message } from './message';
import { Section } from './section';

interface ProposalsSectionProps {
  session: Session;
  /** The roles of each cell. */
  roles: readonly (readonly string[])[];
  trans: TranslationBundle;
}

/** Proposed roles, accepted one by one or all at once. An accepted one stays in its place. */
export function ProposalsSection({ session, roles, trans }: ProposalsSectionProps): JSX.Element {
  const { proposing, view } = session;
  const { proposals, open, suggestion } = proposing;
  // what the next step offers is not offered twice
  const { kind } = session.nextStep;
  const count = roles.filter(cellRoles => cellRoles.length > 0).length;
  const list = React.useRef<HTMLUListElement>(null);
  const accept = (proposal: Proposal, index: number) => {
    const checked = session.accept([proposal]);
    if (open.length > 1) {
      window.setTimeout(() => focusAfter(list.current, index));
    } else {
      // the next step is known once the notebook is checked; until then the keyboard stays in the panel
      document.querySelector<HTMLElement>('#nbexport-panel')?.focus();
      void checked.then(() => window.setTimeout(focusNextStep));
    }
  };
  return (
    <Section
      part="roles"
      title={trans.__('Roles')}
      summary={trans._n('%1 cell has a role', '%1 cells have a role', count)}
      view={view}
      isOpenByDefault={open.length > 0 || count === 0}
    >
      <div className="nbexport-actions">
        {kind !== 'propose' && (
          <button type="button" aria-disabled={proposing.isAsking} onClick={() => void proposing.ask()}>
            {trans.__('Propose roles')}
          </button>
        )}
        {open.length > 1 && kind !== 'accept' && (
          <button type="button" onClick={() => void session.accept(open)}>
            {trans.__('Accept all')}
          </button>
        )}
        {suggestion && open.length === 0 && (
          <span role="status" className="nbexport-quiet">
            {trans.__('Nothing more to propose.')}
          </span>
        )}
      </div>
      {proposals.length > 0 && (
        <ul className="nbexport-list" ref={list} aria-label={trans.__('Proposed roles')}>
          {proposals.map((proposal, index) => (
            <ProposalItem
              key={`${proposal.cell_id} ${proposal.cell}`}
              proposal={proposal}
              session={session}
              onAccept={() => accept(proposal, index)}
              trans={trans}
            />
          ))}
        </ul>
      )}
      {suggestion?.notes.map(note => (
        <p key={note} className="nbexport-quiet">
          <Message text={note} />
        </p>
      ))}
    </Section>
  );
}

interface ProposalItemProps {
  proposal: Proposal;
  session: Session;
  onAccept: () => void;
  trans: TranslationBundle;
}

function ProposalItem({ proposal, session, onAccept, trans }: ProposalItemProps): JSX.Element {
  const isAccepted = session.proposing.isAccepted(proposal);
  const roles = proposal.roles.join(', ');
  const confidence = trans.__('confidence %1 %', Math.round(proposal.confidence * 100));
  return (
    <li className="nbexport-row" data-accepted={isAccepted}>
      <CellLink
        place={startOf(proposal.cell, proposal.cell_id)}
        onJump={place => void session.notebook.jump(place)}
        trans={trans}
      />
      <b className="nbexport-role">{roles}</b>
      <span className="nbexport-line nbexport-quiet" title={`${proposal.reason.replace(/`/g, '')} (${confidence})`}>
        <Message text={proposal.reason} />
      </span>
      {isAccepted ? (
        <span className="nbexport-icon" data-reached="true" role="img" aria-label={trans.__('accepted')}>
          <checkIcon.react tag="span" width="14px" />
        </span>
      ) : (
        <button
          type="button"
          data-nbexport-accept={proposal.cell}
          onClick={onAccept}
          aria-label={trans.__('Accept %1 for cell %2', roles, proposal.cell + 1)}
        >
          {trans.__('Accept')}
        </button>
      )}
    </li>
  );
}

/** Leave the keyboard at the next role to accept. */
function focusAfter(list: HTMLUListElement | null, index: number): void {
  const rows = [...(list?.children ?? [])];
  const buttons = [...rows.slice(index), ...rows.slice(0, index)].map(row =>
    row.querySelector<HTMLElement>('[data-nbexport-accept]')
  );
  buttons.find(button => button !== null)?.focus();
}

function focusNextStep(): void {
  document.querySelector<HTMLElement>('[data-nbexport-next]')?.focus();
}
