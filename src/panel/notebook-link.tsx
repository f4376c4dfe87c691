import * as React from 'react';

import type { PanelHost } from './host';

/** The file name of a notebook. */
export function nameOf(path: string): string {
  return path.split('/').pop() ?? path;
}

/** The name of another notebook, which opens it. */
export function NotebookLink({ path, host }: { path: string; host: PanelHost }): JSX.Element {
  return (
    <button
      type="button"
      className="nbexport-link"
      title={host.trans.__('Open %1', path)}
      onClick={() => host.openFile(path)}
    >
      {nameOf(path)}
    </button>
  );
}
