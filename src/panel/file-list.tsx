import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { File } from '../wire';
import { canBeLeftOut, type FileChoice, type FileChoices } from './file-choices';
import { FileContents } from './file-contents';

interface FileListProps {
  files: readonly File[];
  choices: FileChoices;
  onChoose: (path: string, choice: FileChoice) => void;
  /** The path of the file whose contents are shown; empty for none. */
  openPath: string;
  onOpen: (path: string) => void;
  trans: TranslationBundle;
}

/** Files of a plan, each with what becomes of it. */
export function FileList({ files, choices, onChoose, openPath, onOpen, trans }: FileListProps): JSX.Element {
  return (
    <ul aria-label={trans.__('Files')}>
      {files.map(file => (
        <FileItem
          key={file.path}
          file={file}
          choice={choices[file.path]}
          onChoose={choice => onChoose(file.path, choice)}
          isOpen={openPath === file.path}
          onToggle={isOpen => onOpen(isOpen ? file.path : '')}
          trans={trans}
        />
      ))}
    </ul>
  );
}

interface FileItemProps {
  file: File;
  choice: FileChoice | undefined;
  onChoose: (choice: FileChoice) => void;
  isOpen: boolean;
  onToggle: (isOpen: boolean) => void;
  trans: TranslationBundle;
}

function FileItem({ file, choice, onChoose, isOpen, onToggle, trans }: FileItemProps): JSX.Element {
  return (
    <li data-action={file.action}>
      {canBeLeftOut(file) && (
        <input
          type="checkbox"
          aria-label={trans.__('Write %1', file.path)}
          title={trans.__('Write this file')}
          checked={choice !== 'keep'}
          onChange={event => onChoose(event.target.checked ? 'take' : 'keep')}
        />
      )}
      <button type="button" className="nbexport-link" aria-expanded={isOpen} onClick={() => onToggle(!isOpen)}>
        {file.path}
      </button>{' '}
      <em>{actionWord(file.action, trans)}</em>
      {file.note && <span> {file.note}</span>}
      {file.action === 'conflict' && <ConflictChoice file={file} choice={choice} onChoose={onChoose} trans={trans} />}
      {isOpen && <FileContents file={file} trans={trans} />}
    </li>
  );
}

interface ConflictChoiceProps {
  file: File;
  choice: FileChoice | undefined;
  onChoose: (choice: FileChoice) => void;
  trans: TranslationBundle;
}

function ConflictChoice({ file, choice, onChoose, trans }: ConflictChoiceProps): JSX.Element {
  const labels: Record<FileChoice, string> = {
    keep: trans.__('Keep mine'),
    take: trans.__('Take the new one (mine stays as .orig)')
  };
  return (
    <fieldset>
      <legend>{trans.__('You and the notebook changed the same lines of %1', file.path)}</legend>
      {(['keep', 'take'] as const).map(option => (
        <label key={option}>
          <input
            type="radio"
            name={`nbexport ${file.path}`}
            checked={choice === option}
            onChange={() => onChoose(option)}
          />
          {labels[option]}
        </label>
      ))}
    </fieldset>
  );
}

/** What an export does to a file, in a word. */
function actionWord(action: File['action'], trans: TranslationBundle): string {
  const words: Record<File['action'], string> = {
    create: trans.__('new'),
    same: trans.__('unchanged'),
    update: trans.__('updated'),
    merge: trans.__('merged with your edits'),
    conflict: trans.__('conflict'),
    orphan: trans.__('removed')
  };
  return words[action];
}
