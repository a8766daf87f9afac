/** The queue of keys in the BIOS data area, from INT 09h to INT 16h. Source: as keyboard.ts. */
import { BDA_FIELDS, KEY_BUFFER } from './layout';
import type { Guest } from './guest';

/** Words above this scan code are not known to INT 16h AH=00h and 01h. */
const LAST_OLD_SCAN = 0x84;
/** The buffer holds at most 15 words; a damaged one must not keep anybody going. */
const MOST_WORDS = 16;

export class KeyBuffer {
  constructor(private readonly guest: Guest) {}

  private next(pointer: number): number {
    const end = this.guest.bda16(BDA_FIELDS.bufferEnd) || KEY_BUFFER.end;
    return pointer + 2 >= end ? this.guest.bda16(BDA_FIELDS.bufferStart) || KEY_BUFFER.start : pointer + 2;
  }

  /** The oldest word in the buffer, or nothing. */
  private peek(): number | undefined {
    const head = this.guest.bda16(BDA_FIELDS.keyHead);
    return head === this.guest.bda16(BDA_FIELDS.keyTail) ? undefined : this.guest.bda16(head);
  }

  drop(): void {
    this.guest.setBda16(BDA_FIELDS.keyHead, this.next(this.guest.bda16(BDA_FIELDS.keyHead)));
  }

  /** Queues a word; false when the buffer is full. */
  store(word: number): boolean {
    const tail = this.guest.bda16(BDA_FIELDS.keyTail);
    const next = this.next(tail);
    if (next === this.guest.bda16(BDA_FIELDS.keyHead)) return false;
    this.guest.setBda16(tail, word);
    this.guest.setBda16(BDA_FIELDS.keyTail, next);
    return true;
  }

  /** A word as AH=00h (`old`) or AH=10h gives it; nothing when AH=00h does not know the key. */
  private static translate(word: number, old: boolean): number | undefined {
    const scan = word >> 8;
    const character = word & 0xff;
    if (!old) return character === 0xf0 && scan !== 0 ? scan << 8 : word;
    if (scan === 0xe0) return ((character === 0x0d || character === 0x0a ? 0x1c : 0x35) << 8) | character;
    if (scan > LAST_OLD_SCAN || (character === 0xf0 && scan !== 0)) return undefined;
    return character === 0xe0 && scan !== 0 ? scan << 8 : word;
  }

  /** The next word for such a call; words in front of it that the call does not know are dropped. */
  first(old: boolean): number | undefined {
    for (let i = 0; i < MOST_WORDS; i++) {
      const word = this.peek();
      if (word === undefined) return undefined;
      const translated = KeyBuffer.translate(word, old);
      if (translated !== undefined) return translated;
      this.drop();
    }
    return undefined;
  }

  /** Whether a word waits in it. */
  has(word: number): boolean {
    const tail = this.guest.bda16(BDA_FIELDS.keyTail);
    let at = this.guest.bda16(BDA_FIELDS.keyHead);
    for (let i = 0; i < MOST_WORDS && at !== tail; i++, at = this.next(at))
      if (this.guest.bda16(at) === word) return true;
    return false;
  }

  /** Empties it. */
  clear(): void {
    const start = this.guest.bda16(BDA_FIELDS.bufferStart) || KEY_BUFFER.start;
    this.guest.setBda16(BDA_FIELDS.keyHead, start);
    this.guest.setBda16(BDA_FIELDS.keyTail, start);
  }
}
