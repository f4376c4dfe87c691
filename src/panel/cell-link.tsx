import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Place } from '../wire';
import { nameOf } from './notebook-link';

/** What a cell is called everywhere: its position, counted from 1. */
export function cellName({ notebook, cell }: Pick<Place, 'notebook' | 'cell'>, trans: TranslationBundle): string {
  const name = cell < 0 ? trans.__('notebook') : trans.__('cell %1', cell + 1);
  return notebook ? trans.__('%1 of %2', name, nameOf(notebook)) : name;
}

interface CellLinkProps {
  place: Place;
  onJump: (place: Place) => void;
  trans: TranslationBundle;
}

/** The name of a cell, which leads to it. */
export function CellLink({ place, onJump, trans }: CellLinkProps): JSX.Element {
  const name = cellName(place, trans);
  if (place.cell < 0) {
    return <span className="nbexport-place">{name}</span>;
  }
  return (
    <button
      type="button"
      className="nbexport-link nbexport-place"
      title={trans.__('Go to %1, line %2', name, place.row)}
      onClick={() => onJump(place)}
    >
      {name}
    </button>
  );
}
