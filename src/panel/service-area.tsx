import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Session } from '../session';
import type { Job } from '../wire';

interface ServiceAreaProps {
  job: Job;
  session: Session;
  trans: TranslationBundle;
}

/** A service that runs: it can be asked with an example of the notebook, or with what is typed. */
export function ServiceArea({ job, session, trans }: ServiceAreaProps): JSX.Element {
  const { jobList, view } = session;
  const body = view.typedRequest ?? job.examples[0] ?? '{}';
  const answer = jobList.answers.get(job.id);
  return (
    <div className="nbexport-service">
      <label htmlFor="nbexport-request">{trans.__('Request to /predict')}</label>
      <textarea
        id="nbexport-request"
        rows={4}
        spellCheck={false}
        value={body}
        onChange={event => view.typeRequest(event.target.value)}
      />
      <div className="nbexport-actions">
        <button
          type="button"
          className="nbexport-main"
          onClick={() => void jobList.ask(job.id, { method: 'POST', path: '/predict', body })}
        >
          {trans.__('Ask')}
        </button>
        {job.examples.slice(0, MAX_EXAMPLES).map((example, index) => (
          <button key={example} type="button" title={example} onClick={() => view.typeRequest(example)}>
            {trans.__('Example %1', index + 1)}
          </button>
        ))}
        <button type="button" onClick={() => void jobList.cancel(job.id)}>
          {trans.__('Stop service')}
        </button>
      </div>
      {answer && (
        <div role="status" className="nbexport-answer" data-status={answer.status}>
          <p className="nbexport-quiet">
            {trans.__('Answer %1 in %2 ms', answer.status, Math.round(answer.milliseconds))}
          </p>
          <pre tabIndex={0} aria-label={trans.__('Answer')}>
            {indented(answer.body)}
          </pre>
        </div>
      )}
    </div>
  );
}

const MAX_EXAMPLES = 3;

/** JSON with its members on lines of their own; any other text as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
