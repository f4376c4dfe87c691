import { caretDownIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './icon-button';

interface MoreButtonProps {
  label: string;
  isOpen: boolean;
  onToggle: () => void;
}

/** Shows and hides the details of a line. */
export function MoreButton({ label, isOpen, onToggle }: MoreButtonProps): JSX.Element {
  return <IconButton icon={caretDownIcon} label={label} isOpen={isOpen} onPress={onToggle} />;
}
