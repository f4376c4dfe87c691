import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Session } from '../session';
import { useChanges } from '../use-changes';
import type { Catalogue } from '../wire';
import { ExportSection } from './export-section';
import { FindingsSection } from './findings-section';
import type { PanelHost } from './host';
import { IconButton } from './icon-button';
import { LadderSection } from './ladder-section';
import { NextStepCard } from './next-step-card';
import { ParametersSection } from './parameters-section';
import { ProposalsSection } from './proposals-section';
import { RunsSection } from './runs-section';
import { TakenBackNote } from './taken-back';
import { TogetherLine } from './together-line';
import { TogetherSection } from './together-section';
import { TroubleBox } from './trouble-box';
import { WrittenCell } from './written-cell';

interface NotebookViewProps {
  session: Session;
  catalogue: Catalogue;
  host: PanelHost;
}

/** All about one notebook. It has no state of its own: that is the session's. */
export function NotebookView({ session, catalogue, host }: NotebookViewProps): JSX.Element {
  const { trans } = host;
  useChanges(session);
  const { check, trouble } = session;
  const isRead = check !== null && !check.unread;
  return (
    <>
      <div className="nbexport-top">
        <div className="nbexport-heading">
          <h2 title={session.notebook.path}>{session.notebook.path.split('/').pop()}</h2>
          <IconButton
            icon={refreshIcon}
            label={trans.__('Check again')}
            width="16px"
            onPress={() => void session.checkNow()}
          />
        </div>
        <TogetherLine session={session} host={host} />
        {trouble && <TroubleBox trouble={trouble} onDismiss={() => session.dismissTrouble()} trans={trans} />}
        {(check || !trouble) && <NextStepCard session={session} host={host} />}
        <TakenBackNote session={session} trans={trans} />
        <WrittenCell session={session} trans={trans} />
      </div>
      {isRead && (
        <>
          <LadderSection session={session} levels={check.ladder} stages={catalogue.levels} trans={trans} />
          <ProposalsSection session={session} roles={check.roles} trans={trans} />
          <FindingsSection session={session} rules={catalogue.rules} host={host} />
          <ParametersSection session={session} parameters={check.parameters} host={host} />
          <TogetherSection session={session} host={host} />
          <ExportSection session={session} host={host} />
          <RunsSection session={session} host={host} />
        </>
      )}
    </>
  );
}
