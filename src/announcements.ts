import type { NotebookPanel } from '@jupyterlab/notebook';

/** What real-time collaboration tells all who have a notebook open about each other, and keeps nowhere. */
type Awareness = NotebookPanel['context']['model']['sharedModel']['awareness'];

const FIELD = 'nbexport';

/**
 * Tells the other people who have a notebook open that its project or its jobs have changed, and hears it from them.
 * Each counts what they have done; without real-time collaboration nobody else is there.
 *
 * Gives what tells the others.
 */
export function announcer(
  awareness: Pick<Awareness, 'clientID' | 'getStates' | 'on' | 'setLocalStateField'>,
  onHeard: () => void
): () => void {
  const heard = new Map<number, unknown>();
  let count = 0;
  // with each movement of a cursor, too
  awareness.on('change', () => {
    let isNew = false;
    awareness.getStates().forEach((state, client) => {
      const told: unknown = state[FIELD];
      if (client !== awareness.clientID && told !== undefined && told !== heard.get(client)) {
        heard.set(client, told);
        isNew = true;
      }
    });
    if (isNew) {
      onHeard();
    }
  });
  return () => {
    count += 1;
    awareness.setLocalStateField(FIELD, count);
  };
}
