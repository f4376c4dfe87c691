import * as React from 'react';

/** Text of the server, in which names stand between backticks. */
export function Said(props: { text: string }): JSX.Element {
  return (
    <>
      {props.text.split('`').map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}
    </>
  );
}
