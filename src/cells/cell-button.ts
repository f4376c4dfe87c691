const CLASS = 'nbexport-CellButton';
let isListening = false;

/** A button inside a notebook that Enter and Space press. */
export function createCellButton(className: string, onClick: (button: HTMLButtonElement) => void): HTMLButtonElement {
  if (!isListening) {
    isListening = true;
    // in command mode the notebook takes these keys for its own, at the document: this is before it
    window.addEventListener('keydown', pressWithKey, true);
  }
  const button = document.createElement('button');
  button.type = 'button';
  button.classList.add(CLASS, className);
  button.addEventListener('click', () => onClick(button));
  return button;
}

function pressWithKey(event: KeyboardEvent): void {
  const { target, key } = event;
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
  if (
    isPlain &&
    (key === 'Enter' || key === ' ') &&
    target instanceof HTMLElement &&
    target.classList.contains(CLASS)
  ) {
    event.preventDefault();
    event.stopImmediatePropagation();
    target.click();
  }
}
