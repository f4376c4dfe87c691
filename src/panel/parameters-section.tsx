import { editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { Session } from '../session';
import { startOf } from '../start-of';
import type { Parameter } from '../wire';
import { CellLink } from './cell-link';
import type { PanelHost } from './host';
import { Message } from './message';
import { ParameterForm } from './parameter-form';
import { Section } from './section';

interface ParametersSectionProps {
  session: Session;
  parameters: readonly Parameter[];
  host: PanelHost;
}

/** The options that `train.py` will have, and the numbers that could be some. */
export function ParametersSection({ session, parameters, host }: ParametersSectionProps): JSX.Element | null {
  const { trans } = host;
  const { view, edits, literals } = session;
  if (parameters.length === 0 && literals.length === 0) {
    return null;
  }
  const hoist = () => {
    // it is open for the numbers that could be options, and stays so for the options
    view.setOpen('options', true);
    void edits.hoistOptions();
  };
  return (
    <Section
      part="options"
      title={trans.__('Options of train.py')}
      summary={parameters.length}
      view={view}
      isOpenByDefault={literals.length > 0}
    >
      {literals.length > 0 && (
        <div className="nbexport-actions">
          <button
            type="button"
            title={literals.map(({ message }) => message.replace(/`/g, '')).join('\n')}
            aria-disabled={edits.isRunning}
            onClick={hoist}
          >
            {trans._n('Make %1 number an option', 'Make %1 numbers options', literals.length)}
          </button>
        </div>
      )}
      <ul className="nbexport-list" aria-label={trans.__('Options')}>
        {parameters.map(parameter => (
          <ParameterItem key={parameter.name} parameter={parameter} session={session} host={host} />
        ))}
      </ul>
    </Section>
  );
}

interface ParameterItemProps {
  parameter: Parameter;
  session: Session;
  host: PanelHost;
}

function ParameterItem({ parameter, session, host }: ParameterItemProps): JSX.Element {
  const { trans } = host;
  const part = `option ${parameter.name}`;
  const isEdited = session.view.isOpen(part, false);
  const button = React.useRef<HTMLButtonElement>(null);
  const close = () => {
    session.view.setOpen(part, false);
    button.current?.focus();
  };
  return (
    <li>
      <div className="nbexport-row">
        <span className="nbexport-line" title={parameter.help.replace(/`/g, '')}>
          <code>{parameter.option}</code>{' '}
          <span className="nbexport-quiet">
            {parameter.type}, <code>{parameter.default}</code> <Message text={parameter.help} />
          </span>
        </span>
        {parameter.notebook ? (
          <CellLink
            place={startOf(parameter.cell, null, parameter.notebook)}
            onJump={place => void session.notebook.jump(place)}
            trans={trans}
          />
        ) : (
          <button
            type="button"
            ref={button}
            className="nbexport-iconButton"
            aria-expanded={isEdited}
            aria-label={trans.__('Edit %1', parameter.option)}
            title={trans.__('Edit help and type')}
            onClick={() => session.view.setOpen(part, !isEdited)}
          >
            <editIcon.react tag="span" width="14px" />
          </button>
        )}
      </div>
      {isEdited && <ParameterForm parameter={parameter} session={session} onClose={close} trans={trans} />}
    </li>
  );
}
