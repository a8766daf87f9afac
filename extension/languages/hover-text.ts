/** What the editor tells of a word in an assembler source: registers, flags, ports, interrupts and their services. */
import { REFERENCE } from '../generated/reference';
import { constantOf, isInComment, type Lines, parseLine, valueAbove, wordAt, type Word } from './assembly';
import type { PortReference, RegisterReference, ServiceReference } from './reference';

/** A value that is shown where a session is stopped. */
export interface LiveValue {
  readonly label: string;
  /** Shown with colons between them: `ES:BX` is two registers to the debugger. */
  readonly expressions: readonly string[];
}

export interface Hovered {
  readonly word: Word;
  /** Markdown, a paragraph each. */
  readonly text: readonly string[];
  readonly live: readonly LiveValue[];
}

const h = (value: number, digits: number): string => `${value.toString(16).toUpperCase().padStart(digits, '0')}h`;

const REGISTERS = new Map(REFERENCE.registers.map((register) => [register.name.toLowerCase(), register]));
/** Bits that only one register has. */
const FLAGS = REFERENCE.registers.find(({ name }) => name === 'EFLAGS')?.bits ?? [];

export const registerNamed = (name: string): RegisterReference | undefined => REGISTERS.get(name.toLowerCase());

function registerText(register: RegisterReference): readonly string[] {
  const whole = register.partOf === undefined ? undefined : registerNamed(register.partOf);
  const doc = whole === undefined ? register.doc : `${register.doc} (${whole.doc.toLowerCase()})`;
  const bits = (register.bits ?? whole?.bits ?? []).filter(({ lsb }) => lsb < register.width);
  const rows = bits.map(
    ({ name, lsb, width, doc: meaning = '' }) =>
      `| ${name} | ${width === 1 ? lsb : `${lsb + width - 1}-${lsb}`} | ${meaning} |`,
  );
  return [
    `**${register.name}**, ${register.width} bits: ${doc}`,
    ...(rows.length === 0 ? [] : [['| | bit | |', '| --- | --- | --- |', ...rows].join('\n')]),
  ];
}

function flagHover(word: Word): Hovered | undefined {
  const flag = FLAGS.find(({ name }) => name === word.text);
  if (flag === undefined) return undefined;
  const values = Object.entries(flag.values ?? {}).map(([value, meaning]) => `${value}: ${meaning}`);
  const text = [`**${flag.name}**, bit ${flag.lsb} of EFLAGS: ${flag.doc ?? ''}`];
  if (values.length > 0) text.push(values.join(', '));
  return { word, text, live: [{ label: flag.name, expressions: [`eflags.${flag.name}`] }] };
}

function portLine({ chip, model, read, write }: PortReference): string {
  const ways = [
    ...(read === undefined ? [] : [`read: ${read}`]),
    ...(write === undefined ? [] : [`written: ${write}`]),
  ];
  return `**${chip}**, ${model}\n\n${ways.join('\n\n')}`;
}

function portHover(word: Word, port: number, how: string): Hovered {
  const found = REFERENCE.ports.find((one) => one.port === port);
  return {
    word,
    text: [
      `Port **${h(port, 2)}**${how}`,
      found === undefined ? 'No chip of the board answers there.' : portLine(found),
    ],
    live: found === undefined ? [] : [{ label: `port ${h(port, 2)}`, expressions: [`io:0x${port.toString(16)}`] }],
  };
}

const table = (title: string, registers: Readonly<Record<string, string>>): readonly string[] => {
  const rows = Object.entries(registers).map(([name, meaning]) => `- \`${name}\` ${meaning}`);
  return rows.length === 0 ? [] : [`${title}\n${rows.join('\n')}`];
};

const liveOf = (name: string): LiveValue => ({ label: name, expressions: name.split(':') });

const isRegisters = (name: string): boolean => name.split(':').every((part) => registerNamed(part) !== undefined);

function serviceText({ name, title, isMissing, inputs, outputs }: ServiceReference): readonly string[] {
  const there = isMissing === true ? ' (not in this firmware)' : '';
  return [`**${name}**: ${title}${there}`, ...table('Takes', inputs), ...table('Gives', outputs)];
}

function servicesOf(interrupt: number, ah: number | undefined, al: number | undefined): readonly ServiceReference[] {
  const all = REFERENCE.services.filter((one) => one.interrupt === interrupt);
  if (all.every(({ service }) => service === undefined)) return all;
  const called = all.filter(({ service }) => service === ah);
  // Where AL belongs to the number and is not known, all that it may be are told.
  const exact = called.filter(({ part }) => part === undefined || part === al);
  return exact.length > 0 ? exact : called;
}

function interruptHover(lines: Lines, line: number, word: Word, interrupt: number): Hovered {
  const ah = valueAbove(lines, line, 'ah');
  const al = valueAbove(lines, line, 'al');
  const services = servicesOf(interrupt, ah, al);
  const text = services.flatMap(serviceText);
  if (text.length === 0) {
    const all = REFERENCE.services.filter((one) => one.interrupt === interrupt);
    const exception = REFERENCE.exceptions[interrupt];
    text.push(`**INT ${h(interrupt, 2)}**${ah === undefined ? '' : ` AH=${h(ah, 2)}`}`);
    if (all.length > 0) {
      text.push(ah === undefined ? 'A service of the firmware, by AH:' : 'No service of the firmware has this number.');
      text.push(all.map((one) => `- ${one.name.replace(/^INT \w+ /, '')} ${one.title}`).join('\n'));
    } else if (exception !== undefined) text.push(`The vector of the CPU's exception ${exception}.`);
    else text.push('No service of the firmware. A program may have its own handler there.');
  }
  const [only] = services.length === 1 ? services : [];
  return {
    word,
    text,
    live: Object.keys(only?.inputs ?? {})
      .filter(isRegisters)
      .map(liveOf),
  };
}

const DX = 'dx';
/** The operand of IN and OUT, in both syntaxes, that names the port. */
const isPortInstruction = (mnemonic: string): boolean => /^(?:in|out)[bwl]?$/.test(mnemonic);

export function hoverAt(lines: Lines, line: number, column: number): Hovered | undefined {
  const text = lines.text(line);
  const word = wordAt(text, column);
  if (word === undefined) return undefined;
  if (isInComment(text, column)) return flagHover(word);
  const { mnemonic, operands } = parseLine(text);
  if (mnemonic !== undefined && column >= mnemonic.start) {
    const [first] = operands;
    if (mnemonic.text === 'int' && first !== undefined) {
      const interrupt = constantOf(lines, first.text);
      if (interrupt !== undefined) return interruptHover(lines, line, word, interrupt);
    }
    if (isPortInstruction(mnemonic.text)) {
      const names = operands.map((operand) => operand.text.replace(/^[%$(]+|\)$/g, '').toLowerCase());
      const here = operands.find(({ start, end }) => column >= start && column <= end)?.text.replace(/^\$/, '');
      const number = here === undefined ? undefined : constantOf(lines, here);
      if (number !== undefined) return portHover(word, number, '');
      if (names.includes(DX) && (word.text.toLowerCase() === DX || word.start === mnemonic.start)) {
        const port = valueAbove(lines, line, DX);
        if (port !== undefined) return portHover(word, port, ', from DX above');
      }
    }
  }
  const register = registerNamed(word.text);
  if (register !== undefined) {
    return { word, text: registerText(register), live: [liveOf(register.name)] };
  }
  return flagHover(word);
}
