/**
 * The ROM: guest code around the traps. All waiting is done here, in code that the guest CPU executes, so interrupts,
 * hooks and single steps work inside of it. It uses 8086 instructions only, but for the switch to protected mode.
 */
import { Assembler, type Line } from './assembler';
import { chipSetup } from './chip-setup';
import { FLOPPY_DRIVES } from './floppy-tables';
import { fontTables } from './fonts';
import {
  BDA,
  BDA_FIELDS,
  BOOT_SECTOR,
  MODEL,
  POST_STACK,
  PRINT_SCREEN_STATUS,
  ROM_BASE,
  ROM_BYTES,
  ROM_DATE,
  ROM_PLACES,
  ROM_SEGMENT,
} from './layout';
import { PROTECTED } from './protected-mode';
import { ps2Code } from './rom-ps2';
import { KEY_ACTIONS, TRAPS } from './traps';
import { CONFIGURATION_TABLE, VIDEO_PARAMETER_TABLE, BAUD_DIVISORS, VIDEO_FUNCTIONS_TABLE } from './tables';

const BDA_SEGMENT = BDA >>> 4;
/** Ports that the code names itself. */
const PIC_MASTER = 0x20;
const PIC_SLAVE = 0xa0;
const EOI = 0x20;
const KBC_DATA = 0x60;
const KBC_STATUS = 0x64;
const PORT_B = 0x61;
const CMOS_INDEX = 0x70;
const CMOS_DATA = 0x71;
const CHECKPOINT = 0x80;

/** From BP to the caller's flags in a service that has pushed BP: BP, IP and CS come before. */
const FLAGS_AT_BP = 6;

/** The built ROM and where things are in it. */
export interface Rom {
  readonly bytes: Uint8Array;
  /** Offsets in F000h by label. */
  readonly labels: ReadonlyMap<string, number>;
  /** Every instruction, ascending. */
  readonly lines: readonly Line[];
}

/** INT nn handlers by label; the rest are single IRETs. */
export const VECTOR_LABELS: Readonly<Record<number, string>> = {
  0x00: 'divideError',
  0x02: 'nmi',
  0x05: 'printScreen',
  0x06: 'invalidOpcode',
  0x08: 'timerIrq',
  0x09: 'keyboardIrq',
  0x0a: 'masterIrq',
  0x0b: 'masterIrq',
  0x0c: 'masterIrq',
  0x0d: 'masterIrq',
  0x0e: 'floppyIrq',
  0x0f: 'masterIrq',
  0x10: 'video',
  0x11: 'equipment',
  0x12: 'memorySize',
  0x13: 'disk',
  0x14: 'serial',
  0x15: 'system',
  0x16: 'keyboard',
  0x17: 'printer',
  0x18: 'noBoot',
  0x19: 'boot',
  0x1a: 'time',
  0x1d: 'videoTable',
  0x1e: 'floppyTable',
  0x1f: 'font8x8High',
  0x40: 'floppy',
  0x43: 'font8x16',
  0x70: 'rtcIrq',
  0x71: 'redirectIrq',
  0x72: 'slaveIrq',
  0x73: 'slaveIrq',
  0x74: 'pointingIrq',
  0x75: 'fpuIrq',
  0x76: 'slaveIrq',
  0x77: 'slaveIrq',
};

/** Interrupts that programs call: what their handlers begin with is a call of the firmware. */
export const SERVICE_VECTORS: readonly number[] = [
  0x05, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x40,
];

/** Builds the ROM. `font8x16`: 256 glyphs of 16 bytes, code page 437. */
export function buildRom(font8x16: Uint8Array): Rom {
  const rom = new Assembler(ROM_BYTES, 0xff);
  tables(rom, font8x16);
  post(rom);
  boot(rom);
  irqs(rom);
  keyboardIrq(rom);
  services(rom);
  waitingServices(rom);
  ps2Code(rom);
  protectedMode(rom);
  endOfRom(rom);
  rom.finish();
  rom.bytes[ROM_BYTES - 1] = checksum(rom.bytes);
  return { bytes: rom.bytes, labels: rom.labels, lines: rom.lines.toSorted((a, b) => a.offset - b.offset) };
}

/** What makes the sum of all bytes zero, the last one being free. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length - 1; i++) sum += bytes[i];
  return -sum & 0xff;
}

function tables(rom: Assembler, font8x16: Uint8Array): void {
  const fonts = fontTables(font8x16);
  rom.org(0).text('Stepback PC BIOS');
  rom
    .org(ROM_PLACES.font8x16)
    .label('font8x16')
    .data(...fonts.font8x16);
  rom
    .org(ROM_PLACES.font8x14)
    .label('font8x14')
    .data(...fonts.font8x14);
  rom
    .org(ROM_PLACES.font8x8)
    .label('font8x8')
    .data(...fonts.font8x8.subarray(0, 0x400));
  rom.label('font8x8High').data(...fonts.font8x8.subarray(0x400));
  rom.org(ROM_PLACES.font8x8Low).data(...fonts.font8x8.subarray(0, 0x400));
  rom
    .org(ROM_PLACES.tables)
    .label('videoFunctions')
    .data(...VIDEO_FUNCTIONS_TABLE);
  bios32(rom);
  // 40:A8h points here: a table of seven pointers, none of which is used.
  rom.label('videoSavePointer').words(...new Array<number>(14).fill(0));
  for (const { label, table } of Object.values(FLOPPY_DRIVES))
    if (label !== 'floppyTable') rom.label(label).data(...table);
  rom.label('chips');
  for (const { port, value } of chipSetup()) rom.words(port).data(value);
}

/**
 * The BIOS32 service directory, on a paragraph: signature, entry, revision, paragraphs, checksum. Its code runs in
 * protected mode and has no service. Source: Phoenix Technologies, "Standard BIOS 32-bit Service Directory Proposal" 0.4.
 */
function bios32(rom: Assembler): void {
  const start = (rom.offset + 15) & ~15;
  const entry = ROM_BASE + start + 16;
  const header = [0x5f, 0x33, 0x32, 0x5f, entry & 0xff, (entry >> 8) & 0xff, entry >> 16, 0, 0, 1];
  const sum = header.reduce((total, value) => total + value, 0);
  rom
    .org(start)
    .label('bios32')
    .data(...header, -sum & 0xff, 0, 0, 0, 0, 0);
  // MOV AL,80h (no such service); RETF: the same bytes in 32-bit code.
  rom.data(0xb0, 0x80, 0xcb);
}

function post(rom: Assembler): void {
  rom.org(ROM_PLACES.reset).label('reset').jmpFar(ROM_SEGMENT, ROM_PLACES.post);
  rom.org(ROM_PLACES.post).label('post').cli().cld();

  // A 286 leaves protected mode by a reset: CMOS byte 0Fh then says where to go on (AT Technical Reference, POST).
  rom.movByte('al', 0x8f).outAl(CMOS_INDEX).inAl(CMOS_DATA).movBytes('ah', 'al');
  rom.movByte('al', 0x8f).outAl(CMOS_INDEX).movByte('al', 0).outAl(CMOS_DATA);
  rom.aluByte('cmp', 'ah', 0x05).j('jz', 'resumeEoi').aluByte('cmp', 'ah', 0x0a).j('jz', 'resume').jmpShort('cold');
  rom.label('resumeEoi').movByte('al', EOI).outAl(PIC_MASTER);
  rom.label('resume').mov('ax', BDA_SEGMENT).movSegment('ds', 'ax').jmpFarMemory(BDA_FIELDS.resumeAddress);

  rom.label('cold').movByte('al', 0x01).outAl(CHECKPOINT);
  rom.mov('ax', 0).movSegment('ss', 'ax').mov('sp', POST_STACK).trap(TRAPS.postData);

  rom.movByte('al', 0x02).outAl(CHECKPOINT).movOffset('si', 'chips');
  rom.label('nextChip').csLodsw().aluWords('or', 'ax', 'ax').j('jz', 'chipsDone');
  rom.movWord('dx', 'ax').csLodsb().outDxAl().jmpShort('nextChip');
  rom.label('chipsDone');

  // 8042: self test, keyboard on, command byte: IRQ1 on, system flag, auxiliary port off, scan codes translated.
  rom.movByte('al', 0x03).outAl(CHECKPOINT);
  rom.movByte('al', 0xaa).call('kbcCommand').call('kbcDrain');
  rom.movByte('al', 0xae).call('kbcCommand').movByte('al', 0x60).call('kbcCommand');
  rom.call('kbcReady').movByte('al', 0x65).outAl(KBC_DATA).call('kbcDrain');

  rom.movByte('al', 0x04).outAl(CHECKPOINT).mov('ax', 0x0003).int(0x10);
  rom.trap(TRAPS.postEnd);
  rom.movByte('al', 0x05).outAl(CHECKPOINT).sti().int(0x19);

  rom.label('kbcReady').push('ax').mov('cx', 0);
  rom.label('kbcBusy').inAl(KBC_STATUS).testAl(0x02).loopnz('kbcBusy').pop('ax').ret();
  rom.label('kbcCommand').call('kbcReady').outAl(KBC_STATUS).ret();
  // Takes what the controller has to say: until nothing has come for a while.
  rom.label('kbcDrain').mov('cx', 0x200);
  rom.label('kbcEmpty').inAl(KBC_STATUS).testAl(0x01).loopz('kbcEmpty').j('jz', 'kbcDone');
  rom.inAl(KBC_DATA).jmpShort('kbcDrain');
  rom.label('kbcDone').ret();
}

function boot(rom: Assembler): void {
  rom.org(ROM_PLACES.boot).label('boot').jmp('bootStart');
  rom.org(ROM_PLACES.code).label('bootStart').cli().mov('ax', 0).movSegment('ss', 'ax').mov('sp', POST_STACK).sti();
  rom.movSegment('ds', 'ax').movSegment('es', 'ax').mov('bx', 0);
  rom.trap(TRAPS.bootMenu).aluBytes('or', 'al', 'al').j('jz', 'bootNext');
  rom.label('bootAsk').movByte('ah', 0).int(0x16).trap(TRAPS.bootChoice).aluBytes('or', 'al', 'al').j('jz', 'bootAsk');
  rom.label('bootNext').trap(TRAPS.bootDevice).aluBytes('or', 'al', 'al').j('jz', 'bootNone');
  rom
    .label('bootRead')
    .push('bx')
    .mov('ax', 0x0201)
    .mov('bx', BOOT_SECTOR)
    .mov('cx', 1)
    .movByte('dh', 0)
    .int(0x13)
    .pop('bx');
  // A disk that was changed is told once.
  rom.j('jnc', 'bootSector').aluByte('cmp', 'ah', 0x06).j('jz', 'bootRead').jmpShort('bootFailed');
  rom.label('bootSector').trap(TRAPS.bootCheck).aluBytes('or', 'al', 'al').j('jnz', 'bootGo');
  rom.label('bootFailed').inc('bx').jmpShort('bootNext');
  rom.label('bootGo').mov('ax', 0xaa55).mov('bx', 0).mov('cx', 0).mov('si', 0).mov('di', 0).mov('bp', 0);
  rom.jmpFar(0, BOOT_SECTOR);
  rom.label('bootNone').int(0x18);
  rom.label('noBoot').trap(TRAPS.noBoot);
  rom.label('noBootHalt').sti().hlt().jmpShort('noBootHalt');
}

function irqs(rom: Assembler): void {
  const start = rom.offset;
  rom
    .org(ROM_PLACES.timerIrq)
    .label('timerIrq')
    .pushSegment('ds')
    .push('ax')
    .mov('ax', BDA_SEGMENT)
    .movSegment('ds', 'ax');
  rom
    .incMemory(BDA_FIELDS.ticks)
    .j('jnz', 'ticked')
    .incMemory(BDA_FIELDS.ticks + 2);
  // A day has 1800B0h ticks.
  rom
    .label('ticked')
    .cmpMemory(BDA_FIELDS.ticks + 2, 0x18)
    .j('jnz', 'sameDay');
  rom.cmpMemory(BDA_FIELDS.ticks, 0xb0).j('jnz', 'sameDay');
  rom
    .mov('ax', 0)
    .storeAx(BDA_FIELDS.ticks)
    .storeAx(BDA_FIELDS.ticks + 2)
    .movByteMemory(BDA_FIELDS.midnight, 1);
  // The motor of the floppy drives goes off when its time is over.
  rom.label('sameDay').testMemory(BDA_FIELDS.floppyTimeout, 0xff).j('jz', 'motorOff');
  rom.decByteMemory(BDA_FIELDS.floppyTimeout).j('jnz', 'motorOff').andByteMemory(BDA_FIELDS.floppyMotor, 0xf0);
  rom.label('motorOff').push('dx').int(0x1c).pop('dx').movByte('al', EOI).outAl(PIC_MASTER);
  rom.pop('ax').popSegment('ds').iret();

  rom.org(start);
  // Reading register C ends the request; both reasons may have come.
  rom.label('rtcIrq').push('ax').movByte('al', 0x0c).outAl(CMOS_INDEX).inAl(CMOS_DATA);
  rom.testAl(0x40).j('jz', 'rtcNoPeriod').trap(TRAPS.waitPeriod);
  rom.label('rtcNoPeriod').testAl(0x20).j('jz', 'rtcNoAlarm').int(0x4a);
  rom.label('rtcNoAlarm').jmpShort('slaveEoi');
  rom.label('fpuIrq').push('ax').movByte('al', 0).outAl(0xf0).int(0x02).jmpShort('slaveEoi');
  rom.label('slaveIrq').push('ax');
  rom.label('slaveEoi').movByte('al', EOI).outAl(PIC_SLAVE).outAl(PIC_MASTER).pop('ax').iret();
  // IRQ 9 takes the place of the XT's IRQ 2.
  rom.label('redirectIrq').push('ax').movByte('al', EOI).outAl(PIC_SLAVE).pop('ax').int(0x0a).iret();
  rom.label('masterIrq').push('ax').movByte('al', EOI).outAl(PIC_MASTER).pop('ax').iret();
  const end = rom.offset;
  rom.org(ROM_PLACES.floppyIrq).label('floppyIrq').jmp('masterIrq');
  rom.org(ROM_PLACES.nmi).label('nmi').iret();
  rom.org(end);
}

function keyboardIrq(rom: Assembler): void {
  const start = rom.offset;
  rom.org(ROM_PLACES.keyboardIrq).label('keyboardIrq').push('ax').inAl(KBC_DATA);
  // A program may change the scan code or, with CF clear, keep it to itself.
  rom.movByte('ah', 0x4f).stc().int(0x15).j('jnc', 'keyDone').trap(TRAPS.key);
  rom.push('ax').movByte('al', EOI).outAl(PIC_MASTER).pop('ax').aluBytes('or', 'al', 'al').j('jnz', 'keyAction');
  rom.pop('ax').iret();
  rom.label('keyDone').movByte('al', EOI).outAl(PIC_MASTER).pop('ax').iret();

  rom.label('keyAction').aluAl('cmp', KEY_ACTIONS.breakKey).j('jnz', 'notBreak').int(0x1b).pop('ax').iret();
  rom.label('notBreak').aluAl('cmp', KEY_ACTIONS.printScreen).j('jnz', 'notPrint').int(0x05).pop('ax').iret();
  rom.label('notPrint').aluAl('cmp', KEY_ACTIONS.reboot).j('jnz', 'notReboot').jmpFar(ROM_SEGMENT, ROM_PLACES.reset);
  rom.label('notReboot').aluAl('cmp', KEY_ACTIONS.pause).j('jnz', 'sysRequest');
  rom.pushSegment('ds').mov('ax', BDA_SEGMENT).movSegment('ds', 'ax');
  // INT 09h of the next key, nested in here, ends the pause.
  rom.label('paused').sti().hlt().testMemory(BDA_FIELDS.shiftFlags2, 0x08).j('jnz', 'paused');
  rom.popSegment('ds').pop('ax').iret();
  rom.label('sysRequest').movBytes('al', 'ah').movByte('ah', 0x85).sti().int(0x15).pop('ax').iret();
  rom.org(start);
}

/** Services that one trap does. */
function services(rom: Assembler): void {
  const start = rom.offset;
  const service = (name: keyof typeof ROM_PLACES & keyof typeof TRAPS) =>
    rom.org(ROM_PLACES[name]).label(name).trap(TRAPS[name]).iret();
  service('equipment');
  service('memorySize');
  service('printer');
  service('time');
  service('floppy');
  rom.org(ROM_PLACES.disk).label('disk').jmp('diskService').org(start);
  // With a hard disk, calls for floppy drives go on to INT 40h, where programs may hook them.
  rom.label('diskService').testDl(0x80).j('jnz', 'diskOwn');
  rom.push('ax').pushSegment('ds').mov('ax', BDA_SEGMENT).movSegment('ds', 'ax');
  rom.testMemory(BDA_FIELDS.diskCount, 0xff).popSegment('ds').pop('ax').j('jz', 'diskOwn').int(0x40);
  // The caller's flags are on the stack: CF of INT 40h goes there.
  rom.push('bp').movWord('bp', 'sp').j('jc', 'floppyFailed').andByteBp(FLAGS_AT_BP, 0xfe).pop('bp').iret();
  rom.label('floppyFailed').orByteBp(FLAGS_AT_BP, 0x01).pop('bp').iret();
  rom.label('diskOwn').trap(TRAPS.disk).iret();
  // There is no printer: INT 05h leaves FFh, an error.
  rom.label('noPrinter').pushSegment('ds').push('ax').mov('ax', 0).movSegment('ds', 'ax');
  rom.movByteMemory(PRINT_SCREEN_STATUS, 0xff).pop('ax').popSegment('ds').iret();
  rom.label('divideError').trap(TRAPS.divideError).iret();
  rom.label('invalidOpcode').trap(TRAPS.invalidOpcode).iret();
}

/** Services that may have to wait. */
function waitingServices(rom: Assembler): void {
  const start = rom.offset;
  rom.org(ROM_PLACES.keyboard).label('keyboard').sti();
  rom.aluByte('cmp', 'ah', 0x00).j('jz', 'keyWait').aluByte('cmp', 'ah', 0x10).j('jz', 'keyWait');
  rom.aluByte('cmp', 'ah', 0x03).j('jz', 'typematic').trap(TRAPS.keyboard).iret();
  rom.label('keyWait').cli().push('ax').trap(TRAPS.keyReady).aluBytes('or', 'al', 'al').pop('ax').j('jnz', 'keyThere');
  rom.sti().hlt().jmpShort('keyWait');
  rom.label('keyThere').trap(TRAPS.keyboard).iret();
  rom.label('typematic');
  talking(rom, TRAPS.typematicCommand, 'typematic');
  rom.trap(TRAPS.keyboard).iret();

  rom.org(ROM_PLACES.serial).label('serial').sti().push('cx').mov('cx', 0);
  rom.label('serialWait').push('ax').trap(TRAPS.serialReady).aluBytes('or', 'al', 'al').pop('ax').loopz('serialWait');
  rom.pop('cx').trap(TRAPS.serial).iret();

  rom.org(ROM_PLACES.system).label('system').aluByte('cmp', 'ah', 0x86).j('jz', 'systemWait');
  rom.aluByte('cmp', 'ah', 0xc2).j('jz', 'pointing').aluByte('cmp', 'ah', 0x89).j('jz', 'systemProtected');
  rom.label('systemOther').trap(TRAPS.system).iret();
  rom.label('pointing').sti();
  talking(rom, TRAPS.pointingCommand, 'pointing');
  rom.trap(TRAPS.system).iret();
  // An 8086 pushes SP as it is behind the push.
  rom.label('systemProtected').push('ax').push('sp').pop('ax').aluWords('cmp', 'ax', 'sp').pop('ax');
  rom.j('jnz', 'systemOther').jmp('protectedMode');
  rom.label('systemWait').sti().push('ax').push('cx').push('dx').call('delay').pop('dx').pop('cx').pop('ax');
  rom.trap(TRAPS.system).iret();

  rom.org(ROM_PLACES.video).label('video').aluAx('cmp', 0x0e07).j('jz', 'bell').trap(TRAPS.video).iret();
  // A tenth of a second of the tone that POST set counter 2 to.
  rom.label('bell').push('ax').push('cx').push('dx').inAl(PORT_B).push('ax').aluAl('or', 0x03).outAl(PORT_B);
  rom.mov('cx', 0x0001).mov('dx', 0x86a0).call('delay').pop('ax').outAl(PORT_B).pop('dx').pop('cx').pop('ax');
  rom.trap(TRAPS.video).iret();

  // CX:DX microseconds, by the refresh toggle; changes AX, CX, DX.
  rom.org(start).label('delay').trap(TRAPS.waitPeriods).inAl(PORT_B).aluAl('and', 0x10).movBytes('ah', 'al');
  rom.label('delayNext').push('cx').aluWords('or', 'cx', 'dx').pop('cx').j('jz', 'delayDone');
  rom.label('delayToggle').inAl(PORT_B).aluAl('and', 0x10).aluBytes('cmp', 'al', 'ah').j('jz', 'delayToggle');
  rom.movBytes('ah', 'al').aluWords('or', 'dx', 'dx').j('jnz', 'delayLow').dec('cx');
  rom.label('delayLow').dec('dx').jmpShort('delayNext');
  rom.label('delayDone').ret();
}

/** Talks to a device behind the 8042 as a trap says, where it says anything; every register is as before. */
function talking(rom: Assembler, command: number, name: string): void {
  const saved = ['ax', 'bx', 'cx', 'dx', 'si'] as const;
  for (const register of saved) rom.push(register);
  rom.trap(command).aluBytes('or', 'dl', 'dl').j('jz', `${name}Quiet`).call('ps2Talk').label(`${name}Quiet`);
  for (const register of saved.toReversed()) rom.pop(register);
}

/**
 * INT 15h AH=89h: the descriptors at ES:SI are null, GDT, IDT, DS, ES, SS, CS of the caller and one for this code. It comes back in
 * protected mode, with interrupts off. Source: IBM PC AT Technical Reference, BIOS listing, SYSTEM_SERVICES.
 */
function protectedMode(rom: Assembler): void {
  rom.label('protectedMode').cli().trap(TRAPS.protectedMode);
  rom.lgdtEsSi(PROTECTED.gdt).lidtEsSi(PROTECTED.idt).mov('ax', 1).lmswAx();
  // Behind this jump, which has five bytes.
  rom.jmpFar(PROTECTED.bios, rom.offset + 5);
  rom.mov('ax', PROTECTED.ds).movSegment('ds', 'ax').mov('ax', PROTECTED.es).movSegment('es', 'ax');
  rom.mov('ax', PROTECTED.ss).movSegment('ss', 'ax');
  // IP, CS and FLAGS of the caller: it goes on behind its INT, in the segment that its table has for CS.
  rom.pop('bp').pop('ax').pop('ax').mov('ax', PROTECTED.cs).push('ax').push('bp').aluWords('xor', 'ax', 'ax').retFar();
}

function endOfRom(rom: Assembler): void {
  rom
    .org(ROM_PLACES.configuration)
    .label('configuration')
    .data(...CONFIGURATION_TABLE);
  rom
    .org(ROM_PLACES.baudRates)
    .label('baudRates')
    .words(...BAUD_DIVISORS);
  rom
    .org(ROM_PLACES.floppyTable)
    .label('floppyTable')
    .data(...FLOPPY_DRIVES[4].table);
  rom
    .org(ROM_PLACES.videoTable)
    .label('videoTable')
    .data(...VIDEO_PARAMETER_TABLE);
  rom.org(ROM_PLACES.iret).label('iret').iret();
  rom.org(ROM_PLACES.printScreen).label('printScreen').jmp('noPrinter');
  rom.org(ROM_PLACES.vectors).label('vectors');
  for (let vector = 0x08; vector <= 0x1f; vector++) rom.words(rom.offsetOf(VECTOR_LABELS[vector] ?? 'iret'));
  rom.org(ROM_PLACES.date).text(ROM_DATE);
  rom.org(ROM_PLACES.model).data(MODEL.model);
}
