import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Session } from '../session';
import { isActive } from '../session/job-list';
import type { Job } from '../wire';
import type { PanelHost } from './host';
import { IconButton } from './icon-button';
import { ReachedIcon, SeverityIcon } from './icons';
import { JobProgress } from './job-progress';
import { Message } from './message';
import { jobName, jobTitle } from './step-texts';
import { ProblemText } from './trouble-box';

interface JobItemProps {
  job: Job;
  session: Session;
  host: PanelHost;
}

/** One job in one line: what it was, how it ended, and when. */
export function JobItem({ job, session, host }: JobItemProps): JSX.Element {
  const { trans } = host;
  const part = `job ${job.id}`;
  const isOpen = session.view.isOpen(part, false);
  const result = resultOf(job, trans);
  // the next step shows what runs and can cancel it
  const isPinned = session.nextStep.kind === 'running' && session.nextStep.job.id === job.id;
  return (
    <li className="nbexport-job" data-kind={job.kind} data-state={job.state} data-equal={job.verdict?.equal}>
      <div className="nbexport-row">
        <JobIcon job={job} trans={trans} />
        <b>{jobName(job.kind, trans)}</b>
        <span className="nbexport-line" title={result.replace(/`/g, '')}>
          <Message text={result} />
        </span>
        <time className="nbexport-place" dateTime={job.begun}>
          {timeOf(job.begun)}
        </time>
        {job.verdict && host.area && (
          <button type="button" onClick={() => host.area?.showVerdict(session, job)}>
            {trans.__('Show')}
          </button>
        )}
        <IconButton
          icon={caretDownIcon}
          label={trans.__('More about: %1', `${jobName(job.kind, trans)} ${timeOf(job.begun)}`)}
          isOpen={isOpen}
          onPress={() => session.view.setOpen(part, !isOpen)}
        />
      </div>
      {isActive(job) && !job.ready && !isPinned && <JobProgress job={job} session={session} trans={trans} />}
      {isOpen && <JobDetails job={job} trans={trans} />}
    </li>
  );
}

function JobDetails({ job, trans }: { job: Job; trans: TranslationBundle }): JSX.Element {
  const { verdict, problem, lines } = job;
  return (
    <div className="nbexport-details">
      <p className="nbexport-quiet">{trans.__('%1, level %2', job.folder, job.level)}</p>
      {verdict && !verdict.equal && (
        <p>
          <Message text={verdict.cause} />
        </p>
      )}
      {problem && (
        <p className="nbexport-problem">
          <ProblemText problem={problem} trans={trans} />
        </p>
      )}
      {lines.length > 0 && (
        <pre role="log" tabIndex={0} aria-label={trans.__('Last lines')}>
          {lines.join('\n')}
        </pre>
      )}
    </div>
  );
}

function JobIcon({ job, trans }: { job: Job; trans: TranslationBundle }): JSX.Element {
  if (job.state === 'failed' || job.verdict?.equal === false) {
    return <SeverityIcon severity="error" label={trans.__('failed')} />;
  }
  const isDone = job.state === 'done' || job.ready;
  return <ReachedIcon isReached={isDone} label={isDone ? trans.__('done') : job.state} />;
}

/** How a job ended, or what it does, in one line. */
function resultOf(job: Job, trans: TranslationBundle): string {
  if (isActive(job)) {
    return job.ready ? trans.__('running') : jobTitle(job, trans);
  }
  if (job.state === 'cancelled') {
    return trans.__('cancelled');
  }
  if (job.problem) {
    return job.problem.message;
  }
  if (job.verdict) {
    return job.verdict.summary || (job.verdict.equal ? trans.__('equal') : trans.__('different'));
  }
  if (job.applied) {
    return trans._n('%1 file written', '%1 files written', job.applied.written);
  }
  return job.state === 'failed' ? trans.__('failed') : trans.__('done');
}

function timeOf(date: string): string {
  return new Date(date).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
