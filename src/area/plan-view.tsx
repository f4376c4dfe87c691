import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useChanges } from '../use-changes';
import type { File, Plan } from '../wire';
import type { EditorKit } from './editor-kit';
import { firstFile, groupFiles } from './file-groups';
import { FilePane } from './file-pane';
import { FileTree } from './file-tree';
import { PlanNotes, Refusal } from './plan-notes';
import { actionCounts } from './plan-words';
import type { AreaSource } from './source';

interface PlanViewProps {
  source: AreaSource;
  /** Until when a tree that appears takes the focus. */
  focusUntil: { current: number };
  kit: EditorKit;
  trans: TranslationBundle;
}

/** What an export would write, before it writes it. */
export function PlanView({ source, focusUntil, kit, trans }: PlanViewProps): JSX.Element {
  useChanges(source);
  const { plan, exporting } = source;
  const [isTreeShown, setIsTreeShown] = React.useState(true);
  const refresh = (
    <button type="button" onClick={() => void exporting.preview()} disabled={exporting.isPlanning}>
      {exporting.isPlanning ? trans.__('Preparing…') : trans.__('Preview again')}
    </button>
  );
  if (!plan) {
    return (
      <div className="nbexport-Area-empty">
        <p role="status">
          {exporting.isPlanning ? trans.__('Preparing the preview…') : trans.__('Nothing is previewed at the moment.')}
        </p>
        {!exporting.isPlanning && refresh}
      </div>
    );
  }
  return (
    <div className="nbexport-Plan">
      <header>
        <strong>{plan.folder}</strong>
        <span>{actionCounts(plan.files, trans).join(' · ')}</span>
        {plan.files.length > 0 && (
          <button type="button" aria-expanded={isTreeShown} onClick={() => setIsTreeShown(!isTreeShown)}>
            {isTreeShown ? trans.__('Hide files') : trans.__('Show files')}
          </button>
        )}
        {!exporting.isPlanCurrent && (
          <span className="nbexport-Plan-stale" role="status">
            {trans.__('The notebook, the folder or the level has changed since this preview.')} {refresh}
          </span>
        )}
      </header>
      {plan.refused.length > 0 ? (
        <Refusal plan={plan} onJump={place => void source.notebook.jump(place)} trans={trans} />
      ) : (
        <>
          <PlanNotes plan={plan} onJump={place => void source.notebook.jump(place)} trans={trans} />
          <PlanFiles
            plan={plan}
            isTreeShown={isTreeShown}
            source={source}
            focusUntil={focusUntil}
            kit={kit}
            trans={trans}
          />
        </>
      )}
    </div>
  );
}

interface PlanFilesProps extends PlanViewProps {
  plan: Plan;
  isTreeShown: boolean;
}

function PlanFiles({ plan, isTreeShown, source, focusUntil, kit, trans }: PlanFilesProps): JSX.Element {
  const groups = React.useMemo(() => groupFiles(plan.files), [plan]);
  const [chosenPath, setChosenPath] = React.useState('');
  const drafts = React.useRef(new Map<string, string>());
  const shown: File | null = plan.files.find(file => file.path === chosenPath) ?? firstFile(groups);
  return (
    <div className="nbexport-Plan-body" data-tree={isTreeShown}>
      {isTreeShown && (
        <FileTree
          groups={groups}
          choices={source.choices}
          onChoose={(path, choice) => source.choose(path, choice)}
          shownPath={shown?.path ?? ''}
          onShow={setChosenPath}
          focusUntil={focusUntil}
          trans={trans}
        />
      )}
      {shown && (
        <FilePane
          file={shown}
          choice={source.choices[shown.path]}
          onChoose={choice => source.choose(shown.path, choice)}
          drafts={drafts.current}
          kit={kit}
          trans={trans}
        />
      )}
    </div>
  );
}
