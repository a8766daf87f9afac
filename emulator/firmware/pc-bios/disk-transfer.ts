/** Moving sectors between a medium and the guest's memory. */
import { type Outcome, outcome, sectorsText, STATUS } from './disk-status';
import { farText, type Guest, linear } from './guest';
import type { Medium } from './host';

export const SECTOR_BYTES = 512;

export type Transfer = 'read' | 'write' | 'verify';

/** An address on a disk as the registers hold it: cylinder in CH and bits 6-7 of CL, sector in CL, head in DH. */
export interface Place {
  readonly cylinder: number;
  readonly head: number;
  readonly sector: number;
}

export function placeOf(guest: Guest): Place {
  return { cylinder: guest.ch | ((guest.cl & 0xc0) << 2), head: guest.dh, sector: guest.cl & 0x3f };
}

/** `4 sectors at C0 H0 S2 -> 0000:8000`. */
export function describeTransfer(guest: Guest, transfer: Transfer, count: number, place: Place): string {
  const arrow = transfer === 'verify' ? '' : ` ${transfer === 'read' ? '->' : '<-'} ${farText(guest.es, guest.bx)}`;
  return `${sectorsText(count)} at C${place.cylinder} H${place.head} S${place.sector}${arrow}`;
}

/** A place that the medium has not. */
export function notThere({ geometry }: Medium): Outcome {
  const { cylinders, heads, sectorsPerTrack } = geometry;
  const text = `error 04h, the disk has C0-${cylinders - 1} H0-${heads - 1} S1-${sectorsPerTrack}`;
  return outcome(STATUS.sectorNotFound, undefined, text);
}

export const isThere = ({ geometry }: Medium, { cylinder, head, sector }: Place): boolean =>
  cylinder < geometry.cylinders && head < geometry.heads && sector >= 1 && sector <= geometry.sectorsPerTrack;

export const lbaOf = ({ geometry }: Medium, { cylinder, head, sector }: Place): number =>
  (cylinder * geometry.heads + head) * geometry.sectorsPerTrack + sector - 1;

/** The buffer of the register functions, ES:BX, as a linear address. */
export const registerBuffer = (guest: Guest): number => linear(guest.es, guest.bx);

/** Moves whole sectors, or none. `buffer` is a linear address. */
export function moveSectors(
  guest: Guest,
  transfer: Transfer,
  medium: Medium,
  lba: number,
  count: number,
  buffer: number,
): Outcome {
  if (lba + count > medium.sectors) {
    return outcome(STATUS.sectorNotFound, undefined, `error 04h, the disk ends at sector ${medium.sectors}`);
  }
  if (transfer === 'write' && medium.readOnly) return outcome(STATUS.writeProtected);
  try {
    if (transfer === 'read') guest.writeBytes(buffer, medium.read(lba, count));
    else if (transfer === 'write') medium.write(lba, guest.readBytes(buffer, count * SECTOR_BYTES));
  } catch (error) {
    // The host could not read its file: to the guest, a broken drive.
    const text = `error 20h: ${error instanceof Error ? error.message : String(error)}`;
    return outcome(STATUS.controllerFailed, undefined, text);
  }
  return outcome(STATUS.ok);
}
