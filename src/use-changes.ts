import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

/** Draw a component again whenever what it shows has changed. */
export function useChanges(source: { readonly changed: ISignal<unknown, unknown> }): void {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    source.changed.connect(redraw);
    // it may have changed between the first drawing and now
    redraw();
    return () => void source.changed.disconnect(redraw);
  }, [source]);
}
