/** The first sector as code: its signature, how it begins, for which address it is written. */
import { decode } from '../../../emulator/cpu/x86/decode';
import { CPU_MODELS } from '../../../emulator/cpu/x86/models';
import { guessOrg } from '../../../emulator/machines/guess-org';
import { SECTOR_BYTES } from '../../../emulator/storage/block-device';
import { type BlockSource, head } from '../../../emulator/storage/block-source';
import { hasBootSignature } from '../../../emulator/storage/disk-geometry';
import { BOOT_ADDRESS } from '../../../emulator/system/launch';
import { bytesText, InstructionText } from '../../session/instruction-text';
import { hex } from '../values';
import type { Row, Section } from './report';

const SIGNATURE = 510;
/** As much of a flat image is read to tell where it belongs. */
const GUESSED_BYTES = 0x1_0000;
const CPU = '80386';
const MODE = { model: CPU_MODELS[CPU], codeSize: 16, protectedMode: false, firmware: false } as const;

function signature(sector: Uint8Array): string {
  if (sector.length < SECTOR_BYTES) return `none: the image has ${sector.length} bytes, a sector has ${SECTOR_BYTES}`;
  const [low = 0, high = 0] = sector.subarray(SIGNATURE);
  const there = `${hex(low, 2)}h ${hex(high, 2)}h`;
  if (hasBootSignature(sector)) return there;
  const turned = low === 0xaa && high === 0x55 ? '; the two bytes are the wrong way round' : '';
  return `missing: ${there} at offset 510 instead of 55h AAh${turned}`;
}

/** @param at offset that its address has in the code segment */
async function firstInstruction(sector: Uint8Array, at: number): Promise<string> {
  const decoded = decode(at, MODE, (index) => sector[index] ?? -1);
  if (!decoded.ok) return `${bytesText(sector.subarray(0, 4))} is no instruction`;
  const text = new InstructionText({ architecture: 'x86', cpu: CPU }, 'nasm');
  await text.load();
  const { length } = decoded.instruction;
  const bytes = sector.subarray(0, length);
  const words = text.format({ address: BigInt(at), length, bytes, flow: 'next', addressText: '' }, 16, () => undefined);
  return `${bytesText(bytes)}  ${words}`;
}

/** What the code's own offsets tell; `loaded` is the linear address that the code will have. */
function written(bytes: Uint8Array, loaded: number | undefined): readonly Row[] {
  const guess = guessOrg(bytes);
  if (guess === undefined) return [['written for', 'nothing in its code tells an offset']];
  const { org, inside, references, texts } = guess;
  const why = `${inside} of ${references} absolute offsets lead into it from there, ${texts} of them to a text`;
  const rows: Row[] = [['written for', `offset ${hex(org, 4)}h (${why})`]];
  if (loaded === undefined) {
    rows.push(['to run it', org === BOOT_ADDRESS ? 'as it is' : `--org 0x${hex(org).toLowerCase()}`]);
  } else if (org !== loaded && org < loaded && (loaded - org) % 16 === 0) {
    rows.push(['so it needs', `DS = ${hex((loaded - org) / 16, 4)}h, as it lies at ${hex(loaded, 5)}h`]);
  }
  return rows;
}

/** The code at the beginning of a medium or a flat image. */
export async function bootSector(
  source: BlockSource,
  kind: 'boot-sector' | 'floppy' | 'disk' | 'flat',
): Promise<Section> {
  const sector = head(source, SECTOR_BYTES);
  if (sector.every((byte) => byte === 0)) {
    return { title: 'First sector', problems: ['It holds nothing but zeros: there is nothing to boot.'] };
  }
  const code = kind === 'flat' ? head(source, GUESSED_BYTES) : sector;
  return {
    title: kind === 'flat' ? 'Code' : 'Boot sector',
    rows: [
      ['signature', signature(sector)],
      ['begins with', await firstInstruction(sector, kind === 'flat' ? 0 : BOOT_ADDRESS)],
      ...written(code, kind === 'flat' ? undefined : BOOT_ADDRESS),
    ],
  };
}
