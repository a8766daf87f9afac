/**
 * Framing of the GDB Remote Serial Protocol: `$payload#checksum`, acknowledgements, the interrupt byte.
 * Source: Debugging with GDB, appendix E.1 "Overview".
 *
 * A payload is a string with one character a byte (0 to 255), escapes removed: text commands read like text, binary
 * ones (`X`) keep every byte.
 */

/** Longest payload that is taken or sent, in bytes; told to the client as `PacketSize`. */
export const PACKET_SIZE = 0x2_0000;

const PLUS = 0x2b;
const MINUS = 0x2d;
const DOLLAR = 0x24;
const HASH = 0x23;
const ESCAPE = 0x7d;
const INTERRUPT = 0x03;
/** Changed in an escaped byte. */
const FLIP = 0x20;

/** What came in. */
export type Incoming =
  | { readonly kind: 'packet'; readonly payload: string }
  | { readonly kind: 'ack' }
  /** The client did not get our last packet whole. */
  | { readonly kind: 'nak' }
  | { readonly kind: 'interrupt' }
  /** A packet with a wrong checksum, or one longer than PACKET_SIZE. */
  | { readonly kind: 'broken'; readonly why: string };

/** Most bytes that are turned into characters at once: arguments of one call. */
const CHUNK = 8192;

function characters(bytes: Uint8Array, length: number): string {
  let text = '';
  for (let at = 0; at < length; at += CHUNK)
    text += String.fromCharCode(...bytes.subarray(at, Math.min(length, at + CHUNK)));
  return text;
}

const nibble = (byte: number): number => {
  const value = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? -1 : value;
};

/** Takes bytes as they come, in any pieces. Noise between packets is passed over; nothing grows beyond PACKET_SIZE. */
export class PacketReader {
  private readonly payload = new Uint8Array(PACKET_SIZE);
  private state: 'idle' | 'payload' | 'escaped' | 'first' | 'second' = 'idle';
  private length = 0;
  private tooLong = false;
  private sum = 0;
  private said = 0;

  /** @param take is called for each thing that is complete. */
  push(bytes: Uint8Array, take: (incoming: Incoming) => void): void {
    for (let n = 0; n < bytes.length; n++) {
      const byte = bytes[n] ?? 0;
      switch (this.state) {
        case 'idle':
          this.idle(byte, take);
          break;
        case 'payload':
          this.inside(byte);
          break;
        case 'escaped':
          this.sum += byte;
          this.put(byte ^ FLIP);
          this.state = 'payload';
          break;
        case 'first':
          this.said = nibble(byte);
          this.state = 'second';
          break;
        case 'second': {
          const low = nibble(byte);
          this.state = 'idle';
          take(this.whole(this.said < 0 || low < 0 ? -1 : this.said * 16 + low));
          break;
        }
      }
    }
  }

  private idle(byte: number, take: (incoming: Incoming) => void): void {
    if (byte === DOLLAR) this.begin();
    else if (byte === PLUS) take({ kind: 'ack' });
    else if (byte === MINUS) take({ kind: 'nak' });
    else if (byte === INTERRUPT) take({ kind: 'interrupt' });
  }

  private begin(): void {
    this.state = 'payload';
    this.length = 0;
    this.sum = 0;
    this.tooLong = false;
  }

  private inside(byte: number): void {
    if (byte === HASH) this.state = 'first';
    // The packet before was never finished.
    else if (byte === DOLLAR) this.begin();
    else {
      this.sum += byte;
      if (byte === ESCAPE) this.state = 'escaped';
      else this.put(byte);
    }
  }

  private put(byte: number): void {
    if (this.length === PACKET_SIZE) this.tooLong = true;
    else this.payload[this.length++] = byte;
  }

  private whole(checksum: number): Incoming {
    if (checksum !== (this.sum & 0xff)) return { kind: 'broken', why: 'the checksum is wrong' };
    if (this.tooLong) return { kind: 'broken', why: `it is longer than ${PACKET_SIZE} bytes` };
    return { kind: 'packet', payload: characters(this.payload, this.length) };
  }
}

const STAR = 0x2a;
/** 1 for bytes that must not stand in a reply as they are; `*` would begin a run length. */
const SPECIAL = new Uint8Array(256);
for (const byte of [HASH, DOLLAR, ESCAPE, STAR]) SPECIAL[byte] = 1;

const DIGITS = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

/** A packet as bytes, escaped, with its checksum. @param payload one character a byte, or the bytes */
export function encodePacket(payload: string | Uint8Array): Uint8Array {
  const bytes = typeof payload === 'string' ? Uint8Array.from(payload, (c) => c.charCodeAt(0)) : payload;
  // Counted loops: replies with memory are long, and an iterator takes ten times as long.
  let special = 0;
  for (let n = 0; n < bytes.length; n++) special += SPECIAL[bytes[n] ?? 0] ?? 0;
  const packet = new Uint8Array(bytes.length + special + 4);
  let at = 0;
  packet[at++] = DOLLAR;
  if (special === 0) {
    packet.set(bytes, at);
    at += bytes.length;
  } else {
    for (let n = 0; n < bytes.length; n++) {
      const byte = bytes[n] ?? 0;
      if (SPECIAL[byte] === 1) packet[at++] = ESCAPE;
      packet[at++] = SPECIAL[byte] === 1 ? byte ^ FLIP : byte;
    }
  }
  let sum = 0;
  for (let n = 1; n < at; n++) sum += packet[n] ?? 0;
  packet[at++] = HASH;
  packet[at++] = DIGITS[(sum >> 4) & 15] ?? 0;
  packet[at] = DIGITS[sum & 15] ?? 0;
  return packet;
}
