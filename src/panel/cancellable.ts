import * as React from 'react';

export interface Cancellable {
  /** Run something that can be cancelled. */
  run(work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  cancel(): void;
}

/** Work of a component that can be cancelled, and is when the component goes. */
export function useCancellable(): Cancellable {
  const control = React.useRef<AbortController | null>(null);
  React.useEffect(() => () => control.current?.abort(), []);
  return {
    run: work => {
      control.current = new AbortController();
      return work(control.current.signal);
    },
    cancel: () => control.current?.abort()
  };
}
