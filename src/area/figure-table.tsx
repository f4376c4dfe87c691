import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Compared } from '../wire';
import { type FigureHeads, figureRows } from './figures';

/** More equal figures than these are shown only when asked for, even where none differs. */
const FEW = 12;

export function figureHeads(trans: TranslationBundle): FigureHeads {
  return {
    kind: trans.__('Kind'),
    name: trans.__('Name'),
    notebook: trans.__('Notebook'),
    project: trans.__('Project'),
    difference: trans.__('Difference')
  };
}

interface FigureTableProps {
  figures: readonly Compared[];
  trans: TranslationBundle;
}

/** The figures of notebook and project: those that differ first, equal ones behind their count. */
export function FigureTable({ figures, trans }: FigureTableProps): JSX.Element {
  const [filter, setFilter] = React.useState('');
  const [asked, setAsked] = React.useState<boolean | null>(null);
  const { differing, equal } = figureRows(figures, filter);
  // what somebody looks for is not to be hidden
  const isShown = asked ?? (filter !== '' || (differing.length === 0 && equal.length <= FEW));
  const heads = figureHeads(trans);
  return (
    <section aria-label={trans.__('Figures')}>
      <div className="nbexport-Figures-bar">
        <input
          type="search"
          value={filter}
          onChange={event => setFilter(event.target.value)}
          placeholder={trans.__('Filter')}
          aria-label={trans.__('Filter the figures by name or kind')}
        />
        <span role="status">{trans.__('%1 differ, %2 are equal', differing.length, equal.length)}</span>
      </div>
      <div className="nbexport-Figures" tabIndex={0} role="group" aria-label={trans.__('Table of figures')}>
        <table>
          <thead>
            <tr>
              {[heads.kind, heads.name, heads.notebook, heads.project, heads.difference].map(head => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <FigureRowsView figures={differing} trans={trans} />
            {equal.length > 0 && (
              <tr className="nbexport-Figures-fold">
                <td colSpan={5}>
                  <button
                    type="button"
                    className="nbexport-Area-link"
                    aria-expanded={isShown}
                    onClick={() => setAsked(!isShown)}
                  >
                    {isShown
                      ? trans.__('Hide %1 equal', equal.length)
                      : trans._n('Show %1 equal figure', 'Show %1 equal figures', equal.length)}
                  </button>
                </td>
              </tr>
            )}
            {isShown && <FigureRowsView figures={equal} trans={trans} />}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function FigureRowsView({ figures, trans }: FigureTableProps): JSX.Element {
  return (
    <>
      {figures.map((figure, index) => (
        // two figures may have the same name, and the order is the server's
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no state
        <tr key={`${figure.kind} ${figure.name} ${index}`} data-equal={figure.equal}>
          <td>{kindWord(figure.kind, trans)}</td>
          <th scope="row">{figure.name}</th>
          <td className="nbexport-Figures-value">{figure.notebook}</td>
          <td className="nbexport-Figures-value">{figure.project}</td>
          <td className="nbexport-Figures-value">{figure.difference}</td>
        </tr>
      ))}
    </>
  );
}

/** The kind of a figure; another one than these is shown as the server calls it. */
function kindWord(kind: string, trans: TranslationBundle): string {
  const words = new Map([
    ['metric', trans.__('metric')],
    ['value', trans.__('value')],
    ['prediction', trans.__('prediction')],
    ['service', trans.__('answer of the service')],
    ['service under load', trans.__('answer under load')]
  ]);
  return words.get(kind) ?? kind;
}
