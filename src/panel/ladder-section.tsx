import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Level, Stage } from '../wire';
import { Message } from './message';

interface LadderSectionProps {
  /** The levels, with what the notebook lacks for them. */
  levels: readonly Level[];
  /** The same levels as the catalogue describes them. */
  stages: readonly Stage[];
  chosenLevel: number;
  onChoose: (level: number) => void;
  trans: TranslationBundle;
}

/** The ladder of levels: how far the notebook is, and the level that is exported. */
export function LadderSection({ levels, stages, chosenLevel, onChoose, trans }: LadderSectionProps): JSX.Element {
  return (
    <section aria-labelledby="nbexport-ladder">
      <h3 id="nbexport-ladder">{trans.__('Where it stands')}</h3>
      <ol className="nbexport-ladder" start={0}>
        {levels.map(level => (
          <LevelItem
            key={level.number}
            level={level}
            stage={stages.find(stage => stage.number === level.number)}
            isChosen={level.number === chosenLevel}
            onChoose={onChoose}
            trans={trans}
          />
        ))}
      </ol>
    </section>
  );
}

interface LevelItemProps {
  level: Level;
  stage: Stage | undefined;
  isChosen: boolean;
  onChoose: (level: number) => void;
  trans: TranslationBundle;
}

function LevelItem({ level, stage, isChosen, onChoose, trans }: LevelItemProps): JSX.Element {
  return (
    <li data-reached={level.reached}>
      <label>
        {stage?.exports && (
          <input type="radio" name="nbexport-level" checked={isChosen} onChange={() => onChoose(level.number)} />
        )}
        <b>
          {level.number} {level.name}
        </b>{' '}
        <em>{level.reached ? trans.__('ready') : trans.__('not yet')}</em>
        <span>{stage?.summary}</span>
      </label>
      {level.needs.length > 0 && isChosen && (
        <ul aria-label={trans.__('What it needs')}>
          {level.needs.map(need => (
            <li key={need}>
              <Message text={need} />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
