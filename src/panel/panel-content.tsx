import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import type { Session } from '../session';
import type { TextNotebook } from '../text-notebooks';
import type { Catalogue } from '../wire';
import type { PanelHost } from './host';
import { NotebookView } from './notebook-view';
import { ProblemText } from './trouble-box';

/** Which session is shown, and when another one is. */
export interface ShownSession {
  readonly session: Session | null;
  readonly textNotebook: TextNotebook | null;
  readonly sessionReplaced: ISignal<unknown, void>;
}

interface PanelContentProps {
  panel: ShownSession;
  host: PanelHost;
}

/** What the panel shows: the notebook in front, or why it can show none. */
export function PanelContent({ panel, host }: PanelContentProps): JSX.Element {
  const { session, textNotebook } = useShown(panel);
  const { catalogue, hasFailed, retry } = useCatalogue(host.catalogue);
  const { trans } = host;
  if (textNotebook) {
    const { path, open } = textNotebook;
    return (
      <div className="nbexport-top">
        <h2 title={path}>{path.split('/').pop()}</h2>
        <p className="nbexport-hint">
          {trans.__('This file is a notebook as text, and an editor of text does not check it.')}{' '}
          {!open && trans.__('Where Jupytext is installed, it opens as a notebook, and is checked as you type.')}
        </p>
        {open && (
          <div className="nbexport-actions">
            <button type="button" className="nbexport-main" onClick={open}>
              {trans.__('Open as a notebook')}
            </button>
          </div>
        )}
      </div>
    );
  }
  if (!session) {
    return <p className="nbexport-hint">{trans.__('Open a notebook to see how far it is from production.')}</p>;
  }
  if (hasFailed) {
    return (
      <div className="nbexport-trouble" role="alert">
        <ProblemText
          problem={{
            message: trans.__('The server part of nbexport is not responding.'),
            why: trans.__('It may not be enabled where Jupyter runs, or Jupyter was stopped.'),
            fix: ''
          }}
          trans={trans}
        />
        <div className="nbexport-actions">
          <button type="button" onClick={retry}>
            {trans.__('Try again')}
          </button>
        </div>
      </div>
    );
  }
  if (!catalogue) {
    return (
      <p className="nbexport-hint" role="status">
        {trans.__('Asking the server…')}
      </p>
    );
  }
  return <NotebookView session={session} catalogue={catalogue} host={host} />;
}

/** What the panel shows now. */
function useShown(panel: ShownSession): Pick<ShownSession, 'session' | 'textNotebook'> {
  const [shown, setShown] = React.useState({ session: panel.session, textNotebook: panel.textNotebook });
  React.useEffect(() => {
    const update = () => setShown({ session: panel.session, textNotebook: panel.textNotebook });
    panel.sessionReplaced.connect(update);
    update();
    return () => void panel.sessionReplaced.disconnect(update);
  }, [panel]);
  return shown;
}

interface RequestedCatalogue {
  catalogue: Catalogue | null;
  hasFailed: boolean;
  retry: () => void;
}

/** The catalogue once the server has sent it. */
function useCatalogue(request: () => Promise<Catalogue>): RequestedCatalogue {
  const [catalogue, setCatalogue] = React.useState<Catalogue | null>(null);
  const [hasFailed, setHasFailed] = React.useState(false);
  const ask = React.useCallback(() => {
    setHasFailed(false);
    void request().then(setCatalogue, () => setHasFailed(true));
  }, [request]);
  React.useEffect(ask, [ask]);
  return { catalogue, hasFailed, retry: ask };
}
