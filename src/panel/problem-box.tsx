import * as React from 'react';

import type { Problem } from '../wire';

/** What went wrong, why, and what to do. */
export function ProblemBox({ problem }: { problem: Problem }): JSX.Element {
  const { message, why, fix } = problem;
  return (
    <div className="nbexport-trouble" role="alert">
      <strong>{message}</strong>
      {why && <span>{why}</span>}
      {fix && <span>{fix}</span>}
    </div>
  );
}
