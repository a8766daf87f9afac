/** What keys mean on the bytes. */
import type { Pane } from './grid';

export type Move =
  | 'left' | 'right' | 'up' | 'down' | 'pageUp' | 'pageDown' | 'rowStart' | 'rowEnd' | 'first' | 'last'; // biome-ignore format: short words

export type KeyAction =
  | { readonly kind: 'move'; readonly move: Move; readonly extend: boolean }
  | { readonly kind: 'type'; readonly text: string }
  | { readonly kind: 'commit' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'erase' }
  | { readonly kind: 'copy' }
  | { readonly kind: 'ask' };

const MOVES: Readonly<Record<string, Move>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'pageUp',
  PageDown: 'pageDown',
  Home: 'rowStart',
  End: 'rowEnd',
};
const WITH_CONTROL: Readonly<Record<string, Move>> = { Home: 'first', End: 'last' };

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** @returns undefined for a key that is VS Code's */
export function keyAction(pane: Pane, { key, ctrlKey, metaKey, altKey, shiftKey }: Key): KeyAction | undefined {
  const control = ctrlKey || metaKey;
  if (altKey) return undefined;
  const move = (control ? WITH_CONTROL : MOVES)[key];
  if (move !== undefined) return { kind: 'move', move, extend: shiftKey };
  if (control) {
    if (key.toLowerCase() === 'g') return { kind: 'ask' };
    return key.toLowerCase() === 'c' ? { kind: 'copy' } : undefined;
  }
  switch (key) {
    case 'Enter':
      return { kind: 'commit' };
    case 'Escape':
      return { kind: 'cancel' };
    case 'Backspace':
      return { kind: 'erase' };
    default:
      break;
  }
  if (pane === 'hex') return /^[0-9a-f]$/i.test(key) ? { kind: 'type', text: key } : undefined;
  return key.length === 1 ? { kind: 'type', text: key } : undefined;
}
