import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Session } from '../session';
import type { Job } from '../wire';
import { Message } from './message';

interface JobProgressProps {
  job: Job;
  session: Session;
  trans: TranslationBundle;
}

/** How far a job is, and a button that cancels it. */
export function JobProgress({ job, session, trans }: JobProgressProps): JSX.Element {
  const range = job.steps > 0 ? { value: job.step, max: job.steps } : {};
  return (
    <div className="nbexport-progress">
      <progress {...range} aria-label={trans.__('Progress')} />
      {job.doing && (
        <p>
          <Message text={job.doing} />
        </p>
      )}
      <button type="button" onClick={() => void session.jobList.cancel(job.id)}>
        {trans.__('Cancel')}
      </button>
    </div>
  );
}
