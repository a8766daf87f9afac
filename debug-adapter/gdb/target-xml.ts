/** Documents that GDB asks for with `qXfer`: target description and memory map. Source: Debugging with GDB, appendix G and E.16. */
import type { MemoryRegion } from '../../emulator/debug/target';
import type { GdbRegister, RegisterMap } from './register-map';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function flagsType({ flags, type, bits }: GdbRegister): readonly string[] {
  if (flags === undefined) return [];
  const fields = flags.map(
    ({ name, lsb, width = 1 }) => `<field name="${escape(name)}" start="${lsb}" end="${lsb + width - 1}"/>`,
  );
  return [`<flags id="${type}" size="${bits / 8}">`, ...fields, '</flags>'];
}

function element(register: GdbRegister, number: number): string {
  const { name, bits, type, group, generic, dwarf } = register;
  const attributes = {
    name,
    bitsize: bits,
    type,
    regnum: number,
    group,
    generic,
    dwarf_regnum: dwarf,
    ehframe_regnum: dwarf,
  };
  const text = Object.entries(attributes).map(([key, value]) => (value === undefined ? '' : ` ${key}="${value}"`));
  return `<reg${text.join('')}/>`;
}

/** The target description. @param bits width of the code that the CPU executes now */
export function targetXml(map: RegisterMap, bits: number): string {
  const lines = ['<?xml version="1.0"?>', '<!DOCTYPE target SYSTEM "gdb-target.dtd">', '<target version="1.0">'];
  const architecture = map.architecture(bits);
  if (architecture !== undefined) lines.push(`<architecture>${architecture}</architecture>`, '<osabi>none</osabi>');
  let number = 0;
  for (const { name, registers } of map.features) {
    lines.push(`<feature name="${name}">`, ...registers.flatMap((register) => flagsType(register)));
    for (const register of registers) lines.push(element(register, number++));
    lines.push('</feature>');
  }
  return [...lines, '</target>', ''].join('\n');
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/**
 * The memory map. GDB refuses addresses that are in no region, so what is no ROM is told as RAM: device memory, and
 * what page tables may map later.
 * @param bits width of an address
 */
export function memoryMapXml(regions: readonly MemoryRegion[], bits: number): string {
  const end = 1n << BigInt(bits);
  const lines: string[] = [];
  const region = (type: 'ram' | 'rom', from: bigint, to: bigint): void => {
    if (to > from) lines.push(`<memory type="${type}" start="${hex(from)}" length="${hex(to - from)}"/>`);
  };
  let at = 0n;
  for (const { address, length, kind } of regions.toSorted((a, b) => (a.address < b.address ? -1 : 1))) {
    if (kind !== 'rom' || address < at || address + length > end) continue;
    region('ram', at, address);
    region('rom', address, address + length);
    at = address + length;
  }
  region('ram', at, end);
  const doctype =
    '<!DOCTYPE memory-map PUBLIC "+//IDN gnu.org//DTD GDB Memory Map V1.0//EN" "http://sourceware.org/gdb/gdb-memory-map.dtd">';
  return ['<?xml version="1.0"?>', doctype, '<memory-map>', ...lines, '</memory-map>', ''].join('\n');
}
