/** Multiboot 1 kernels. Source: Multiboot Specification 0.6.96, sections 3.1 to 3.3. */
import type { GuestMemory } from '../memory/guest-memory';
import { ELF_MAGIC } from './elf-format';
import { loadElf } from './elf';
import { findMultibootHeader, HEADER_FLAGS, type KernelAddresses, type MultibootHeader } from './multiboot-header';
import { clearMemory, hex, Placement, type Range, requireRam } from './place';

/** What EAX holds to tell the kernel that a Multiboot loader has loaded it. */
export const BOOTLOADER_MAGIC = 0x2badb002;

const LOW_FROM = 0x1000;
/** The information block lies below this: clear of the EBDA. */
const LOW_LIMIT = 0x9_0000;
const MB = 0x10_0000;
const PAGE = 4096;
const MAX_ADDRESS = 0x1_0000_0000;

/** Bits of the information block's `flags`. */
const INFO = { memory: 1 << 0, commandLine: 1 << 2, modules: 1 << 3, memoryMap: 1 << 6, loaderName: 1 << 9 } as const;
const INFO_BYTES = 116;
const MODULE_BYTES = 16;
/** One entry of the map: its size field, base, length, type. */
const MAP_BYTES = 24;

export interface MultibootModule {
  readonly bytes: Uint8Array;
  /** Name and arguments, as the kernel will find them. */
  readonly commandLine: string;
}

export interface MultibootOptions {
  readonly commandLine: string;
  readonly modules: readonly MultibootModule[];
  /** Memory below 1 MiB and from 1 MiB on, KiB. */
  readonly lowerKb: number;
  readonly upperKb: number;
  /** The memory map; type 1 is usable RAM, others are reserved. */
  readonly ranges: readonly { readonly base: number; readonly length: number; readonly type: number }[];
}

/**
 * The machine as a kernel expects it (section 3.2): 32-bit protected mode without paging, flat segments of 4 GiB with
 * CS readable and DS, ES, FS, GS, SS writable, A20 on, VM and IF clear; all else is undefined.
 */
export interface MultibootEntry {
  readonly mode: 'protected-flat-32';
  readonly a20: true;
  readonly interrupts: false;
  readonly eax: number;
  /** Physical address of the information block. */
  readonly ebx: number;
  readonly eip: number;
}

/** A part of the kernel's file in memory. */
interface LoadedPart {
  /** Where it begins in the file. */
  readonly offset: number;
  readonly length: number;
  readonly address: number;
}

export interface MultibootKernel {
  readonly entry: MultibootEntry;
  /** What the kernel takes of memory, zeros included. */
  readonly kernel: readonly Range[];
  /** What of that came from the file. */
  readonly loads: readonly LoadedPart[];
  readonly modules: readonly Range[];
  /** Wishes of the kernel that are not met, a sentence each. */
  readonly warnings: readonly string[];
}

interface LoadedKernel {
  readonly entry: number;
  readonly kernel: readonly Range[];
  readonly loads: readonly LoadedPart[];
}

/** Loads the kernel by the addresses in its header. */
function loadByAddresses(
  memory: GuestMemory,
  bytes: Uint8Array,
  offset: number,
  addresses: KernelAddresses,
): LoadedKernel {
  const { header, load, loadEnd, bssEnd, entry } = addresses;
  const start = offset - (header - load);
  if (load > header || start < 0) {
    throw new Error(
      `The Multiboot header at ${hex(offset)} says that it goes to ${hex(header)} and the file to ${hex(load)}: that cannot be.`,
    );
  }
  const length = loadEnd === 0 ? bytes.length - start : loadEnd - load;
  if (length <= 0)
    throw new Error(
      `The Multiboot header says that the kernel ends at ${hex(loadEnd)}, before its start at ${hex(load)}.`,
    );
  if (start + length > bytes.length) {
    throw new Error(
      `The Multiboot header asks for ${length} bytes from ${hex(start)} of the file, which has ${bytes.length}: it is cut off.`,
    );
  }
  const end = load + length;
  if (bssEnd !== 0 && bssEnd < end)
    throw new Error(`The kernel's zeros would end at ${hex(bssEnd)}, before its bytes at ${hex(end)}.`);
  const whole = { base: load, length: Math.max(end, bssEnd) - load };
  if (entry < load || entry >= load + whole.length)
    throw new Error(`The kernel's entry point ${hex(entry)} lies outside of it.`);
  requireRam(memory, whole, 'The Multiboot kernel');
  memory.load(load, bytes.subarray(start, start + length));
  clearMemory(memory, { base: end, length: whole.length - length });
  return { entry, kernel: [whole], loads: [{ offset: start, length, address: load }] };
}

function loadKernel(memory: GuestMemory, bytes: Uint8Array, header: MultibootHeader): LoadedKernel {
  if (header.addresses !== undefined) return loadByAddresses(memory, bytes, header.offset, header.addresses);
  if (!ELF_MAGIC.every((byte, i) => bytes[i] === byte)) {
    throw new Error(
      'The Multiboot kernel is no ELF file and its header gives no addresses (flags bit 16): it says nowhere where it goes.',
    );
  }
  const program = loadElf(memory, bytes);
  const kernel = program.segments.map((s) => ({ base: s.physical, length: s.memoryBytes }));
  const loads = program.segments.map((s) => ({ offset: s.fileOffset, length: s.fileBytes, address: s.physical }));
  return { entry: program.physicalEntry, kernel, loads };
}

/** Builds a block of memory piece by piece at a known address. */
class BlockBuilder {
  private readonly pieces: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  length = 0;

  /** Appends bytes, aligned to 4; gives their offset. */
  add(bytes: Uint8Array): number {
    const offset = Math.ceil(this.length / 4) * 4;
    this.pieces.push({ offset, bytes });
    this.length = offset + bytes.length;
    return offset;
  }

  /** A string with its zero byte, one byte a character. */
  addText(text: string): number {
    return this.add(Uint8Array.from([...Array.from(text, (character) => character.charCodeAt(0) & 0xff), 0]));
  }

  load(memory: GuestMemory, base: number): void {
    for (const { offset, bytes } of this.pieces) memory.load(base + offset, bytes);
  }
}

function memoryMap(options: MultibootOptions): Uint8Array {
  const bytes = new Uint8Array(options.ranges.length * MAP_BYTES);
  const view = new DataView(bytes.buffer);
  options.ranges.forEach(({ base, length, type }, i) => {
    const at = i * MAP_BYTES;
    view.setUint32(at, MAP_BYTES - 4, true);
    view.setBigUint64(at + 4, BigInt(base), true);
    view.setBigUint64(at + 12, BigInt(length), true);
    view.setUint32(at + 20, type, true);
  });
  return bytes;
}

/**
 * Loads a kernel with its modules and information block; gives the state to start it in.
 * @throws Error that says what is wrong and where; guest memory may then hold the kernel without its modules
 */
export function loadMultiboot(memory: GuestMemory, bytes: Uint8Array, options: MultibootOptions): MultibootKernel {
  const header = findMultibootHeader(bytes);
  if (header === undefined) throw new Error('There is no Multiboot 1 header in the first 8 KiB of the file.');
  if (header.unknownRequirements !== 0) {
    throw new Error(
      `The kernel requires Multiboot features ${hex(header.unknownRequirements)} (header flags) that no specification before 0.6.96 has.`,
    );
  }
  const { entry, kernel, loads } = loadKernel(memory, bytes, header);
  const placement = new Placement(memory);
  for (const range of kernel) placement.take(range);
  // Behind the kernel, where kernels and other loaders look for modules, page-aligned whether asked for or not.
  const behind = Math.max(MB, ...kernel.map((range) => range.base + range.length));
  const modules = options.modules.map((module, i) => {
    const what = `module ${i} (${module.commandLine})`;
    const { base } = placement.allocate(what, module.bytes.length, PAGE, behind, MAX_ADDRESS);
    memory.load(base, module.bytes);
    return { base, length: module.bytes.length };
  });

  const block = new BlockBuilder();
  const info = new Uint8Array(INFO_BYTES);
  const list = new Uint8Array(options.modules.length * MODULE_BYTES);
  const map = memoryMap(options);
  block.add(info);
  const at = {
    list: block.add(list),
    map: block.add(map),
    commandLine: block.addText(options.commandLine),
    loaderName: block.addText('Stepback'),
    names: options.modules.map((module) => block.addText(module.commandLine)),
  };
  const { base } = placement.allocate('the Multiboot information', block.length, PAGE, LOW_FROM, LOW_LIMIT);
  const view = new DataView(info.buffer);
  view.setUint32(0, INFO.memory | INFO.commandLine | INFO.modules | INFO.memoryMap | INFO.loaderName, true);
  view.setUint32(4, options.lowerKb, true);
  view.setUint32(8, options.upperKb, true);
  view.setUint32(16, base + at.commandLine, true);
  view.setUint32(20, modules.length, true);
  view.setUint32(24, base + at.list, true);
  view.setUint32(44, map.length, true);
  view.setUint32(48, base + at.map, true);
  view.setUint32(64, base + at.loaderName, true);
  const listView = new DataView(list.buffer);
  modules.forEach((module, i) => {
    listView.setUint32(i * MODULE_BYTES, module.base, true);
    listView.setUint32(i * MODULE_BYTES + 4, module.base + module.length, true);
    listView.setUint32(i * MODULE_BYTES + 8, base + (at.names[i] ?? 0), true);
  });
  block.load(memory, base);
  const wantsVideo = (header.flags & HEADER_FLAGS.videoMode) !== 0;
  return {
    entry: { mode: 'protected-flat-32', a20: true, interrupts: false, eax: BOOTLOADER_MAGIC, ebx: base, eip: entry },
    kernel,
    loads,
    modules,
    warnings: wantsVideo
      ? ['The kernel asks for a video mode; it starts in text mode, and without video information.']
      : [],
  };
}
