/** A part of a text of the server. `offset` is where it begins, so that it can be told from equal parts. */
export interface TextPart {
  offset: number;
  text: string;
  isCode: boolean;
}

/** The parts of a text in which names are between backticks: every second part is code. */
export function splitBackticks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let offset = 0;
  text.split('`').forEach((part, index) => {
    parts.push({ offset, text: part, isCode: index % 2 === 1 });
    offset += part.length + 1;
  });
  return parts;
}
