import type { TranslationBundle } from '@jupyterlab/translation';

import { toProblem } from './problem';
import type { Server } from './server';
import type { Session } from './session';
import type { Undo } from './wire';

/** Asks a question, or says something; the answer is whether the person agrees. */
export type Ask = (title: string, lines: string[], accept: string | null, isWarning: boolean) => Promise<boolean>;

/** Show what taking back the last export would do, and do it where the person agrees. */
export async function takeBack(
  session: Pick<Session, 'exporting'>,
  server: Pick<Server, 'lastExport' | 'undo'>,
  trans: TranslationBundle,
  ask: Ask
): Promise<void> {
  const { exporting } = session;
  const title = trans.__('Take the last export back?');
  try {
    const { output } = exporting;
    const undo = await server.lastExport(output);
    const force = undo.conflicts.length > 0;
    const accept = force ? trans.__('Take back, and keep mine beside it') : trans.__('Take back');
    if (await ask(title, wordsOf(undo, trans), accept, force)) {
      exporting.tookBack(output, await server.undo({ output, step: undo.step, force }));
      await exporting.preview();
    }
  } catch (error) {
    const { message, why, fix } = toProblem(error);
    const lines = [message, why, fix].filter(line => line !== '');
    await ask(trans.__('The export was not taken back'), lines, null, false);
  }
}

/** What an undo has done, in sentences. */
export function wordsOfDone({ removed, restored, notes, conflicts, left }: Undo, trans: TranslationBundle): string[] {
  return [
    trans.__('%1 removed, %2 restored.', trans._n('%1 file', '%1 files', removed), restored),
    ...notes,
    ...conflicts.map(path => trans.__('Your %1 is kept as %2.', path, `${path}.orig`)),
    left > 0
      ? trans._n('%1 earlier export can be taken back.', '%1 earlier exports can be taken back.', left)
      : trans.__('No earlier export can be taken back.')
  ];
}

/** What an undo does, in sentences. */
export function wordsOf(undo: Undo, trans: TranslationBundle): string[] {
  const at = new Date(undo.at).toLocaleString();
  const lines = [trans.__('%1, level %2, exported %3.', undo.notebook, undo.level, at)];
  if (undo.removed > 0) {
    lines.push(trans._n('%1 file that it created is removed.', '%1 files that it created are removed.', undo.removed));
  }
  if (undo.restored > 0) {
    lines.push(trans._n('%1 file becomes what it was.', '%1 files become what they were.', undo.restored));
  }
  lines.push(...undo.notes);
  if (undo.conflicts.length > 0) {
    const names = undo.conflicts.join(', ');
    lines.push(trans.__('You have edited %1 since. Yours is kept beside it, with the ending .orig.', names));
  }
  lines.push(trans.__('The notebook stays as it is; export it again to have the project back.'));
  return lines;
}
