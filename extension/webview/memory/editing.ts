/** Bytes that a person types or pastes: digits until a number is whole, characters, the clipboard. */
import type { Conversation } from './conversation';
import type { Pane } from './grid';
import { pastedHex, typedText, unitBytes, wireAddress } from './text';

/** What is typed into. */
export interface EditedCell {
  readonly space: string;
  readonly address: bigint;
  /** Bytes of a number. */
  readonly unit: number;
}

export class Editing {
  #digits = '';

  constructor(
    readonly conversation: Conversation,
    /** An empty text takes the last problem away. */
    readonly tellProblem: (text: string) => void,
  ) {}

  /** The digits of a number that is not whole yet. */
  get digits(): string {
    return this.#digits;
  }

  forget(): void {
    this.#digits = '';
  }

  erase(): void {
    this.#digits = this.#digits.slice(0, -1);
  }

  /** @returns whether the number is whole now, and written */
  typeDigit(digit: string, cell: EditedCell): boolean {
    this.#digits += digit.toUpperCase();
    if (this.#digits.length < 2 * cell.unit) return false;
    this.commit(cell);
    return true;
  }

  /** @returns whether there is a byte for it, which was written */
  typeText(text: string, cell: EditedCell): boolean {
    const bytes = typedText(text);
    if (bytes === undefined) {
      this.tellProblem(`"${text}" has no byte.`);
      return false;
    }
    this.#write(cell, bytes);
    return true;
  }

  /** Writes the digits that were typed. */
  commit(cell: EditedCell): void {
    if (this.#digits === '') return;
    const bytes = unitBytes(this.#digits, cell.unit, this.conversation.byteOrder);
    this.#digits = '';
    this.#write(cell, bytes);
  }

  paste(pane: Pane, text: string, cell: EditedCell): void {
    const bytes = pane === 'hex' ? pastedHex(text) : typedText(text);
    if (bytes === undefined)
      this.tellProblem(
        pane === 'hex'
          ? 'The clipboard holds no bytes in hexadecimal.'
          : 'The clipboard holds characters without a byte.',
      );
    else if (bytes.length > 0) this.#write(cell, bytes);
  }

  #write({ space, address }: EditedCell, bytes: Uint8Array): void {
    if (!this.conversation.isReadable) {
      this.tellProblem('Memory can be changed while the machine stands still.');
      return;
    }
    this.tellProblem('');
    this.conversation.write({ space, address: wireAddress(address), length: bytes.length }, bytes);
  }
}

/** Does something in place of what the browser would with the clipboard, where a pane has the keyboard. */
export function onClipboard(kind: 'copy' | 'paste', action: (pane: Pane, text: string) => void): void {
  document.addEventListener(kind, (event) => {
    const pane = document.activeElement?.id;
    if (pane !== 'hex' && pane !== 'text') return;
    event.preventDefault();
    action(pane, event.clipboardData?.getData('text/plain') ?? '');
  });
}
