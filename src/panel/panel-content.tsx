import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

import type { Session } from '../session';
import type { Catalogue } from '../wire';
import type { PanelHost } from './host';
import { NotebookView } from './notebook-view';
import { ProblemBox } from './problem-box';

/** Which session is shown, and when another one is. */
export interface ShownSession {
  readonly session: Session | null;
  readonly sessionReplaced: ISignal<unknown, void>;
}

interface PanelContentProps {
  panel: ShownSession;
  host: PanelHost;
}

/** What the panel shows: the notebook in front, or why it can show none. */
export function PanelContent({ panel, host }: PanelContentProps): JSX.Element {
  const session = useSession(panel);
  const { catalogue, hasFailed } = useCatalogue(host.catalogue);
  const { trans } = host;
  if (!session) {
    return <p className="nbexport-hint">{trans.__('Open a notebook to see how far it is from production.')}</p>;
  }
  if (hasFailed) {
    return (
      <ProblemBox
        problem={{
          message: trans.__('The server part of nbexport is not responding.'),
          why: trans.__('It is installed where this page comes from, but not enabled where Jupyter runs.'),
          fix: trans.__('Run `jupyter server extension enable nbexport` in its environment and start Jupyter again.')
        }}
      />
    );
  }
  if (!catalogue) {
    return (
      <p className="nbexport-hint" role="status">
        {trans.__('Asking the server…')}
      </p>
    );
  }
  return <NotebookView key={session.notebook.path} session={session} catalogue={catalogue} host={host} />;
}

/** The session that the panel shows now. */
function useSession(panel: ShownSession): Session | null {
  const [session, setSession] = React.useState(panel.session);
  React.useEffect(() => {
    const update = () => setSession(panel.session);
    panel.sessionReplaced.connect(update);
    update();
    return () => void panel.sessionReplaced.disconnect(update);
  }, [panel]);
  return session;
}

/** The catalogue once the server has sent it. */
function useCatalogue(request: Promise<Catalogue>): { catalogue: Catalogue | null; hasFailed: boolean } {
  const [catalogue, setCatalogue] = React.useState<Catalogue | null>(null);
  const [hasFailed, setHasFailed] = React.useState(false);
  React.useEffect(() => {
    void request.then(setCatalogue, () => setHasFailed(true));
  }, [request]);
  return { catalogue, hasFailed };
}
