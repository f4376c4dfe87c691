import { checkIcon, circleEmptyIcon, LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Finding } from '../wire';

type Severity = Finding['severity'];

/** The icons of severities differ in their shapes, not in their colours alone. */
const SEVERITY_ICONS: Record<Severity, LabIcon> = {
  error: new LabIcon({
    name: 'nbexport:error',
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16"><path fill="currentColor" d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm3.2 9.1-1.1 1.1L8 9.1l-2.1 2.1-1.1-1.1L6.9 8 4.8 5.9l1.1-1.1L8 6.9l2.1-2.1 1.1 1.1L9.1 8z"/></svg>'
  }),
  warning: new LabIcon({
    name: 'nbexport:warning',
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16"><path fill="currentColor" d="M8 1.2.6 14.4h14.8zM7.2 6h1.6v4.4H7.2zm0 5.4h1.6V13H7.2z"/></svg>'
  }),
  advice: new LabIcon({
    name: 'nbexport:advice',
    svgstr:
      '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16"><path fill="currentColor" d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm.9 11H7.1V7h1.8zm0-6.2H7.1V4h1.8z"/></svg>'
  })
};

export function SeverityIcon({ severity, label }: { severity: Severity; label: string }): JSX.Element {
  const { react: Icon } = SEVERITY_ICONS[severity];
  return (
    <span className="nbexport-icon" data-severity={severity} role="img" aria-label={label}>
      <Icon tag="span" width="14px" />
    </span>
  );
}

/** Whether something is reached: a check mark, or an empty circle. */
export function ReachedIcon({ isReached, label }: { isReached: boolean; label: string }): JSX.Element {
  const { react: Icon } = isReached ? checkIcon : circleEmptyIcon;
  return (
    <span className="nbexport-icon" data-reached={isReached} role="img" aria-label={label}>
      <Icon tag="span" width="14px" />
    </span>
  );
}
