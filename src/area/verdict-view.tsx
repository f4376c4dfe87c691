import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Message } from '../panel/message';
import { useChanges } from '../use-changes';
import type { Job, Verdict } from '../wire';
import { FigureTable, figureHeads } from './figure-table';
import { figureRows, verdictMarkdown } from './figures';
import { durationMs, minutesAndSeconds } from './job-times';
import type { AreaSource } from './source';

interface VerdictViewProps {
  source: AreaSource;
  /** The verification as it was when it was asked to be shown. */
  job: Job;
  /** Show another verification. */
  onShow: (job: Job) => void;
  /** Put a text on the clipboard. */
  copy: (text: string) => void;
  trans: TranslationBundle;
}

/** What a verification found: why figures differ and what to do first, then the figures. */
export function VerdictView({ source, job, onShow, copy, trans }: VerdictViewProps): JSX.Element {
  useChanges(source);
  const present = source.jobs.find(other => other.id === job.id) ?? job;
  const verifications = source.jobs.filter(other => other.kind === 'verify' && (other.verdict || other.id === job.id));
  return (
    <div className="nbexport-Verdict">
      <header>
        {verifications.length > 1 ? (
          <JobChoice verifications={verifications} shown={present} onShow={onShow} trans={trans} />
        ) : (
          <span>{localTime(present.begun)}</span>
        )}
        <span>
          {[trans.__('level %1', present.level), took(present, trans), present.folder].filter(Boolean).join(' · ')}
        </span>
      </header>
      {present.verdict ? (
        <VerdictBody key={present.id} verdict={present.verdict} copy={copy} trans={trans} />
      ) : (
        <JobState job={present} trans={trans} />
      )}
    </div>
  );
}

interface VerdictBodyProps {
  verdict: Verdict;
  copy: (text: string) => void;
  trans: TranslationBundle;
}

function VerdictBody({ verdict, copy, trans }: VerdictBodyProps): JSX.Element {
  const { equal, summary, cause, fix, figures, remarks, verified } = verdict;
  const [isCopied, setIsCopied] = React.useState(false);
  const copyMarkdown = () => {
    copy(verdictMarkdown(verdict, figureRows(figures, ''), figureHeads(trans)));
    setIsCopied(true);
  };
  return (
    <>
      <section className="nbexport-Verdict-summary" data-equal={equal} aria-label={trans.__('Result')}>
        <h2>
          <Message text={summary} />
        </h2>
        {cause && (
          <p>
            <b>{trans.__('Likely cause:')}</b> <Message text={cause} />
          </p>
        )}
        {fix && (
          <p>
            <b>{trans.__('What to do:')}</b> <Message text={fix} />
          </p>
        )}
        <p className="nbexport-Verdict-state">
          <span>
            {verified
              ? trans.__('The project says that it is verified, until the notebook or the project changes.')
              : trans.__('The project does not say that it is verified.')}
          </span>
          <button type="button" onClick={copyMarkdown}>
            {trans.__('Copy as Markdown')}
          </button>
          <span role="status">{isCopied ? trans.__('Copied.') : ''}</span>
        </p>
      </section>
      {figures.length > 0 && <FigureTable figures={figures} trans={trans} />}
      {remarks.length > 0 && (
        <section aria-label={trans.__('Remarks')}>
          <h3>{trans.__('Remarks')}</h3>
          <ul>
            {remarks.map(remark => (
              <li key={remark}>
                <Message text={remark} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** A verification without a verdict: how far it is, or why it ended. */
function JobState({ job, trans }: { job: Job; trans: TranslationBundle }): JSX.Element {
  const { state, step, steps, doing, problem } = job;
  if (state === 'waiting' || state === 'running') {
    return (
      <div className="nbexport-Area-empty" role="status">
        <p>{steps > 0 ? trans.__('Step %1 of %2: %3', step, steps, doing) : doing || trans.__('Waiting…')}</p>
        <progress aria-label={trans.__('Verifying')} {...(steps > 0 ? { value: step, max: steps } : {})} />
      </div>
    );
  }
  if (problem) {
    return (
      <div className="nbexport-Area-refusal" role="status">
        <strong>
          <Message text={problem.message} />
        </strong>
        {[problem.why, problem.fix]
          .filter(text => text !== '')
          .map(text => (
            <p key={text}>
              <Message text={text} />
            </p>
          ))}
      </div>
    );
  }
  return (
    <p className="nbexport-Area-empty" role="status">
      {state === 'cancelled' ? trans.__('This verification was cancelled.') : trans.__('It ended without a result.')}
    </p>
  );
}

interface JobChoiceProps {
  verifications: readonly Job[];
  shown: Job;
  onShow: (job: Job) => void;
  trans: TranslationBundle;
}

/** Which verification of the notebook is shown, by the time when it was. */
function JobChoice({ verifications, shown, onShow, trans }: JobChoiceProps): JSX.Element {
  const choose = (id: string) => {
    const chosen = verifications.find(job => job.id === id);
    if (chosen) {
      onShow(chosen);
    }
  };
  return (
    <select aria-label={trans.__('Verification')} value={shown.id} onChange={event => choose(event.target.value)}>
      {verifications.map(job => (
        <option key={job.id} value={job.id}>
          {localTime(job.begun)} {verdictWord(job.verdict, trans)}
        </option>
      ))}
    </select>
  );
}

function verdictWord(verdict: Verdict | null, trans: TranslationBundle): string {
  if (!verdict) {
    return '';
  }
  return verdict.equal ? trans.__('equal') : trans.__('different');
}

/** How long a job took; empty while it runs. */
function took(job: Job, trans: TranslationBundle): string {
  const duration = durationMs(job);
  if (duration === null) {
    return '';
  }
  const { minutes, seconds } = minutesAndSeconds(duration);
  return minutes > 0 ? trans.__('took %1 min %2 s', minutes, seconds) : trans.__('took %1 s', seconds);
}

/** A time of the server as the browser's own clock and language say it. */
function localTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toLocaleString();
}
