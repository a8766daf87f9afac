/** CPU exceptions that no program handles: told to the user, for the guest will most likely do them over and over. */
import { farText, type Guest, hex2, linear } from './guest';

const DIV_IDIV = [0xf6, 0xf7];
const AAM = 0xd4;
const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
/** Longest instruction of an 80386. */
const MAX_BYTES = 15;

/** Whether a divide instruction is at a physical address: then the return address is the fault's own. */
function isDivide(guest: Guest, address: number): boolean {
  for (let i = 0; i < MAX_BYTES; i++) {
    const opcode = guest.memory.peek(address + i, 1);
    if (PREFIXES.has(opcode)) continue;
    if (opcode === AAM) return true;
    const operation = (guest.memory.peek(address + i + 1, 1) >> 3) & 7;
    return DIV_IDIV.includes(opcode) && operation >= 6;
  }
  return false;
}

/** A service trap: exception `vector` (0 or 6) came here because the interrupt vector still points to the firmware. */
export function unhandledException(guest: Guest, vector: number): void {
  const { returnSegment: segment, returnOffset: offset } = guest;
  const what = vector === 0 ? 'divide error' : 'invalid opcode';
  const place = farText(segment, offset);
  const repeats = vector !== 0 || isDivide(guest, linear(segment, offset));
  guest.call(`INT ${hex2(vector)}`, `${what}, return address ${place}`, 'nobody handles it');
  if (vector !== 0 && guest.memory.hostOf(linear(segment, offset)) === 0) {
    guest.host.dead(
      `The CPU came to ${place}, where nothing is: no memory and no device answers there, so it read FFh bytes, which are no instruction.`,
    );
  } else if (repeats) {
    guest.host.dead(
      `The ${what} at ${place} has no handler: the vector of INT ${hex2(vector)} points to the firmware, which can only return to it.`,
    );
  }
}
