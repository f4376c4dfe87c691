import * as React from 'react';

/** Fill a node by hand. `fill` gives what takes it away again, and is called again when it is another function. */
export function useFilledNode(fill: (node: HTMLElement) => () => void): React.RefObject<HTMLDivElement> {
  const ref = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => (ref.current ? fill(ref.current) : undefined), [fill]);
  return ref;
}

/** Whether a node is narrower than a number of pixels; follows its size. */
export function useIsNarrow(ref: React.RefObject<HTMLElement>, limitPx: number): boolean {
  const [isNarrow, setIsNarrow] = React.useState(false);
  React.useEffect(() => {
    const node = ref.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(() => {
      // a hidden node has no width, and is drawn as it was
      if (node.clientWidth > 0) {
        setIsNarrow(node.clientWidth < limitPx);
      }
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [ref, limitPx]);
  return isNarrow;
}
