/**
 * From images to a machine that is about to run them. What a file is is found from its content: media go into drives
 * and are booted by the firmware; programs are put into memory once the firmware has done its tests.
 */
import * as R from '../cpu/x86/registers';
import { loadReal, setCache } from '../cpu/x86/segments';
import { setCr0 } from '../cpu/x86/system';
import { loadElf } from '../loaders/elf';
import { loadFlat } from '../loaders/flat';
import { loadMultiboot } from '../loaders/multiboot';
import { identifyImage, identifyKernel, type ImageIdentity } from '../machines/identify-image';
import type { BlockSource } from '../storage/block-source';
import { identifyMedium } from '../storage/identify';
import type { Machine } from './machine';

/** Where firmware puts a boot sector, and a flat image goes unless told. */
export const BOOT_ADDRESS = 0x7c00;
const BOOT_BYTES = 512;
/** Stack that the firmware gives to a boot sector, growing down in segment 0. */
const BOOT_STACK = 0x7000;
/** Firmware that has not come to booting after so many counts never will. */
const FIRMWARE_COUNTS = 50_000_000;
/** First address that no segment of real mode reaches. */
const REAL_MODE_END = 0x10_fff0;
const KB = 1024;
const MB = 0x10_0000;

/** As a real-mode program has it in CS and IP. */
interface FarAddress {
  readonly segment: number;
  readonly offset: number;
}

/** Where a flat image goes: linear, or segment and offset. */
export type LoadAddress = number | FarAddress;

/**
 * Segment and offset of a load address: segment 0 where that reaches.
 * @throws RangeError beyond what real mode reaches
 */
export function farAddress(org: LoadAddress): FarAddress {
  if (typeof org !== 'number') return org;
  if (org >= REAL_MODE_END) {
    throw new RangeError(`Real mode reaches addresses below 10FFF0h only; ${org.toString(16)}h was given.`);
  }
  const segment = org < 0x1_0000 ? 0 : Math.min(0xffff, org >>> 4);
  return { segment, offset: org - segment * 16 };
}

export interface ImageFile {
  /** For messages. */
  readonly name: string;
  readonly source: BlockSource;
}

export interface ModuleFile extends ImageFile {
  /** Name and arguments, as the kernel will find them. */
  readonly commandLine: string;
}

/** What a person asked to be started. */
export interface LaunchImages {
  /** Of any kind. */
  readonly program?: ImageFile | undefined;
  /** An ELF or Multiboot kernel, started instead of a boot medium. */
  readonly kernel?: ImageFile | undefined;
  /** For a Multiboot kernel. */
  readonly modules?: readonly ModuleFile[];
  /** What the firmware boots from first; unless told, the drive of what is started. */
  readonly boot?: 'floppy' | 'disk' | 'menu' | undefined;
  readonly floppy?: ImageFile | undefined;
  readonly disk?: ImageFile | undefined;
  /** Where a flat image goes; `program` is taken as one then, whatever it looks like. */
  readonly org?: LoadAddress | undefined;
}

/** How the machine gets to the code. */
type Start =
  | { readonly kind: 'firmware' }
  | { readonly kind: 'flat'; readonly file: ImageFile; readonly org: FarAddress }
  | { readonly kind: 'elf'; readonly file: ImageFile }
  | { readonly kind: 'multiboot'; readonly file: ImageFile; readonly modules: readonly ModuleFile[] };

export interface LaunchPlan {
  /** Media in the drives, A first. */
  readonly floppies: readonly BlockSource[];
  readonly disks: readonly BlockSource[];
  readonly bootOrder: readonly ('floppy' | 'disk')[];
  /** The firmware asks which drive to boot. */
  readonly bootMenu: boolean;
  readonly start: Start;
  /** What is started, with its kind; absent where there is nothing to start. */
  readonly main?: ImageFile & { readonly kind: ImageKind };
}

/** A machine that is about to run what was asked for. */
export interface PreparedImage {
  /** Linear address of its first instruction; absent where nothing was asked for. */
  readonly entry?: number;
  /** Parts of the image that lie (or, for a boot sector, will lie) in memory; `address` is linear. */
  readonly loads: readonly { readonly offset: number; readonly length: number; readonly address: number }[];
  readonly warnings: readonly string[];
}

type ImageKind = ImageIdentity['kind'];

const DRIVES = { 'boot-sector': 'floppy', floppy: 'floppy', disk: 'disk' } as const;

function isMedium(kind: ImageKind): kind is keyof typeof DRIVES {
  return kind in DRIVES;
}

function refuse(file: ImageFile, why: string): never {
  throw new Error(`${file.name} can not be started. ${why}`);
}

/** @throws Error for what is no raw image, such as another product's disk */
function mediumOf(file: ImageFile): BlockSource {
  const { kind, why } = identifyMedium(file.source);
  if (kind === 'unsupported') throw new Error(`${file.name} can not be put into a drive. ${why}`);
  return file.source;
}

function kernelKind(file: ImageFile): 'elf' | 'multiboot' {
  const { kind, why } = identifyKernel(file.source);
  if (kind === 'elf' || kind === 'multiboot') return kind;
  return refuse(file, `${why} A kernel is an ELF file for i386 or has a Multiboot 1 header.`);
}

/** What `program` is; a told address makes it a flat image. */
function identify(file: ImageFile, org: LoadAddress | undefined): ImageIdentity {
  const found = identifyImage(file.source);
  if (org === undefined || file.source.length === 0) return found;
  if (found.kind === 'elf' || found.kind === 'multiboot') {
    return refuse(file, `${found.why} It says itself where it goes, so no load address can be given.`);
  }
  return { kind: 'flat', why: 'A load address was given.' };
}

function programStart(
  kind: 'elf' | 'multiboot',
  file: ImageFile,
  modules: readonly ModuleFile[] | undefined,
): Extract<Start, { readonly kind: 'elf' | 'multiboot' }> {
  return kind === 'elf' ? { kind, file } : { kind, file, modules: modules ?? [] };
}

/**
 * Decides what goes where. Reads little of the images.
 * @throws Error that names the image and says why it can't be started, and what to do
 */
export function planLaunch(images: LaunchImages): LaunchPlan {
  const { program, kernel, floppy, disk, org } = images;
  if (org !== undefined && program === undefined) {
    throw new Error('A load address was given, but no flat image to load there.');
  }
  const floppies = floppy === undefined ? [] : [mediumOf(floppy)];
  const disks = disk === undefined ? [] : [mediumOf(disk)];
  let start: Start = { kind: 'firmware' };
  let main: LaunchPlan['main'];
  if (program !== undefined) {
    const { kind, why } = identify(program, org);
    main = { ...program, kind };
    if (isMedium(kind)) (DRIVES[kind] === 'floppy' ? floppies : disks).unshift(program.source);
    else if (kind === 'unsupported') refuse(program, why);
    else if (kind === 'flat') start = { kind, file: program, org: farAddress(org ?? BOOT_ADDRESS) };
    else start = programStart(kind, program, images.modules);
  }
  if (kernel !== undefined) {
    if (start.kind !== 'firmware')
      throw new Error('Two programs were given to start: the image and the kernel. Leave one out.');
    const kind = kernelKind(kernel);
    start = programStart(kind, kernel, images.modules);
    main = { ...kernel, kind };
  }
  if (start.kind !== 'multiboot' && (images.modules?.length ?? 0) > 0) {
    throw new Error('Modules were given, but no Multiboot kernel to give them to.');
  }
  if (main === undefined && floppy !== undefined) main = { ...floppy, kind: 'floppy' };
  else if (main === undefined && disk !== undefined) main = { ...disk, kind: 'disk' };
  const { boot } = images;
  const fromDisk = boot === 'disk' || (boot !== 'floppy' && (main?.kind === 'disk' || floppies.length === 0));
  return {
    floppies: floppies.slice(0, 2),
    disks,
    bootOrder: fromDisk ? ['disk', 'floppy'] : ['floppy', 'disk'],
    bootMenu: boot === 'menu',
    start,
    ...(main === undefined ? {} : { main }),
  };
}

/**
 * Brings a machine built by `plan` to where the image can run: at its reset vector for media, else behind the firmware's
 * tests with the program in memory and the CPU at its first instruction.
 * @throws Error that says why the program can't be loaded
 */
export function prepareImage(machine: Machine, plan: LaunchPlan): PreparedImage {
  const { start } = plan;
  switch (start.kind) {
    case 'firmware': {
      if (plan.main === undefined) return { loads: [], warnings: [] };
      const length = Math.min(BOOT_BYTES, plan.main.source.length);
      return { entry: BOOT_ADDRESS, loads: [{ offset: 0, length, address: BOOT_ADDRESS }], warnings: [] };
    }
    case 'flat':
      return startFlat(machine, start.file, start.org);
    default:
      if (machine.processor.cpu.model.level < 3) {
        refuse(start.file, `A 32-bit kernel needs an 80386; this machine has an ${machine.config.cpu}.`);
      }
      return start.kind === 'elf' ? startElf(machine, start.file) : startMultiboot(machine, start.file, start.modules);
  }
}

/** Runs the firmware to where it would boot. */
function runFirmware(machine: Machine): void {
  const { bootEntry } = machine.board.handover;
  const { processor } = machine;
  processor.setBreakpoints(new Set([bootEntry]));
  const stop = machine.run({ count: FIRMWARE_COUNTS, time: Infinity, breakpoints: true }, false);
  processor.setBreakpoints(new Set());
  if (stop.kind !== 'breakpoint') throw new Error('The firmware did not come to the point where it boots.');
  // The firmware is left for good: its calls return nowhere.
  processor.cpu.calls.clear();
}

/** All bytes of a program. @throws Error when it is larger than the machine's memory. */
function bytesOf(machine: Machine, file: ImageFile): Uint8Array {
  const { length } = file.source;
  const { memoryBytes } = machine.config;
  if (length > memoryBytes) {
    refuse(file, `It has ${length} bytes, more than the machine's memory of ${memoryBytes}. Give it more memory.`);
  }
  return file.source.read(0, length);
}

/** As a boot sector is entered: real mode, the firmware's stack, DS = ES = 0, interrupts on. */
function startFlat(machine: Machine, file: ImageFile, { segment, offset }: FarAddress): PreparedImage {
  runFirmware(machine);
  const { cpu } = machine.processor;
  const { core } = cpu;
  const program = loadFlat(machine.board.memory, bytesOf(machine, file), segment, offset);
  for (const s of [R.ES, R.SS, R.DS]) loadReal(core, s, 0);
  loadReal(core, R.CS, program.segment);
  for (const offset of [R.EAX, R.EBX, R.ECX, R.EDX, R.ESI, R.EDI, R.EBP]) core.set(offset, 0);
  core.set(R.ESP, BOOT_STACK);
  core.set(R.EIP, program.offset);
  core.setFlags(R.FLAG.IF);
  core.contexts.mayHaveChanged();
  return { entry: program.base, loads: [{ offset: 0, length: program.length, address: program.base }], warnings: [] };
}

/** Flags G, D/B of a descriptor with 4 GiB of 32-bit code or data, and its access byte, privilege 0. */
const FLAT_CODE = 0xc09b;
const FLAT_DATA = 0xc093;
const FLAT_CODE_SELECTOR = 0x08;
const FLAT_DATA_SELECTOR = 0x10;

/** The machine as Multiboot kernels find it (Multiboot Specification 0.6.96, section 3.2). */
function enterFlat(
  machine: Machine,
  state: { readonly eip: number; readonly eax: number; readonly ebx: number },
): void {
  const { core } = machine.processor.cpu;
  machine.board.handover.openAddressLines();
  setCr0(core, (core.get(R.CR0) | R.CR0_PE) >>> 0);
  for (const s of [R.ES, R.SS, R.DS, R.FS, R.GS]) setCache(core, s, FLAT_DATA_SELECTOR, 0, 0xffffffff, FLAT_DATA);
  setCache(core, R.CS, FLAT_CODE_SELECTOR, 0, 0xffffffff, FLAT_CODE);
  for (const offset of [R.ECX, R.EDX, R.ESI, R.EDI, R.EBP]) core.set(offset, 0);
  core.set(R.ESP, BOOT_STACK);
  core.set(R.EAX, state.eax);
  core.set(R.EBX, state.ebx);
  core.set(R.EIP, state.eip);
  core.setFlags(0);
  core.contexts.mayHaveChanged();
}

function startElf(machine: Machine, file: ImageFile): PreparedImage {
  runFirmware(machine);
  const program = loadElf(machine.board.memory, bytesOf(machine, file));
  enterFlat(machine, { eip: program.physicalEntry, eax: 0, ebx: 0 });
  const loads = program.segments.map((s) => ({ offset: s.fileOffset, length: s.fileBytes, address: s.physical }));
  return { entry: program.physicalEntry, loads, warnings: [] };
}

function startMultiboot(machine: Machine, file: ImageFile, modules: readonly ModuleFile[]): PreparedImage {
  runFirmware(machine);
  const { ranges } = machine.board.handover;
  const usable = (base: number) => ranges.find((range) => range.type === 1 && range.base === base)?.length ?? 0;
  const { entry, loads, warnings } = loadMultiboot(machine.board.memory, bytesOf(machine, file), {
    commandLine: file.name,
    modules: modules.map((module) => ({ bytes: bytesOf(machine, module), commandLine: module.commandLine })),
    lowerKb: Math.floor(usable(0) / KB),
    upperKb: Math.floor(usable(MB) / KB),
    ranges,
  });
  enterFlat(machine, entry);
  return { entry: entry.eip, loads, warnings };
}
