import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Parameter } from '../wire';

interface ParametersSectionProps {
  parameters: readonly Parameter[];
  trans: TranslationBundle;
}

/** The options that `train.py` will have. */
export function ParametersSection({ parameters, trans }: ParametersSectionProps): JSX.Element | null {
  if (parameters.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="nbexport-parameters">
      <h3 id="nbexport-parameters">{trans.__('Options of train.py')}</h3>
      <ul className="nbexport-parameters">
        {parameters.map(parameter => (
          <li key={parameter.name}>
            <code>{parameter.option}</code> {parameter.type}, <code>{parameter.default}</code>
            {parameter.help && <span>{parameter.help}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
