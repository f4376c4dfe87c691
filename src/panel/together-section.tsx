import { caretDownIcon, caretUpIcon, closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Session } from '../session';
import type { PanelHost } from './host';
import { IconButton } from './icon-button';
import { Message } from './message';
import { NotebookLink, nameOf } from './notebook-link';
import { Section } from './section';

const PART = 'notebooks';
const PICKER = 'notebooks to add';

/** Show the notebooks that could be added. */
export function showPicker({ view }: Session): void {
  view.setOpen(PART, true);
  view.setOpen(PICKER, true);
}

interface TogetherSectionProps {
  session: Session;
  host: PanelHost;
}

/** Which notebooks become one project: add one, change their order, and write it where the command line reads it. */
export function TogetherSection({ session, host }: TogetherSectionProps): JSX.Element | null {
  const { trans } = host;
  const { together, view } = session;
  const { notebooks, candidates, isSeveral } = together;
  const adding = React.useRef<HTMLButtonElement>(null);
  if (!isSeveral && candidates.length === 0) {
    return null;
  }
  const isPicking = view.isOpen(PICKER, false);
  const add = (path: string) => {
    view.setOpen(PICKER, false);
    together.add(path);
    adding.current?.focus();
  };
  return (
    <Section
      part={PART}
      title={trans.__('Notebooks')}
      summary={isSeveral ? trans.__('%1 in one project', notebooks.length) : trans.__('this one alone')}
      view={view}
    >
      {isSeveral && (
        <ol className="nbexport-list nbexport-members" aria-label={trans.__('Notebooks of the project')}>
          {notebooks.map((path, index) => (
            <Member key={path} path={path} index={index} session={session} host={host} />
          ))}
        </ol>
      )}
      {(candidates.length > 0 || isPicking) && (
        <div className="nbexport-actions">
          <button type="button" ref={adding} aria-expanded={isPicking} onClick={() => view.setOpen(PICKER, !isPicking)}>
            {trans.__('Add a notebook…')}
          </button>
        </div>
      )}
      {isPicking && (
        <ul className="nbexport-list" aria-label={trans.__('Notebooks in this folder')}>
          {candidates.map(path => (
            <li key={path}>
              <button type="button" className="nbexport-link" title={path} onClick={() => add(path)}>
                {nameOf(path)}
              </button>
            </li>
          ))}
        </ul>
      )}
      <Keeping session={session} host={host} />
    </Section>
  );
}

interface MemberProps extends TogetherSectionProps {
  path: string;
  index: number;
}

/** One notebook of the project, which can run earlier or later, or be taken out. */
function Member({ path, index, session, host }: MemberProps): JSX.Element {
  const { trans } = host;
  const { together, notebook } = session;
  const name = nameOf(path);
  const isOwn = path === notebook.path;
  const isLast = index === together.notebooks.length - 1;
  return (
    <li>
      <div className="nbexport-row">
        <span>{index + 1}</span>
        <span className="nbexport-line" title={path}>
          {isOwn ? <b>{name}</b> : <NotebookLink path={path} host={host} />}
        </span>
        <IconButton
          icon={caretUpIcon}
          label={trans.__('Run %1 earlier', name)}
          title={trans.__('Earlier')}
          isOff={index === 0}
          onPress={() => together.move(path, -1)}
        />
        <IconButton
          icon={caretDownIcon}
          label={trans.__('Run %1 later', name)}
          title={trans.__('Later')}
          isOff={isLast}
          onPress={() => together.move(path, 1)}
        />
        <IconButton
          icon={closeIcon}
          label={trans.__('Take %1 out', name)}
          title={isOwn ? trans.__('This notebook is the one that is open') : trans.__('Take out')}
          isOff={isOwn}
          onPress={() => together.remove(path)}
        />
      </div>
    </li>
  );
}

/** Where it is written which notebooks these are, or could be. */
function Keeping({ session, host }: TogetherSectionProps): JSX.Element | null {
  const { trans } = host;
  const { together } = session;
  const { known, isSeveral, isKept } = together;
  if (!known || (isKept && !isSeveral)) {
    return null;
  }
  const file = nameOf(known.file);
  if (isKept) {
    return <p className="nbexport-quiet">{trans.__('%1 says so, for the command line too.', file)}</p>;
  }
  if (known.refusal) {
    return (
      <p className="nbexport-quiet">
        {trans.__('The project will remember it:')} <Message text={known.refusal} />.
      </p>
    );
  }
  return (
    <>
      <p className="nbexport-quiet">
        {known.is_new
          ? trans.__('A file %1 beside the notebooks lets the command line export the same.', file)
          : trans.__('%1 can say so, and the command line exports the same. Nothing else in it changes.', file)}
      </p>
      <div className="nbexport-actions">
        <button type="button" onClick={() => void together.keep()}>
          {known.is_new ? trans.__('Create %1', file) : trans.__('Write it to %1', file)}
        </button>
      </div>
    </>
  );
}
