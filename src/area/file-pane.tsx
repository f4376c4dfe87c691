import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Message } from '../panel/message';
import type { File } from '../wire';
import { ConflictView, type Merging, mergingKey, WholeFileChoice } from './conflict-view';
import { DiffView } from './diff-view';
import type { EditorKit } from './editor-kit';
import { readableSize } from './job-times';
import { countChanges } from './line-hunks';
import { actionWord } from './plan-words';
import type { FileChoice } from './source';
import { TextView } from './text-view';

interface FilePaneProps {
  file: File;
  choice: FileChoice | undefined;
  onChoose: (choice: FileChoice | null) => void;
  /** Merged texts that are not done, by the key of what is merged. */
  drafts: Map<string, string>;
  kit: EditorKit;
  trans: TranslationBundle;
}

/** One file of a plan: what is in it, what changes in it, or what two sides changed in it. */
export function FilePane({ file, choice, onChoose, drafts, kit, trans }: FilePaneProps): JSX.Element {
  return (
    <section className="nbexport-File" aria-label={file.path}>
      <header>
        <h3>{file.path}</h3>
        <span className="nbexport-Tree-word" data-action={file.action}>
          {actionWord(file.action, trans)}
        </span>
        <Size file={file} trans={trans} />
        {choice === 'left-out' && <span>{trans.__('left out: the file on disk stays as it is')}</span>}
        {file.note && (
          <span>
            <Message text={file.note} />
          </span>
        )}
      </header>
      <FileBody file={file} choice={choice} onChoose={onChoose} drafts={drafts} kit={kit} trans={trans} />
    </section>
  );
}

function FileBody({ file, choice, onChoose, drafts, kit, trans }: FilePaneProps): JSX.Element {
  const { path, text, before } = file;
  if (file.action === 'conflict') {
    if (text === null || before === null) {
      return (
        <>
          <WholeFileChoice
            path={path}
            choice={choice}
            onChoose={onChoose}
            merged={null}
            offersMerged={false}
            hasBase={file.base !== null}
            trans={trans}
          />
          <NoText file={file} trans={trans} />
        </>
      );
    }
    const merging: Merging = { path, mine: before, base: file.base, new: text };
    const key = mergingKey(merging);
    return (
      <ConflictView
        key={key}
        merging={merging}
        choice={choice}
        onChoose={onChoose}
        draft={drafts.get(key)}
        onDraft={draft => drafts.set(key, draft)}
        kit={kit}
        trans={trans}
      />
    );
  }
  const shownText = file.action === 'orphan' ? (before ?? text) : text;
  if (shownText === null) {
    return <NoText file={file} trans={trans} />;
  }
  if (file.action !== 'orphan' && before !== null && before !== shownText) {
    return <DiffView path={path} before={before} after={shownText} kit={kit} trans={trans} />;
  }
  return <TextView path={path} text={shownText} label={trans.__('Contents of %1', path)} kit={kit} />;
}

/** How much of a file is new and old, or how large it is. */
function Size({ file, trans }: { file: File; trans: TranslationBundle }): JSX.Element {
  const { text, before } = file;
  const counts = React.useMemo(
    () => (text !== null && before !== null && before !== text ? countChanges(before, text) : null),
    [text, before]
  );
  return counts ? (
    <span className="nbexport-File-counts">
      <span data-kind="new" title={trans.__('Lines added')}>
        +{counts.added}
      </span>{' '}
      <span data-kind="old" title={trans.__('Lines removed')}>
        −{counts.removed}
      </span>
    </span>
  ) : (
    <span className="nbexport-File-counts">{readableSize(file.size_bytes)}</span>
  );
}

function NoText({ file, trans }: { file: File; trans: TranslationBundle }): JSX.Element {
  return (
    <p className="nbexport-Area-hint">
      {trans.__('%1: binary, or too long to be shown here.', readableSize(file.size_bytes))}
    </p>
  );
}
