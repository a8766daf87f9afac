/** A session's messages as text: what the `trace` setting writes, and what the golden tests compare. */
import type { DebugProtocol } from '@vscode/debugprotocol';

/** Values in the order given, on one line: `line: 3, source: { path: "a.asm" }`. */
function text(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(text).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    return fields.length === 0 ? '{}' : `{ ${fields.map(([name, field]) => `${name}: ${text(field)}`).join(', ')} }`;
  }
  return JSON.stringify(value) ?? 'undefined';
}

/** Length at which a list of objects is written an element a line. */
const WIDE = 100;

function body(value: unknown): string {
  if (value === undefined) return '';
  if (value === null || typeof value !== 'object') return ` ${text(value)}`;
  const flat = text(value);
  if (flat.length <= WIDE) return ` ${flat}`;
  const lines: string[] = [];
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    if (Array.isArray(field) && field.length > 0 && text(field).length > WIDE) {
      lines.push(`    ${name}:`, ...field.map((item) => `      - ${text(item)}`));
    } else lines.push(`    ${name}: ${text(field)}`);
  }
  return `\n${lines.join('\n')}`;
}

/**
 * One message as text, ending in a line feed:
 * `--> command { arguments }`, `<-- command ok { body }`, `<-- command failed: "message"`, `<== event { body }`.
 */
export function transcriptEntry(message: DebugProtocol.ProtocolMessage): string {
  switch (message.type) {
    case 'request': {
      const request = message as DebugProtocol.Request;
      return `--> ${request.command}${body(request.arguments)}\n`;
    }
    case 'response': {
      const response = message as DebugProtocol.Response;
      if (!response.success) return `<-- ${response.command} failed: ${JSON.stringify(response.message ?? '')}\n`;
      return `<-- ${response.command} ok${body(response.body)}\n`;
    }
    default: {
      const event = message as DebugProtocol.Event;
      return `<== ${event.event}${body(event.body)}\n`;
    }
  }
}
