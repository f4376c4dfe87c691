import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Trouble } from '../session/attempts';
import type { Problem } from '../wire';
import { IconButton } from './icon-button';
import { Message } from './message';

interface ProblemTextProps {
  problem: Problem;
  trans: TranslationBundle;
}

/** What went wrong, why, and what to do, in the language of the application. */
export function ProblemText({ problem, trans }: ProblemTextProps): JSX.Element {
  const { message, why, fix } = problem;
  return (
    <>
      <strong>
        <Message text={trans.__(message)} />
      </strong>
      {why && (
        <span>
          <Message text={trans.__(why)} />
        </span>
      )}
      {fix && (
        <span>
          <Message text={trans.__(fix)} />
        </span>
      )}
    </>
  );
}

interface TroubleBoxProps {
  trouble: Trouble;
  onDismiss: () => void;
  trans: TranslationBundle;
}

/** The last request that failed, with a button that makes it again. */
export function TroubleBox({ trouble, onDismiss, trans }: TroubleBoxProps): JSX.Element {
  return (
    <div className="nbexport-trouble" role="alert">
      <ProblemText problem={trouble.problem} trans={trans} />
      <div className="nbexport-actions">
        <button type="button" onClick={trouble.retry}>
          {trans.__('Try again')}
        </button>
        <IconButton icon={closeIcon} label={trans.__('Dismiss')} onPress={onDismiss} />
      </div>
    </div>
  );
}
