/** The caller of a service: its registers, its stack and its memory, in real mode. */
import type { RegisterFile } from '../../memory/register-file';
import { BDA } from './layout';
import type { FirmwareCall, FirmwareHost } from './host';

const CARRY = 0x0001;
const ZERO = 0x0040;
/** Offset of the FLAGS image from SP in a service: IP and CS come before it. */
const FLAGS_IMAGE = 4;

export const hex2 = (value: number): string => `${value.toString(16).toUpperCase().padStart(2, '0')}h`;
export const hex4 = (value: number): string => `${value.toString(16).toUpperCase().padStart(4, '0')}h`;
/** `0000:7C00`. */
export const farText = (segment: number, offset: number): string =>
  `${segment.toString(16).toUpperCase().padStart(4, '0')}:${offset.toString(16).toUpperCase().padStart(4, '0')}`;

/** Linear address of a real-mode far address. */
export const linear = (segment: number, offset: number): number => (segment << 4) + (offset & 0xffff);

const SLOTS = ['AX', 'BX', 'CX', 'DX', 'SI', 'DI', 'BP', 'SP', 'DS', 'ES', 'SS'] as const;
type Slot = (typeof SLOTS)[number];

export class Guest {
  private readonly registers: RegisterFile;
  private readonly slots: Readonly<Record<Slot, number>>;
  readonly memory: FirmwareHost['memory'];
  readonly ports: FirmwareHost['ports'];

  constructor(readonly host: FirmwareHost) {
    this.registers = host.registers;
    this.memory = host.memory;
    this.ports = host.ports;
    const offset = (name: string): number => this.registers.row(name).offset;
    this.slots = Object.fromEntries(SLOTS.map((name) => [name, offset(name)])) as Record<Slot, number>;
  }

  /* ---------------------------------------------------------------------------------- registers */

  get al(): number {
    return this.registers.get8(this.slots.AX);
  }
  set al(value: number) {
    this.registers.set8(this.slots.AX, value);
  }
  get ah(): number {
    return this.registers.get8(this.slots.AX + 1);
  }
  set ah(value: number) {
    this.registers.set8(this.slots.AX + 1, value);
  }
  get bl(): number {
    return this.registers.get8(this.slots.BX);
  }
  set bl(value: number) {
    this.registers.set8(this.slots.BX, value);
  }
  get bh(): number {
    return this.registers.get8(this.slots.BX + 1);
  }
  set bh(value: number) {
    this.registers.set8(this.slots.BX + 1, value);
  }
  get cl(): number {
    return this.registers.get8(this.slots.CX);
  }
  set cl(value: number) {
    this.registers.set8(this.slots.CX, value);
  }
  get ch(): number {
    return this.registers.get8(this.slots.CX + 1);
  }
  set ch(value: number) {
    this.registers.set8(this.slots.CX + 1, value);
  }
  get dl(): number {
    return this.registers.get8(this.slots.DX);
  }
  set dl(value: number) {
    this.registers.set8(this.slots.DX, value);
  }
  get dh(): number {
    return this.registers.get8(this.slots.DX + 1);
  }
  set dh(value: number) {
    this.registers.set8(this.slots.DX + 1, value);
  }

  get ax(): number {
    return this.registers.get16(this.slots.AX);
  }
  set ax(value: number) {
    this.registers.set16(this.slots.AX, value);
  }
  get bx(): number {
    return this.registers.get16(this.slots.BX);
  }
  set bx(value: number) {
    this.registers.set16(this.slots.BX, value);
  }
  get cx(): number {
    return this.registers.get16(this.slots.CX);
  }
  set cx(value: number) {
    this.registers.set16(this.slots.CX, value);
  }
  get dx(): number {
    return this.registers.get16(this.slots.DX);
  }
  set dx(value: number) {
    this.registers.set16(this.slots.DX, value);
  }
  get si(): number {
    return this.registers.get16(this.slots.SI);
  }
  set si(value: number) {
    this.registers.set16(this.slots.SI, value);
  }
  get di(): number {
    return this.registers.get16(this.slots.DI);
  }
  set di(value: number) {
    this.registers.set16(this.slots.DI, value);
  }
  get bp(): number {
    return this.registers.get16(this.slots.BP);
  }
  set bp(value: number) {
    this.registers.set16(this.slots.BP, value);
  }
  get ds(): number {
    return this.registers.get16(this.slots.DS);
  }
  get es(): number {
    return this.registers.get16(this.slots.ES);
  }
  /** Real mode: the hidden base changes with the selector. */
  set es(value: number) {
    this.host.loadSegment('ES', value);
  }

  get eax(): number {
    return this.registers.get32(this.slots.AX);
  }
  set eax(value: number) {
    this.registers.set32(this.slots.AX, value);
  }
  get ebx(): number {
    return this.registers.get32(this.slots.BX);
  }
  set ebx(value: number) {
    this.registers.set32(this.slots.BX, value);
  }
  get ecx(): number {
    return this.registers.get32(this.slots.CX);
  }
  set ecx(value: number) {
    this.registers.set32(this.slots.CX, value);
  }
  get edx(): number {
    return this.registers.get32(this.slots.DX);
  }
  set edx(value: number) {
    this.registers.set32(this.slots.DX, value);
  }

  /* ---------------------------------------------------------------------------------- the interrupt's stack frame */

  private frame(offset: number): number {
    return linear(this.registers.get16(this.slots.SS), this.registers.get16(this.slots.SP) + offset);
  }

  /** Where the caller goes on. */
  get returnSegment(): number {
    return this.memory.peek(this.frame(2), 2);
  }
  get returnOffset(): number {
    return this.memory.peek(this.frame(0), 2);
  }

  private setFlag(mask: number, on: boolean): void {
    const address = this.frame(FLAGS_IMAGE);
    const flags = this.memory.read(address, 2);
    this.memory.write(address, 2, on ? flags | mask : flags & ~mask);
  }

  /** CF and ZF as the caller will find them after IRET. */
  set carry(on: boolean) {
    this.setFlag(CARRY, on);
  }
  get carry(): boolean {
    return (this.memory.read(this.frame(FLAGS_IMAGE), 2) & CARRY) !== 0;
  }
  set zero(on: boolean) {
    this.setFlag(ZERO, on);
  }

  /* ---------------------------------------------------------------------------------- memory and ports */

  /** A byte or word of the BIOS data area, by BDA_FIELDS. */
  bda8(field: number): number {
    return this.memory.read(BDA + field, 1);
  }
  bda16(field: number): number {
    return this.memory.read(BDA + field, 2);
  }
  bda32(field: number): number {
    return this.memory.read(BDA + field, 4);
  }
  setBda32(field: number, value: number): void {
    this.memory.write(BDA + field, 4, value >>> 0);
  }
  setBda8(field: number, value: number): void {
    this.memory.write(BDA + field, 1, value & 0xff);
  }
  setBda16(field: number, value: number): void {
    this.memory.write(BDA + field, 2, value & 0xffff);
  }

  /** Writes bytes to memory by the guest's way, words of 32 bits where they are aligned. */
  writeBytes(address: number, bytes: Uint8Array): void {
    let i = 0;
    for (; i < bytes.length && ((address + i) & 3) !== 0; i++) this.memory.write(address + i, 1, bytes[i]);
    for (; i + 4 <= bytes.length; i += 4) {
      const low = bytes[i] | (bytes[i + 1] << 8);
      this.memory.write(address + i, 4, (low | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)) >>> 0);
    }
    for (; i < bytes.length; i++) this.memory.write(address + i, 1, bytes[i]);
  }

  /** Reads bytes from memory by the guest's way. */
  readBytes(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.memory.read(address + i, 1);
    return bytes;
  }

  inb(port: number): number {
    return this.ports.read(port, 1);
  }
  outb(port: number, value: number): void {
    this.ports.write(port, 1, value & 0xff);
  }

  call(name: string, inputs: string, results: string, poll = false): void {
    this.host.onCall({ name, inputs, results, poll } satisfies FirmwareCall);
  }
}
