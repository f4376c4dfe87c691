import { SplitPanel, type Widget } from '@lumino/widgets';

import { widened } from './widened';

/** The width at which the panel opens. */
const USABLE_WIDTH_PX = 380;

/** Give a widget in the right area a usable width; the shell has no call for it, so the split that it is in is asked. */
export function giveUsableWidth(widget: Widget): void {
  const split = splitAround(widget);
  if (split && widget.node.offsetWidth < USABLE_WIDTH_PX) {
    split.setRelativeSizes(widened(split.relativeSizes(), split.node.offsetWidth, USABLE_WIDTH_PX));
  }
}

function splitAround(widget: Widget): SplitPanel | null {
  let { parent } = widget;
  while (parent && !(parent instanceof SplitPanel && parent.orientation === 'horizontal')) {
    ({ parent } = parent);
  }
  return parent;
}
