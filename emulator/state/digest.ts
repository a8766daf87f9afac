/**
 * A 128-bit digest of machine state. Not cryptographic: it is there to tell two states apart, quickly and the same on
 * every host. Four 32-bit lanes, each multiplied and rotated by every word, with an avalanche at the end (the
 * construction of MurmurHash3, A. Appleby, public domain).
 */
export class Digest {
  private a = 0x243f6a88;
  private b = 0x85a308d3;
  private c = 0x13198a2e;
  private d = 0x03707344;
  private words = 0;

  /** Takes in one 32-bit word. */
  word(value: number): void {
    let k = Math.imul(value, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    k = Math.imul(k, 0x1b873593);
    const mixed = this.a ^ k;
    this.a = (Math.imul((this.b << 13) | (this.b >>> 19), 5) + 0x561ccd1b) | 0;
    this.b = (this.c ^ Math.imul(mixed, 0x9e3779b1)) | 0;
    this.c = (((this.d << 17) | (this.d >>> 15)) + mixed) | 0;
    this.d = (Math.imul(mixed, 0x38b34ae5) ^ (mixed >>> 15)) | 0;
    this.words++;
  }

  /** Takes in a safe integer, `Infinity` or any other number, exactly. */
  number(value: number): void {
    if (Number.isSafeInteger(value)) {
      this.word(value | 0);
      this.word(Math.floor(value / 0x1_0000_0000) | 0);
    } else {
      this.text(String(value));
    }
  }

  /** Takes in a text, with its length. */
  text(value: string): void {
    this.word(value.length);
    for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
  }

  /** Takes in bytes, with their number. */
  bytes(value: Uint8Array): void {
    this.word(value.length);
    let i = 0;
    for (; i + 4 <= value.length; i += 4) {
      this.word(value[i] | (value[i + 1] << 8) | (value[i + 2] << 16) | (value[i + 3] << 24));
    }
    let rest = 0;
    for (let shift = 0; i < value.length; i++, shift += 8) rest |= value[i] << shift;
    if (value.length % 4 !== 0) this.word(rest);
  }

  /** Takes in whole 32-bit words, the quick way for pages of memory. */
  int32s(value: Int32Array): void {
    this.word(value.length);
    for (let i = 0; i < value.length; i++) this.word(value[i]);
  }

  /** Takes in a saved value of any kind. */
  value(value: number | boolean | Uint8Array | readonly number[]): void {
    if (typeof value === 'number') this.number(value);
    else if (typeof value === 'boolean') this.word(value ? 1 : 0);
    else if (value instanceof Uint8Array) this.bytes(value);
    else {
      this.word(value.length);
      for (const item of value) this.number(item);
    }
  }

  /** The digest so far as 32 hexadecimal digits. */
  hex(): string {
    const final = (x: number, y: number) => {
      let h = (x ^ Math.imul(y, 0x85ebca6b) ^ this.words) | 0;
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      return ((h ^ (h >>> 16)) >>> 0).toString(16).padStart(8, '0');
    };
    return final(this.a, this.b) + final(this.b, this.c) + final(this.c, this.d) + final(this.d, this.a);
  }
}
