import * as React from 'react';

import type { Session } from '../session';
import type { Catalogue } from '../wire';
import { ExportSection } from './export-section';
import { FindingsSection } from './findings-section';
import type { PanelHost } from './host';
import { LadderSection } from './ladder-section';
import { ParametersSection } from './parameters-section';
import { ProblemBox } from './problem-box';
import { ProposalsSection } from './proposals-section';

interface NotebookViewProps {
  session: Session;
  catalogue: Catalogue;
  host: PanelHost;
}

/** All about one notebook. */
export function NotebookView({ session, catalogue, host }: NotebookViewProps): JSX.Element {
  const { trans } = host;
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  // what is set holds until somebody chooses; settings may arrive after the panel is drawn
  const [chosenLevel, setChosenLevel] = React.useState<number | null>(null);
  const level = chosenLevel ?? host.settings().level;
  React.useEffect(() => {
    session.changed.connect(redraw);
    return () => void session.changed.disconnect(redraw);
  }, [session]);
  const { check, problem } = session;
  return (
    <>
      <h2>{session.notebook.path.split('/').pop()}</h2>
      {problem && <ProblemBox problem={problem} />}
      {check && (
        <>
          <LadderSection
            levels={check.ladder}
            stages={catalogue.levels}
            chosenLevel={level}
            onChoose={setChosenLevel}
            trans={trans}
          />
          <FindingsSection
            findings={check.findings}
            onJump={place => void session.notebook.jump(place)}
            onFix={finding => void session.fix(finding)}
            onExplain={host.explainRule}
            trans={trans}
          />
          <ProposalsSection session={session} roles={check.roles} trans={trans} />
          <ParametersSection parameters={check.parameters} trans={trans} />
          <ExportSection session={session} level={level} host={host} />
        </>
      )}
      {!check && !problem && <p role="status">{trans.__('Checking…')}</p>}
    </>
  );
}
