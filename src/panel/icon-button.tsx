import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

interface IconButtonProps {
  icon: LabIcon;
  /** What a screen reader says. */
  label: string;
  /** What a mouse is shown; the label where it is not given. */
  title?: string;
  width?: string;
  /** It stays where it is, can be reached, and does nothing. */
  isOff?: boolean;
  /** Whether what it shows and hides is shown. */
  isOpen?: boolean;
  onPress: () => void;
}

/** A button that shows an icon alone. */
export function IconButton({
  icon,
  label,
  title = label,
  width = '14px',
  isOff,
  isOpen,
  onPress
}: IconButtonProps): JSX.Element {
  const { react: Icon } = icon;
  return (
    <button
      type="button"
      className="nbexport-iconButton"
      aria-disabled={isOff}
      aria-expanded={isOpen}
      aria-label={label}
      data-open={isOpen}
      title={title}
      onClick={() => isOff || onPress()}
    >
      <Icon tag="span" width={width} />
    </button>
  );
}
