import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Plan } from '../wire';
import type { FileChoice, FileChoices } from './file-choices';
import { FileList } from './file-list';
import { groupByFolder } from './folders';
import { Message } from './message';

interface PreviewProps {
  plan: Plan;
  choices: FileChoices;
  onChoose: (choices: FileChoices) => void;
  trans: TranslationBundle;
}

/** Every file that would be written, with its contents or what would change: each can be left out, a conflict asks. */
export function Preview({ plan, choices, onChoose, trans }: PreviewProps): JSX.Element {
  const [openPath, setOpenPath] = React.useState('');
  const { topFiles, folders } = groupByFolder(plan.files);
  const listProps = {
    choices,
    onChoose: (path: string, choice: FileChoice) => onChoose({ ...choices, [path]: choice }),
    openPath,
    onOpen: setOpenPath,
    trans
  };
  return (
    <div className="nbexport-preview">
      <FileList files={topFiles} {...listProps} />
      {folders.map(({ folder, files }) => (
        <details key={folder} open={files.some(file => file.action === 'conflict')}>
          <summary>
            {folder}/ <em>{trans.__('%1 files', files.length)}</em>
            {files.every(file => file.action === 'same') && <em> {trans.__('unchanged')}</em>}
          </summary>
          <FileList files={files} {...listProps} />
        </details>
      ))}
      {plan.notes.map(note => (
        <p key={note}>
          <Message text={note} />
        </p>
      ))}
    </div>
  );
}
