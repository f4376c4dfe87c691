import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Ci } from '../server';
import type { Session } from '../session';
import type { Level, Stage } from '../wire';
import { ReachedIcon } from './icons';
import { Section } from './section';

interface LadderSectionProps {
  session: Session;
  levels: readonly Level[];
  /** The same levels as the catalogue describes them. */
  stages: readonly Stage[];
  trans: TranslationBundle;
}

const CI_NAMES: Record<Ci, string> = { github: 'GitHub', gitlab: 'GitLab' };

/** The ladder of levels: how far the notebook is, the level that is exported, and how. */
export function LadderSection({ session, levels, stages, trans }: LadderSectionProps): JSX.Element {
  const { exporting, view } = session;
  const chosen = stages.find(stage => stage.number === exporting.level);
  return (
    <Section part="ladder" title={trans.__('Level')} summary={chosen?.name} view={view}>
      <ol className="nbexport-ladder" start={0}>
        {levels.map(level => (
          <LevelItem
            key={level.number}
            level={level}
            stage={stages.find(stage => stage.number === level.number)}
            isChosen={level.number === exporting.level}
            onChoose={() => exporting.setLevel(level.number)}
            trans={trans}
          />
        ))}
      </ol>
      <div className="nbexport-fields">
        <label>
          {trans.__('CI')}{' '}
          <select value={exporting.ci} onChange={event => exporting.setCi(event.target.value as Ci)}>
            {Object.entries(CI_NAMES).map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label title={trans.__('Warnings and assumptions stop the export')}>
          <input
            type="checkbox"
            checked={exporting.strict}
            onChange={event => exporting.setStrict(event.target.checked)}
          />
          {trans.__('Strict')}
        </label>
      </div>
    </Section>
  );
}

interface LevelItemProps {
  level: Level;
  stage: Stage | undefined;
  isChosen: boolean;
  onChoose: () => void;
  trans: TranslationBundle;
}

function LevelItem({ level, stage, isChosen, onChoose, trans }: LevelItemProps): JSX.Element {
  return (
    <li data-reached={level.reached} data-chosen={isChosen} title={stage?.summary}>
      <label>
        {stage?.exports && <input type="radio" name="nbexport-level" checked={isChosen} onChange={onChoose} />}
        <span>
          <b>
            {level.number} {level.name}
          </b>
          {isChosen && <span className="nbexport-quiet"> {stage?.summary}</span>}
        </span>
      </label>
      {level.reached ? (
        <ReachedIcon isReached label={trans.__('ready')} />
      ) : (
        <span className="nbexport-quiet">{trans.__('%1 to do', level.needs.length)}</span>
      )}
    </li>
  );
}
