import type { TranslationBundle } from '@jupyterlab/translation';

import type { File } from '../wire';

/** What an export does to a file, in a word. */
export function actionWord(action: File['action'], trans: TranslationBundle): string {
  const words: Record<File['action'], string> = {
    create: trans.__('new'),
    same: trans.__('unchanged'),
    update: trans.__('changed'),
    merge: trans.__('merged'),
    conflict: trans.__('conflict'),
    orphan: trans.__('removed')
  };
  return words[action];
}

/** How many files an export does something to, as sentences of a few words: `3 new`, `1 conflict`. */
export function actionCounts(files: readonly File[], trans: TranslationBundle): string[] {
  const order: readonly File['action'][] = ['conflict', 'merge', 'update', 'create', 'orphan', 'same'];
  return order.flatMap(action => {
    const count = files.filter(file => file.action === action).length;
    return count > 0 ? [`${count} ${actionWord(action, trans)}`] : [];
  });
}
