import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { File } from '../wire';
import { diffLines } from './diff-lines';

interface FileContentsProps {
  file: File;
  trans: TranslationBundle;
}

/** What would change in a file, or what is in a new one. */
export function FileContents({ file, trans }: FileContentsProps): JSX.Element {
  if (file.diff) {
    return (
      <pre tabIndex={0} aria-label={trans.__('Changes of %1', file.path)}>
        {diffLines(file.diff).map(line => (
          <span key={line.number} data-kind={line.kind}>
            {`${line.text}\n`}
          </span>
        ))}
      </pre>
    );
  }
  return (
    <pre tabIndex={0} aria-label={trans.__('Contents of %1', file.path)}>
      {file.text ?? trans.__('%1 bytes', file.size_bytes)}
    </pre>
  );
}
