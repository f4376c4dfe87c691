import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { type Conflict, hasMarkers, markersFor, mergedText } from './conflict-markers';
import { ConflictPanes } from './conflict-panes';
import type { EditorKit } from './editor-kit';
import { useIsNarrow } from './hooks';
import { ResultEditor, type ResultWords } from './result-editor';
import type { FileChoice } from './source';
import { type Region, threeWay } from './three-way';

/** Below this width three texts do not fit side by side: the markers of the result show all of them. */
const PANES_PX = 720;

export interface Merging {
  path: string;
  mine: string;
  base: string | null;
  new: string;
}

/** What tells the conflict of a file from another one. */
export function mergingKey(merging: Merging): string {
  return JSON.stringify([merging.path, merging.mine, merging.base, merging.new]);
}

interface ConflictViewProps {
  merging: Merging;
  choice: FileChoice | undefined;
  onChoose: (choice: FileChoice | null) => void;
  /** The merged text as it was left when another file was looked at. */
  draft: string | undefined;
  onDraft: (text: string) => void;
  kit: EditorKit;
  trans: TranslationBundle;
}

/** A file that both sides changed: which one is taken, or the text into which they are merged. One for each `mergingKey`. */
export function ConflictView({
  merging,
  choice,
  onChoose,
  draft,
  onDraft,
  kit,
  trans
}: ConflictViewProps): JSX.Element {
  const { path, mine, base, new: next } = merging;
  const outer = React.useRef<HTMLDivElement>(null);
  const isNarrow = useIsNarrow(outer, PANES_PX);
  const regions = React.useMemo(() => threeWay(base, mine, next), [base, mine, next]);
  const markers = React.useMemo(() => markersFor([base ?? '', mine, next]), [base, mine, next]);
  // what the editor begins with does not change while somebody types in it
  const [initial] = React.useState(draft ?? mergedText(regions, markers));
  const [text, setText] = React.useState(initial);
  const [current, setCurrent] = React.useState<Conflict | null>(null);
  const words = React.useMemo(() => resultWords(path, trans), [path, trans]);
  const isOpen = hasMarkers(text, markers);
  const isMerged = typeof choice === 'object';
  const change = (changed: string) => {
    setText(changed);
    onDraft(changed);
    if (!hasMarkers(changed, markers)) {
      onChoose({ text: changed });
    } else if (isMerged) {
      onChoose(null);
    }
  };
  return (
    <div className="nbexport-Conflict" ref={outer}>
      <WholeFileChoice
        path={path}
        choice={choice}
        onChoose={onChoose}
        merged={isOpen ? null : text}
        offersMerged={true}
        hasBase={base !== null}
        trans={trans}
      />
      {!isNarrow && (
        <ConflictPanes
          path={path}
          regions={regions}
          hasBase={base !== null}
          current={regionOf(current, regions)}
          kit={kit}
          trans={trans}
        />
      )}
      <ResultEditor
        path={path}
        text={initial}
        markers={markers}
        words={words}
        onChange={change}
        onCurrent={setCurrent}
        kit={kit}
      />
    </div>
  );
}

interface WholeFileChoiceProps {
  path: string;
  choice: FileChoice | undefined;
  onChoose: (choice: FileChoice) => void;
  /** The merged text; null while it has conflicts. */
  merged: string | null;
  offersMerged: boolean;
  /** Whether the last export wrote the file. */
  hasBase: boolean;
  trans: TranslationBundle;
}

/** Which text of a conflict is written. */
export function WholeFileChoice(props: WholeFileChoiceProps): JSX.Element {
  const { path, choice, onChoose, merged, offersMerged, hasBase, trans } = props;
  const isMerged = typeof choice === 'object';
  const name = `nbexport-choice ${React.useId()}`;
  return (
    <fieldset className="nbexport-Conflict-choice">
      <legend>
        {hasBase
          ? trans.__('You and the notebook changed the same lines of %1. Write:', path)
          : trans.__('%1 was not written by nbexport. Write:', path)}
      </legend>
      <label>
        <input type="radio" name={name} checked={choice === 'mine'} onChange={() => onChoose('mine')} />
        {trans.__('my file')}
      </label>
      <label>
        <input type="radio" name={name} checked={choice === 'new'} onChange={() => onChoose('new')} />
        {trans.__('the new file (mine stays beside it as .orig)')}
      </label>
      {offersMerged && (
        <label>
          <input
            type="radio"
            name={name}
            checked={isMerged}
            disabled={merged === null}
            onChange={() => merged !== null && onChoose({ text: merged })}
          />
          {merged === null ? trans.__('the merged text, once no conflict is left in it') : trans.__('the merged text')}
        </label>
      )}
    </fieldset>
  );
}

/** The region that a conflict of the result came from; -1 once it was edited. */
function regionOf(conflict: Conflict | null, regions: readonly Region[]): number {
  return conflict
    ? regions.findIndex(
        region =>
          region.kind === 'conflict' &&
          region.mine.join('').trimEnd() === conflict.mine.trimEnd() &&
          region.new.join('').trimEnd() === conflict.new.trimEnd()
      )
    : -1;
}

function resultWords(path: string, trans: TranslationBundle): ResultWords {
  return {
    label: trans.__('Merged text of %1', path),
    count: (number, total) => trans.__('Conflict %1 of %2', number, total),
    none: trans.__('No conflict is left. Read the merged text, and change it where it needs it.'),
    previous: trans.__('Previous'),
    next: trans.__('Next'),
    resolutions: {
      mine: trans.__('Accept mine'),
      new: trans.__('Accept new'),
      both: trans.__('Accept both')
    }
  };
}
