import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { purposeWord } from '../purposes';
import type { Session } from '../session';
import type { NextStep } from '../session/next-step';
import { countByPurpose } from '../session/plan-summary';
import type { File, Plan } from '../wire';
import { Assumptions } from './assumptions';
import type { PanelHost } from './host';

/** The next steps that lead to the files themselves: what they offer is not offered twice. */
const SHOW_FILES: readonly NextStep['kind'][] = ['export', 'settle', 'nothing-chosen'];

interface PlanViewProps {
  session: Session;
  plan: Plan;
  host: PanelHost;
}

/** How many files of each kind would be written; the files themselves are shown in the main area. */
export function PlanView({ session, plan, host }: PlanViewProps): JSX.Element | null {
  const { trans } = host;
  if (!session.exporting.isPlanCurrent) {
    return (
      <p className="nbexport-quiet">{trans.__('The last preview was of something else: it has changed since.')}</p>
    );
  }
  if (plan.refused.length > 0) {
    return null;
  }
  const counts = countByPurpose(plan);
  const conflicts = plan.files.filter(file => file.action === 'conflict');
  return (
    <>
      {counts.length === 0 && <p role="status">{trans.__('The project is up to date.')}</p>}
      {counts.length > 0 && (
        <table className="nbexport-counts" aria-label={trans.__('Files that would be written')}>
          <thead>
            <tr>
              <th scope="col">{trans.__('Files')}</th>
              <th scope="col">{trans.__('new')}</th>
              <th scope="col">{trans.__('changed')}</th>
              <th scope="col">{trans.__('conflict')}</th>
            </tr>
          </thead>
          <tbody>
            {counts.map(({ purpose, created, changed, conflicts: inConflict }) => (
              <tr key={purpose}>
                <th scope="row">{purposeWord(purpose, trans)}</th>
                <td>{created || ''}</td>
                <td>{changed || ''}</td>
                <td data-conflict={inConflict > 0}>{inConflict || ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {conflicts.map(file => (
        <Conflict key={file.path} file={file} session={session} trans={trans} />
      ))}
      {host.area && !SHOW_FILES.includes(session.nextStep.kind) && (
        <div className="nbexport-actions">
          <button type="button" onClick={() => host.area?.showPlan(session)}>
            {trans.__('Show the files')}
          </button>
        </div>
      )}
      <Assumptions plan={plan} session={session} trans={trans} />
    </>
  );
}

interface ConflictProps {
  file: File;
  session: Session;
  trans: TranslationBundle;
}

/** One conflict, settled in a click where the person knows already. */
function Conflict({ file, session, trans }: ConflictProps): JSX.Element {
  const choice = session.choices[file.path];
  return (
    <fieldset className="nbexport-conflict" data-path={file.path}>
      <legend>{trans.__('Conflict in %1', file.path)}</legend>
      <label>
        <input
          type="radio"
          name={`nbexport ${file.path}`}
          checked={choice === 'mine'}
          onChange={() => session.choose(file.path, 'mine')}
        />
        {trans.__('Keep mine')}
      </label>
      <label title={trans.__('Mine stays beside it, with the ending .orig')}>
        <input
          type="radio"
          name={`nbexport ${file.path}`}
          checked={choice === 'new'}
          onChange={() => session.choose(file.path, 'new')}
        />
        {trans.__('Take the new one')}
      </label>
      {typeof choice === 'object' && <span>{trans.__('Merged by hand')}</span>}
    </fieldset>
  );
}
