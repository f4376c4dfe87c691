import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { purposeWord } from '../purposes';
import type { File } from '../wire';
import { canBeLeftOut, type FileGroup } from './file-groups';
import { actionWord } from './plan-words';
import type { AreaSource, FileChoice } from './source';
import { type Expansion, fileKey, type TreeRow, treeRows, treeStep } from './tree-rows';

interface FileTreeProps {
  groups: readonly FileGroup[];
  choices: AreaSource['choices'];
  onChoose: (path: string, choice: FileChoice | null) => void;
  /** The path of the file that is shown. */
  shownPath: string;
  onShow: (path: string) => void;
  /** Until when a tree that appears takes the focus. */
  focusUntil: { current: number };
  trans: TranslationBundle;
}

/** The files of a plan by purpose, as a tree: one stop for the Tab key, arrows within. */
export function FileTree({
  groups,
  choices,
  onChoose,
  shownPath,
  onShow,
  focusUntil,
  trans
}: FileTreeProps): JSX.Element {
  const [expansion, setExpansion] = React.useState<Expansion>(new Map());
  const [focusedKey, setFocusedKey] = React.useState('');
  const tree = React.useRef<HTMLDivElement>(null);
  const rows = treeRows(groups, expansion);
  const focused = [focusedKey, fileKey(shownPath)].find(key => rows.some(row => row.key === key)) ?? rows[0]?.key;

  React.useEffect(() => {
    if (Date.now() < focusUntil.current) {
      focusUntil.current = 0;
      tree.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    }
  }, [focusUntil]);

  const goTo = (row: TreeRow) => {
    setFocusedKey(row.key);
    if (row.kind === 'file') {
      onShow(row.file.path);
    }
    tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(row.key)}"]`)?.focus();
  };
  const expand = (key: string, isExpanded: boolean) => {
    setFocusedKey(key);
    setExpansion(new Map(expansion).set(key, isExpanded));
  };
  const toggle = (file: File) => {
    if (canBeLeftOut(file)) {
      onChoose(file.path, choices[file.path] === 'left-out' ? null : 'left-out');
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    const row = rows.find(other => other.key === focused);
    if (row?.kind === 'file' && event.key === ' ') {
      toggle(row.file);
      event.preventDefault();
      return;
    }
    const step = treeStep(rows, focused ?? '', event.key);
    const target = step?.kind === 'focus' ? rows.find(other => other.key === step.key) : undefined;
    if (target) {
      goTo(target);
    } else if (step?.kind === 'expand') {
      expand(step.key, step.isExpanded);
    }
    if (step) {
      event.preventDefault();
    }
  };

  return (
    <div className="nbexport-Tree" role="tree" aria-label={trans.__('Files')} ref={tree}>
      {rows.map(row => (
        <div
          key={row.key}
          role="treeitem"
          data-key={row.key}
          data-kind={row.kind}
          aria-level={row.level}
          aria-posinset={row.position}
          aria-setsize={row.siblings}
          aria-selected={row.kind === 'file' && row.file.path === shownPath}
          {...(row.kind === 'file' ? checkedOf(row.file, choices) : { 'aria-expanded': row.isExpanded })}
          tabIndex={row.key === focused ? 0 : -1}
          className="nbexport-Tree-row"
          onClick={() => (row.kind === 'file' ? goTo(row) : expand(row.key, !row.isExpanded))}
          onKeyDown={onKeyDown}
        >
          <RowContent row={row} choices={choices} onToggle={toggle} trans={trans} />
        </div>
      ))}
    </div>
  );
}

function checkedOf(file: File, choices: AreaSource['choices']): { 'aria-checked'?: boolean } {
  return canBeLeftOut(file) ? { 'aria-checked': choices[file.path] !== 'left-out' } : {};
}

interface RowContentProps {
  row: TreeRow;
  choices: AreaSource['choices'];
  onToggle: (file: File) => void;
  trans: TranslationBundle;
}

function RowContent({ row, choices, onToggle, trans }: RowContentProps): JSX.Element {
  if (row.kind === 'file') {
    return (
      <FileRow file={row.file} choice={choices[row.file.path]} onToggle={() => onToggle(row.file)} trans={trans} />
    );
  }
  const Caret = row.isExpanded ? caretDownIcon.react : caretRightIcon.react;
  if (row.kind === 'unchanged') {
    return (
      <>
        <Caret tag="span" className="nbexport-Tree-caret" />
        <span className="nbexport-Tree-name">{trans.__('%1 unchanged', row.count)}</span>
      </>
    );
  }
  const { purpose, changed, unchanged, conflictCount } = row.group;
  const total = changed.length + unchanged.length;
  return (
    <>
      <Caret tag="span" className="nbexport-Tree-caret" />
      <span className="nbexport-Tree-name">{purposeWord(purpose, trans)}</span>
      {conflictCount > 0 && (
        <span className="nbexport-Tree-word" data-action="conflict">
          {trans._n('%1 conflict', '%1 conflicts', conflictCount)}
        </span>
      )}
      <span className="nbexport-Tree-count">
        {changed.length > 0 && changed.length < total
          ? trans.__('%1 of %2', changed.length, total)
          : trans.__('%1', total)}
      </span>
    </>
  );
}

interface FileRowProps {
  file: File;
  choice: FileChoice | undefined;
  onToggle: () => void;
  trans: TranslationBundle;
}

function FileRow({ file, choice, onToggle, trans }: FileRowProps): JSX.Element {
  const end = file.path.lastIndexOf('/');
  const [folder, name] = [file.path.slice(0, Math.max(0, end)), file.path.slice(end + 1)];
  const isSettled = file.action === 'conflict' && choice !== undefined;
  return (
    <>
      {canBeLeftOut(file) ? (
        <input
          type="checkbox"
          tabIndex={-1}
          aria-hidden="true"
          title={trans.__('Write this file')}
          checked={choice !== 'left-out'}
          onClick={event => event.stopPropagation()}
          onChange={onToggle}
        />
      ) : (
        <span className="nbexport-Tree-caret" />
      )}
      <span className="nbexport-Tree-name" title={file.path}>
        {name}
        {folder && <span className="nbexport-Tree-folder"> {folder}</span>}
      </span>
      <span className="nbexport-Tree-word" data-action={isSettled ? 'settled' : file.action}>
        {fileWord(file, choice, trans)}
      </span>
    </>
  );
}

/** What becomes of a file, in a word: what was chosen for it, or else what an export does. */
function fileWord(file: File, choice: FileChoice | undefined, trans: TranslationBundle): string {
  if (choice === 'left-out') {
    return trans.__('left out');
  }
  if (file.action !== 'conflict' || choice === undefined) {
    return actionWord(file.action, trans);
  }
  if (typeof choice === 'object') {
    return trans.__('merged');
  }
  return choice === 'mine' ? trans.__('mine') : trans.__('new one');
}
