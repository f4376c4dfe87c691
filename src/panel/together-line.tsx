import * as React from 'react';

import type { Session } from '../session';
import type { PanelHost } from './host';
import { NotebookLink, nameOf } from './notebook-link';

interface TogetherLineProps {
  session: Session;
  host: PanelHost;
}

/** The notebooks that become one project, in the order in which they run; nothing for one alone. */
export function TogetherLine({ session, host }: TogetherLineProps): JSX.Element | null {
  const { trans } = host;
  const { notebook, together } = session;
  if (!together.isSeveral) {
    return null;
  }
  return (
    <div className="nbexport-together">
      <p>
        {trans.__('Exported together:')}{' '}
        {together.notebooks.map((path, index) => (
          <React.Fragment key={path}>
            {index > 0 && trans.__(', then ')}
            {path === notebook.path ? <b>{nameOf(path)}</b> : <NotebookLink path={path} host={host} />}
          </React.Fragment>
        ))}
      </p>
      {together.others
        .filter(path => together.isUnsaved(path))
        .map(path => (
          <p key={path} role="status">
            {trans.__('%1 has unsaved changes, which are not exported.', nameOf(path))}{' '}
            <button type="button" onClick={() => void together.save(path)}>
              {trans.__('Save %1', nameOf(path))}
            </button>
          </p>
        ))}
    </div>
  );
}
