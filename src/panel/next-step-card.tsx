import * as React from 'react';

import type { Session } from '../session';
import type { PanelHost } from './host';
import { JobProgress } from './job-progress';
import { Message } from './message';
import { performStep } from './perform';
import { stepText } from './step-texts';

interface NextStepCardProps {
  session: Session;
  host: PanelHost;
}

/** The one next step, pinned to the top. */
export function NextStepCard({ session, host }: NextStepCardProps): JSX.Element {
  const { trans } = host;
  const step = session.nextStep;
  const { title, detail, action } = stepText(step, trans);
  const isBusy = session.exporting.isPlanning || session.proposing.isAsking || session.edits.isRunning;
  const perform = async () => {
    await performStep(step, session, host);
    if (step.kind === 'ask') {
      document.querySelector<HTMLElement>('#nbexport-request')?.focus();
    }
  };
  return (
    <div className="nbexport-next" data-step={step.kind}>
      <div role="status" aria-live="polite">
        <h3>{title}</h3>
        {detail.split('\n').map(line => line && <p key={line}>{<Message text={line} />}</p>)}
      </div>
      {step.kind === 'running' && <JobProgress job={step.job} session={session} trans={trans} />}
      <div className="nbexport-actions">
        {action && (
          <button
            type="button"
            className="nbexport-main"
            data-nbexport-next=""
            aria-disabled={isBusy}
            onClick={() => !isBusy && void perform()}
          >
            {action}
          </button>
        )}
        {step.kind === 'resolve' && step.fixable > 0 && (
          <button type="button" onClick={() => void session.edits.fix({ all: true })}>
            {trans._n('Fix %1', 'Fix %1', step.fixable)}
          </button>
        )}
        {step.kind === 'different' && (
          <button type="button" onClick={() => void session.startJob('verify')}>
            {trans.__('Verify again')}
          </button>
        )}
        {step.kind === 'export' && host.area && (
          <button type="button" onClick={() => host.area?.showPlan(session)}>
            {trans.__('Show the files')}
          </button>
        )}
        {session.exporting.isPlanning && (
          <button type="button" onClick={() => session.exporting.cancelPreview()}>
            {trans.__('Cancel')}
          </button>
        )}
      </div>
      {isBusy && <progress aria-label={trans.__('Asking the server…')} />}
    </div>
  );
}
