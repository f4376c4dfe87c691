import * as React from 'react';

import { splitBackticks } from './backticks';

/** A text of the server, its names in the font of code. */
export function Message({ text }: { text: string }): JSX.Element {
  return (
    <>
      {splitBackticks(text).map(part =>
        part.isCode ? (
          <code key={part.offset}>{part.text}</code>
        ) : (
          <React.Fragment key={part.offset}>{part.text}</React.Fragment>
        )
      )}
    </>
  );
}
