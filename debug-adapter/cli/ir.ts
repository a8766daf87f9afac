/** `stepback ir`: a block of guest code as bytes, instructions, IR and wasm; with --compiled the region that begins there. */
import type { Command } from 'commander';
import { BuiltInTarget } from '../../emulator/debug/built-in';
import type { IrBlock } from '../../emulator/ir/block';
import { printBlock, printOp, type RegisterNames } from '../../emulator/ir/text';
import { encodeBlock } from '../../emulator/engine/bytecode';
import { opWasmText } from '../../emulator/engine/wasm-text';
import { X86_REGISTERS } from '../../emulator/cpu/x86/registers';
import { prepareImage } from '../../emulator/system/launch';
import type { Machine } from '../../emulator/system/machine';
import { X86_INTERPRETER } from '../../emulator/system/processor';
import { buildMachine, openImages } from '../host/machine';
import type { OptionName } from '../protocol/options';
import { parseAddress } from '../protocol/option-values';
import type { Syntax } from '../session/instruction-text';
import { Console } from './channels';
import { asked, UsageError } from './exit-codes';
import { addImage, addOptions, readOptions } from './options';
import { InstructionLines } from './instruction-lines';
import { regionLines, warmUp } from './ir-region';
import { hex, readCount, syntaxOption } from './values';

const OPTIONS: readonly OptionName[] = ['machine', 'cpu', 'memory', 'floppy', 'disk', 'org'];
/** A guest that has not come to the address after so many instructions is not waited for any longer. */
const PATIENCE = 100_000_000;
/** Instructions after which a loop has run to and fro, and the memory that the way back may take. */
const WARM_UP = 1_000_000;
const HISTORY = 64 * 2 ** 20;

const EXAMPLES = `
The guest is run to the address first, so that the block is shown as the CPU executes it there. With --now it is not run
further than to its first instruction, and the address is taken as code of the mode that the CPU is in then.

With --compiled the region that begins at the address is shown as it would be compiled: blocks that control has led to
directly while the guest ran on for --warm-up instructions. Its nodes are shown with the IR that they are built of and, where
it differs, with what the passes leave of it; behind them the wasm function.

Examples:
  stepback ir boot.img 0x7c00
  stepback ir boot.img 0000:7c1e --cpu 8086
  stepback ir kernel.elf 0x100000 --now
  stepback ir kernel.elf 0x100400 --compiled`;

interface Given {
  readonly now?: boolean;
  readonly compiled?: boolean;
  readonly warmUp: number;
  readonly patience: number;
  readonly syntax: Syntax;
}

export function defineIr(command: Command): void {
  addOptions(addImage(command, true).argument('<ADDRESS>', 'Linear (0x7c00) or segment:offset (0000:7c00).'), OPTIONS)
    .option('--now', 'Does not run the guest to the address.')
    .option('--patience <N>', 'Instructions that the guest may take to come there.', readCount, PATIENCE)
    .option('--compiled', 'Shows the compiled region that begins at the address.')
    .option('--warm-up <N>', 'Instructions that the guest runs before a region is chosen.', readCount, WARM_UP)
    .addOption(syntaxOption())
    .addHelpText('after', EXAMPLES)
    .action(async (image: string, address: string, raw: Record<string, unknown> & Given) => {
      const { now = false, compiled = false, warmUp: warm, patience, syntax, ...rest } = raw;
      await showBlock({ image, address, rest }, { now, compiled, warmUp: warm, patience, syntax });
    });
}

async function showBlock(
  { image, address, rest }: { image: string; address: string; rest: Readonly<Record<string, unknown>> },
  given: Given,
): Promise<void> {
  const options = readOptions(image, rest);
  const linear = readPlace(address);
  const images = asked(() => openImages(options));
  try {
    const machine = asked(() => buildMachine(options, images.plan));
    const { entry } = asked(() => prepareImage(machine, images.plan));
    if (entry !== undefined) runTo(machine, entry, given.patience);
    if (given.now !== true) runTo(machine, linear, given.patience);
    const historyBytes = given.compiled === true ? HISTORY : 0;
    const target = new BuiltInTarget(machine, { historyBytes, wake: () => undefined });
    if (given.compiled === true) warmUp(target, given.warmUp);
    const lines = new InstructionLines(target, given.syntax);
    await lines.load();
    const console = new Console();
    const shown =
      given.compiled === true
        ? regionLines(target, lines, linear, REGISTER_NAMES)
        : describe(machine, target, lines, linear);
    for (const line of shown) console.line(line);
    await console.drain();
  } finally {
    images.close();
  }
}

/** `0x7c00`, `7c00h`, `0000:7c00` as a linear address. @throws UsageError */
function readPlace(text: string): number {
  const pair = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(text);
  const value =
    pair === null ? parseAddress(text) : Number.parseInt(pair[1] ?? '', 16) * 16 + Number.parseInt(pair[2] ?? '', 16);
  if (value === undefined || value > 0xffffffff) {
    throw new UsageError(`${text} is no address: expected one such as 0x7c00 or 0000:7c00.`);
  }
  return value;
}

/** @throws UsageError when the guest does not come there */
function runTo(machine: Machine, address: number, patience: number): void {
  const { processor } = machine;
  const { cpu } = processor;
  if (cpu.core.pc === address) return;
  processor.setBreakpoints(new Set([address]));
  const stop = machine.run({ count: machine.count + patience, time: Infinity, breakpoints: true }, false);
  processor.setBreakpoints(new Set());
  if (stop.kind === 'breakpoint') return;
  const why =
    stop.kind === 'dead' ? stop.reason : `it is still at ${hex(cpu.core.pc)}h after ${patience} instructions.`;
  throw new UsageError(`The guest does not come to ${hex(address)}h: ${why} With --now it is not waited for.`);
}

const NAMES = new Map(X86_REGISTERS.filter((row) => row.partOf === undefined).map((row) => [row.offset, row.name]));
const REGISTER_NAMES: RegisterNames = {
  name: (offset) => NAMES.get(offset),
  offset: (name) => X86_REGISTERS.find((row) => row.name === name)?.offset,
};

function describe(machine: Machine, target: BuiltInTarget, lines: InstructionLines, linear: number): readonly string[] {
  const { cpu, blocks } = machine.processor;
  const base = Number(cpu.readRegister('CS.base'));
  const translated = cpu.translate((linear - base) >>> 0, blocks.openAt((linear - base) >>> 0));
  const { block } = translated;
  const mode = target.code.mode().title;
  return [
    `; block at ${target.code.format(BigInt(linear))}, ${mode}, ${machine.config.cpu}: ${translated.instructions} instructions, ${block.ops.length} ops`,
    '',
    '; instructions',
    ...translated.addresses.map((address) => lines.lineAt(BigInt(address))),
    '',
    '; IR',
    printBlock(block, REGISTER_NAMES),
    '',
    '; wasm, by op as it is encoded',
    ...wasmLines(block),
  ];
}

function wasmLines(block: IrBlock): readonly string[] {
  return encodeBlock(block).ops.flatMap((op) => [
    `  ;; ${printOp(op, REGISTER_NAMES)}`,
    ...opWasmText(op, X86_INTERPRETER)
      .split('\n')
      .map((line) => `    ${line}`),
  ]);
}
