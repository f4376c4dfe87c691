import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Said } from './said';
import { File, Plan } from './wire';

/** What is written unless it is left out. */
const WRITTEN: readonly File['action'][] = ['create', 'update', 'merge', 'orphan'];

/** Every file that would be written, with its contents or what would change: each can be left out, a conflict asks. */
export function Preview(props: {
  plan: Plan;
  choices: Record<string, 'keep' | 'take'>;
  choose: (choices: Record<string, 'keep' | 'take'>) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { plan, choices, choose, trans } = props;
  const [open, setOpen] = React.useState('');
  const words: Record<File['action'], string> = {
    create: trans.__('new'),
    same: trans.__('unchanged'),
    update: trans.__('updated'),
    merge: trans.__('merged with your edits'),
    conflict: trans.__('conflict'),
    orphan: trans.__('removed')
  };
  const folders = new Map<string, File[]>();
  for (const file of plan.files) {
    const folder = file.path.includes('/') ? file.path.split('/')[0] : '';
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  const items = (files: File[]) => (
      <ul aria-label={trans.__('Files')}>
        {files.map(file => (
          <li key={file.path} data-action={file.action}>
            {WRITTEN.includes(file.action) && (
              <input
                type="checkbox"
                aria-label={trans.__('Write %1', file.path)}
                title={trans.__('Write this file')}
                checked={choices[file.path] !== 'keep'}
                onChange={event => choose({ ...choices, [file.path]: event.target.checked ? 'take' : 'keep' })}
              />
            )}
            <button
              className="nbexport-link"
              aria-expanded={open === file.path}
              onClick={() => setOpen(open === file.path ? '' : file.path)}
            >
              {file.path}
            </button>{' '}
            <em>{words[file.action]}</em>
            {file.note && <span> {file.note}</span>}
            {file.action === 'conflict' && (
              <fieldset>
                <legend>{trans.__('You and the notebook changed the same lines of %1', file.path)}</legend>
                {(['keep', 'take'] as const).map(choice => (
                  <label key={choice}>
                    <input
                      type="radio"
                      name={`nbexport ${file.path}`}
                      checked={choices[file.path] === choice}
                      onChange={() => choose({ ...choices, [file.path]: choice })}
                    />
                    {choice === 'keep' ? trans.__('Keep mine') : trans.__('Take the new one (mine stays as .orig)')}
                  </label>
                ))}
              </fieldset>
            )}
            {open === file.path && <Contents file={file} trans={trans} />}
          </li>
        ))}
      </ul>
  );
  return (
    <div className="nbexport-preview">
      {items(folders.get('') ?? [])}
      {[...folders].map(
        ([folder, files]) =>
          folder && (
            <details key={folder} open={files.some(file => file.action === 'conflict')}>
              <summary>
                {folder}/ <em>{trans.__('%1 files', files.length)}</em>
                {files.every(file => file.action === 'same') && <em> {words.same}</em>}
              </summary>
              {items(files)}
            </details>
          )
      )}
      {plan.notes.map(note => (
        <p key={note}>
          <Said text={note} />
        </p>
      ))}
    </div>
  );
}

function Contents(props: { file: File; trans: TranslationBundle }): JSX.Element {
  const { file, trans } = props;
  if (file.diff) {
    return (
      <pre tabIndex={0} aria-label={trans.__('Changes of %1', file.path)}>
        {file.diff.split('\n').map((line, index) => (
          <span key={index} data-kind={line[0] === '+' ? 'new' : line[0] === '-' ? 'old' : 'same'}>
            {line + '\n'}
          </span>
        ))}
      </pre>
    );
  }
  return (
    <pre tabIndex={0} aria-label={trans.__('Contents of %1', file.path)}>
      {file.text ?? trans.__('%1 bytes', file.size_bytes)}
    </pre>
  );
}
