/** `stepback disassemble`: the instructions of an image, without running it. */
import type { Command } from 'commander';
import { decode } from '../../emulator/cpu/x86/decode';
import { CPU_MODELS } from '../../emulator/cpu/x86/models';
import { parseElf } from '../../emulator/loaders/elf';
import { findMultibootHeader } from '../../emulator/loaders/multiboot-header';
import { identifyImage } from '../../emulator/machines/identify-image';
import type { BlockSource } from '../../emulator/storage/block-source';
import { BOOT_ADDRESS } from '../../emulator/system/launch';
import { FileSource } from '../host/file-source';
import { bytesText, dataText, InstructionText, type Syntax } from '../session/instruction-text';
import { Console } from './channels';
import { asked, UsageError } from './exit-codes';
import { addImage } from './options';
import { type Bits, bitsOption, hex, readAddress, readCount, syntaxOption } from './values';

const BOOT_BYTES = 512;
/** Instructions shown of a program unless told. */
const PROGRAM_COUNT = 64;
/** More of an image is not read. */
const MOST_BYTES = 64 * 1024 * 1024;

const EXAMPLES = `
Examples:
  stepback disassemble boot.img
  stepback disassemble kernel.elf --count 20
  stepback disassemble rom.bin --org 0xf0000 --start 0xfe05b --bits 16 --count 10`;

interface Given {
  readonly org?: number;
  readonly start?: number;
  readonly bits?: Bits;
  readonly count?: number;
  readonly syntax: Syntax;
}

/** Bytes of an image with the address that the first one has in memory. */
interface Code {
  readonly bytes: Uint8Array;
  readonly org: number;
  readonly start: number;
  readonly bits: Bits;
  readonly count: number;
}

export function defineDisassemble(command: Command): void {
  addImage(command, true)
    .option('--org <ADDRESS>', 'Address of the first byte (default: where the image is loaded).', readAddress)
    .option('--start <ADDRESS>', 'First instruction (default: where the image is entered).', readAddress)
    .addOption(bitsOption('16 or 32 (default: 16 for boot images, 32 for kernels).'))
    .option('--count <N>', 'Number of instructions (default: a boot sector whole, 64 of a kernel).', readCount)
    .addOption(syntaxOption())
    .addHelpText('after', EXAMPLES)
    .action((image: string, given: Given) => disassemble(image, given));
}

/** Images do not say what they are for: the model with the most instructions. */
const CPU = '80386';

async function disassemble(image: string, given: Given): Promise<void> {
  const source = asked(() => new FileSource(image));
  const code = asked(() => findCode(image, source, given));
  source.close();
  const { bytes, org, bits } = code;
  const text = new InstructionText({ architecture: 'x86', cpu: CPU }, given.syntax);
  await text.load();
  const console = new Console();
  const mode = { model: CPU_MODELS[CPU], codeSize: bits, protectedMode: bits === 32, firmware: false } as const;
  let at = code.start - org;
  for (let i = 0; i < code.count && at < bytes.length; i++) {
    const here = at;
    const decoded = decode(org + here, mode, (index) => bytes[here + index] ?? -1);
    const length = decoded.ok ? decoded.instruction.length : 1;
    const part = bytes.subarray(at, at + length);
    const address = org + at;
    const addressText = hex(address, bits / 4);
    const words = decoded.ok
      ? text.format({ address: BigInt(address), length, bytes: part, flow: 'next', addressText }, bits, () => undefined)
      : dataText(part, given.syntax);
    console.line(`${addressText}  ${bytesText(part).padEnd(24)}  ${words}`);
    at += length;
  }
  await console.drain();
}

/** @throws Error when the image holds no code or its headers are damaged */
function findCode(name: string, source: BlockSource, given: Given): Code {
  if (source.length === 0) throw new UsageError(`${name} is empty (0 bytes).`);
  const found = given.org === undefined ? programCode(source) : undefined;
  const raw = (): Code => {
    const org = given.org ?? BOOT_ADDRESS;
    const isMedium = given.org === undefined && identifyImage(source).kind !== 'flat';
    const bytes = source.read(0, Math.min(source.length, isMedium ? BOOT_BYTES : MOST_BYTES));
    return { bytes, org, start: org, bits: 16, count: bytes.length };
  };
  const code = { ...(found ?? raw()) };
  const start = given.start ?? code.start;
  const end = code.org + code.bytes.length;
  if (start < code.org || start >= end) {
    throw new UsageError(
      `--start ${hex(start)}h is not in the image, which lies at ${hex(code.org)}h to ${hex(end - 1)}h.`,
    );
  }
  return { ...code, start, bits: given.bits ?? code.bits, count: given.count ?? code.count };
}

/** The code of an ELF or Multiboot program around its entry point; nothing for other images. */
function programCode(source: BlockSource): Code | undefined {
  const { kind, why } = identifyImage(source);
  if (kind === 'unsupported') throw new UsageError(why);
  if (kind !== 'elf' && kind !== 'multiboot') return undefined;
  const file = source.read(0, Math.min(source.length, MOST_BYTES));
  const header = kind === 'multiboot' ? findMultibootHeader(file) : undefined;
  if (header?.addresses !== undefined) {
    const { addresses } = header;
    const offset = header.offset - (addresses.header - addresses.load);
    return {
      bytes: file.subarray(Math.max(0, offset)),
      org: addresses.load,
      start: addresses.entry,
      bits: 32,
      count: PROGRAM_COUNT,
    };
  }
  const { entry, segments } = parseElf(file);
  const home = segments.find((s) => entry >= s.virtual && entry - s.virtual < s.fileBytes);
  if (home === undefined) throw new UsageError(`The entry point ${hex(entry)}h lies in no part of the file.`);
  const bytes = file.subarray(home.fileOffset, home.fileOffset + home.fileBytes);
  return { bytes, org: home.virtual, start: entry, bits: 32, count: PROGRAM_COUNT };
}
