import { caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ViewState } from '../session/view-state';

interface SectionProps {
  /** The name under which it is remembered whether it is open. */
  part: string;
  title: string;
  /** A few words beside the title, which stand when the section is closed too. */
  summary?: React.ReactNode;
  view: ViewState;
  isOpenByDefault?: boolean;
  children: React.ReactNode;
}

/** A section that can be closed, in the look of those of the property inspector. */
export function Section({ part, title, summary, view, isOpenByDefault = true, children }: SectionProps): JSX.Element {
  const isOpen = view.isOpen(part, isOpenByDefault);
  const id = `nbexport-${part}`;
  return (
    <section aria-labelledby={id} className="nbexport-section">
      <h3 className={`jp-Collapse-header${isOpen ? '' : ' jp-Collapse-header-collapsed'}`}>
        <button
          type="button"
          id={id}
          aria-expanded={isOpen}
          className="nbexport-toggle"
          onClick={() => view.setOpen(part, !isOpen)}
        >
          <caretDownIcon.react className="jp-Collapser-icon" tag="span" />
          <span>{title}</span>
        </button>
        {summary !== undefined && <span className="nbexport-summary">{summary}</span>}
      </h3>
      {isOpen && <div className="nbexport-contents">{children}</div>}
    </section>
  );
}
