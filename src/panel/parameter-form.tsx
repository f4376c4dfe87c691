import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Session } from '../session';
import type { Parameter } from '../wire';

interface ParameterFormProps {
  parameter: Parameter;
  session: Session;
  onClose: () => void;
  trans: TranslationBundle;
}

const TYPES = ['int', 'float', 'str', 'bool'];

/** Help and type of one parameter, as its comment and annotation in the notebook say them. */
export function ParameterForm({ parameter, session, onClose, trans }: ParameterFormProps): JSX.Element {
  const [help, setHelp] = React.useState(parameter.help);
  const [type, setType] = React.useState(parameter.type);
  const helpInput = React.useRef<HTMLInputElement>(null);
  React.useEffect(() => helpInput.current?.focus(), []);
  const types = TYPES.includes(parameter.type) ? TYPES : [parameter.type, ...TYPES];
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    onClose();
    await session.edits.editParameter({ name: parameter.name, help: help.trim(), type });
  };
  return (
    <form className="nbexport-form" onSubmit={event => void save(event)}>
      <label>
        {trans.__('Help')}
        <input ref={helpInput} value={help} onChange={event => setHelp(event.target.value)} />
      </label>
      <label>
        {trans.__('Type')}
        <select value={type} onChange={event => setType(event.target.value)}>
          {types.map(name => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <div className="nbexport-actions">
        <button type="submit" className="nbexport-main">
          {trans.__('Save')}
        </button>
        <button type="button" onClick={onClose}>
          {trans.__('Cancel')}
        </button>
      </div>
    </form>
  );
}
