/**
 * ROM code that talks to the devices behind the 8042 and waits for their answers, and the interrupt of the pointing device.
 * Sources: IBM PC AT Technical Reference, 8042; IBM PS/2 and PC BIOS Interface Technical Reference, INT 15h AH=C2h.
 */
import type { Assembler } from './assembler';
import { BDA, BDA_FIELDS, EBDA_FIELDS } from './layout';
import { TALK, TRAPS } from './traps';

const KBC_DATA = 0x60;
const KBC_STATUS = 0x64;
const OBF = 0x01;
/** A byte is there, and it came from the auxiliary device. */
const AUX_OBF = 0x21;
const PIC_MASTER = 0x20;
const PIC_MASTER_MASK = 0x21;
const PIC_SLAVE = 0xa0;
const EOI = 0x20;
const ACK = 0xfa;
const RESEND = 0xfe;
/** Commands of the 8042. */
const KBC = { readCommand: 0x20, writeCommand: 0x60, keyboardOff: 0xad, toAux: 0xd4 } as const;
/** Command byte while a device is talked to: no interrupts, and the other device held off. */
const QUIET = { mask: 0xcc, keyboardOff: 0x10, auxOff: 0x20 } as const;
/** How often an answer is looked for: some 2.6 ms of polling each, then a sleep to the next interrupt. */
const TRIES = 24;

/** `kbcReady`, `kbcCommand` and `kbcDrain` are the caller's; they change CX. */
export function ps2Code(rom: Assembler): void {
  talk(rom);
  getByte(rom);
  pointingIrq(rom);
}

/**
 * `ps2Talk`: sends BL, then BH, as many of them as DL says, to the device that SI names (TALK), each when the one before was
 * acknowledged; hands DH answers to a trap. Changes AX, BX, CX, DX. Interrupts are on, those of the 8042 held off.
 */
function talk(rom: Assembler): void {
  rom.label('ps2Talk').movByte('al', KBC.keyboardOff).call('kbcCommand');
  // What has come already goes the way of all keys; no more comes.
  rom.sti().mov('cx', 0).label('ps2Drain').inAl(KBC_STATUS).testAl(OBF).loopnz('ps2Drain').call('kbcDrain');
  rom.movByte('al', KBC.readCommand).call('kbcCommand').call('ps2Get').push('ax');
  rom.aluAl('and', QUIET.mask).testSi(TALK.pointing).j('jz', 'ps2Keyboard');
  rom.aluAl('or', QUIET.keyboardOff).jmpShort('ps2Quiet');
  rom.label('ps2Keyboard').aluAl('or', QUIET.auxOff);
  rom.label('ps2Quiet').call('ps2SetCommand');

  rom.label('ps2Next').aluBytes('or', 'dl', 'dl').j('jz', 'ps2Answers');
  rom.testSi(TALK.pointing).j('jz', 'ps2Send');
  rom.movByte('al', KBC.toAux).call('kbcCommand');
  rom.label('ps2Send').call('kbcReady').movBytes('al', 'bl').outAl(KBC_DATA);
  // What is no acknowledgement was on its way before.
  rom.label('ps2Acknowledge').call('ps2Get').j('jc', 'ps2Failed').aluAl('cmp', RESEND).j('jz', 'ps2Failed');
  rom.aluAl('cmp', ACK).j('jnz', 'ps2Acknowledge');
  rom.movBytes('bl', 'bh').aluByte('sub', 'dl', 1).jmpShort('ps2Next');

  rom.label('ps2Answers').aluBytes('or', 'dh', 'dh').j('jz', 'ps2Well').call('ps2Get').j('jc', 'ps2Failed');
  rom.trap(TRAPS.pointingAnswer).aluByte('sub', 'dh', 1).jmpShort('ps2Answers');

  rom.label('ps2Well').movByte('bl', 1).jmpShort('ps2End');
  rom.label('ps2Failed').movByte('bl', 0);
  rom.label('ps2End').pop('ax').trap(TRAPS.talkEnd);
  // Falls through: the new command byte.
  rom.label('ps2SetCommand').push('ax').movByte('al', KBC.writeCommand).call('kbcCommand').call('kbcReady');
  rom.pop('ax').outAl(KBC_DATA).ret();
}

/** `ps2Get`: waits for a byte and gives it in AL; CF set where none comes. Changes CX. */
function getByte(rom: Assembler): void {
  rom.label('ps2Get').push('bx').mov('bx', TRIES);
  rom.label('ps2Try').mov('cx', 0).label('ps2Poll').inAl(KBC_STATUS).testAl(OBF).loopz('ps2Poll').j('jnz', 'ps2Got');
  // The timer wakes it, where it may.
  rom.inAl(PIC_MASTER_MASK).testAl(1).j('jnz', 'ps2Awake').hlt();
  rom.label('ps2Awake').dec('bx').j('jnz', 'ps2Try').pop('bx').stc().ret();
  rom.label('ps2Got').inAl(KBC_DATA).pop('bx').clc().ret();
}

/** INT 74h. The handler finds status, X, Y and Z on the stack, and leaves them there. */
function pointingIrq(rom: Assembler): void {
  const saved = ['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp'] as const;
  rom.label('pointingIrq');
  for (const register of saved) rom.push(register);
  rom.pushSegment('ds').pushSegment('es');
  rom.inAl(KBC_STATUS).aluAl('and', AUX_OBF).aluAl('cmp', AUX_OBF).j('jnz', 'pointingEoi');
  rom.inAl(KBC_DATA).trap(TRAPS.pointingByte).aluBytes('or', 'al', 'al').j('jz', 'pointingEoi');
  rom
    .mov('ax', BDA >>> 4)
    .movSegment('ds', 'ax')
    .loadAx(BDA_FIELDS.ebdaSegment)
    .movSegment('ds', 'ax');
  rom.push('bx').push('cx').push('dx').push('si').sti().callFarMemory(EBDA_FIELDS.pointingHandler).cli().cld();
  for (let word = 0; word < 4; word++) rom.pop('ax');
  rom.label('pointingEoi').movByte('al', EOI).outAl(PIC_SLAVE).outAl(PIC_MASTER).popSegment('es').popSegment('ds');
  for (const register of saved.toReversed()) rom.pop(register);
  rom.iret();
}
