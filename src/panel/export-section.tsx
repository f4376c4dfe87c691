import { folderIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Session } from '../session';
import type { PanelHost } from './host';
import { IconButton } from './icon-button';
import { Message } from './message';
import { PlanView } from './plan-view';
import { Section } from './section';

interface ExportSectionProps {
  session: Session;
  host: PanelHost;
}

/** The folder, and a short account of what would be written there. */
export function ExportSection({ session, host }: ExportSectionProps): JSX.Element {
  const { trans } = host;
  const { exporting, view, plan } = session;
  const browse = async () => {
    const folder = await host.browse?.(exporting.output);
    if (folder) {
      exporting.setOutput(folder);
    }
  };
  return (
    <Section part="project" title={trans.__('Project')} view={view}>
      <label className="nbexport-output">
        <span>{trans.__('Folder')}</span>
        <OutputInput session={session} />
        {host.browse && (
          <IconButton
            icon={folderIcon}
            label={trans.__('Browse for a folder')}
            title={trans.__('Browse')}
            width="16px"
            onPress={() => void browse()}
          />
        )}
      </label>
      {!session.notebook.isWritable && (
        <p className="nbexport-quiet">
          {trans.__('This notebook is read-only. It is exported as it is here, and not saved.')}
        </p>
      )}
      {exporting.hasNoFiles && (
        <p className="nbexport-quiet">{trans.__('Notebooks of this server are not files. Download the project.')}</p>
      )}
      {session.nextStep.kind !== 'preview' && !exporting.hasNoFiles && (
        <div className="nbexport-actions">
          <button type="button" aria-disabled={exporting.isPlanning} onClick={() => void exporting.preview()}>
            {trans.__('Preview')}
          </button>
        </div>
      )}
      {plan && <PlanView session={session} plan={plan} host={host} />}
      {plan?.notes.map(note => (
        <p key={note} className="nbexport-quiet">
          <Message text={note} />
        </p>
      ))}
    </Section>
  );
}

/** The folder. Of a long path it shows the end, which tells projects apart. */
function OutputInput({ session }: { session: Session }): JSX.Element {
  const { exporting } = session;
  const input = React.useRef<HTMLInputElement>(null);
  const { output } = exporting;
  React.useEffect(() => {
    const node = input.current;
    if (node && node !== document.activeElement && node.value === output) {
      node.scrollLeft = node.scrollWidth;
    }
  }, [output]);
  return (
    <input
      ref={input}
      value={output}
      title={output}
      onChange={event => exporting.setOutput(event.target.value)}
      onBlur={event => {
        event.target.scrollLeft = event.target.scrollWidth;
      }}
      spellCheck={false}
    />
  );
}
