/** The built-in machine behind the debug seam. Answers at once. */
import { firmwareCaller } from './firmware-caller';
import { CPU_MODELS, type CpuModel, type CpuModelId } from '../cpu/x86/models';
import { CR0, CR3, CR4, EFLAGS, FLAG, X86_REGISTERS } from '../cpu/x86/registers';
import { PAGE_SIZE } from '../memory/layout';
import type { RegisterRow } from '../memory/register-file';
import type { Typist } from '../system/typist';
import { digestMachine } from '../system/machine-state';
import { Timeline, type TimelineOptions } from '../timeline/timeline';
import type { Machine } from '../system/machine';
import { X86Code } from './code';
import { BuiltInExecution } from './execution';
import { EXCEPTION_FILTERS } from './exceptions';
import { Media, type OpenImageFile } from './media';
import { Points } from './points';
import { Screen } from './screen';
import { audible, SpeakerSound } from './speaker';
import { StepTrail } from './step-trail';
import type * as T from './target';

export interface BuiltInOptions extends TimelineOptions {
  /** Called when a task begins: whoever paces the machine calls `execution.advance` until it says that it is done. */
  readonly wake: () => void;
  /** Opens images of media that are put into drives; without it media can not be exchanged. */
  readonly openImage?: OpenImageFile;
}

const SPACES: readonly T.SpaceDescription[] = [
  { id: 'linear', title: 'linear memory', addressBits: 32 },
  { id: 'physical', title: 'physical memory', addressBits: 32 },
  { id: 'io', title: 'I/O ports', addressBits: 16 },
];

/** Bits that a register of a model has; all of them unless the model says. */
function bitsOf(row: RegisterRow, model: CpuModel): RegisterRow['bits'] {
  const newFlags = FLAG.AC | FLAG.ID;
  const masks: Readonly<Record<number, number>> = {
    [EFLAGS]: ~newFlags | (model.flagsWritable & newFlags),
    [CR0]: model.cr0Writable | model.cr0Fixed,
    [CR3]: model.cr3Writable,
  };
  const mask = masks[row.offset];
  return mask === undefined ? row.bits : row.bits?.filter(({ lsb }) => (mask & (1 << lsb)) !== 0);
}

function describe(machine: Machine): T.TargetDescription {
  const model: CpuModel = CPU_MODELS[machine.config.cpu as CpuModelId];
  const exists = (row: RegisterRow) => row.group !== 'internal' && (row.offset !== CR4 || model.cr4Writable !== 0);
  const registers = X86_REGISTERS.filter(exists).map((row): T.RegisterDescription => {
    const bits = bitsOf(row, model);
    const base = { name: row.name, width: row.width, group: row.group, writable: true, doc: row.doc };
    return {
      ...base,
      ...(row.role === undefined ? {} : { role: row.role }),
      ...(bits === undefined ? {} : { bits }),
      ...(row.partOf === undefined ? {} : { partOf: row.partOf }),
      ...(row.segment === undefined ? {} : { segment: row.segment }),
      ...(row.dwarf === undefined ? {} : { dwarf: row.dwarf }),
    };
  });
  return {
    architecture: 'x86',
    cpu: model.id,
    machine: machine.board.id,
    byteOrder: 'little',
    addressBits: 32,
    spaces: SPACES,
    codeSpace: 'linear',
    registers,
  };
}

export class BuiltInTarget implements T.DebugTarget {
  readonly description: T.TargetDescription;
  readonly timeline: Timeline;
  readonly execution: BuiltInExecution;
  readonly code: X86Code;
  readonly frames: T.FramesCapability;
  readonly media?: Media;
  private readonly points: Points;
  private readonly listeners = new Set<(event: T.TargetEvent) => void>();
  /** Output not yet told, by channel. */
  private readonly outputs = new Map<string, number[]>();
  /** Who types text, key by key, while the machine runs; polled by whoever paces the machine. */
  typist: Typist | undefined;
  private readonly screen: Screen;
  private readonly speaker = new SpeakerSound();

  constructor(
    readonly machine: Machine,
    options: BuiltInOptions,
  ) {
    this.description = describe(machine);
    this.timeline = new Timeline(machine, options);
    this.points = new Points(machine);
    if (options.openImage !== undefined) this.media = new Media(this.timeline, options.openImage);
    this.screen = new Screen(machine.board.display, machine.board.memory);
    this.code = new X86Code(machine);
    this.frames = { read: (start, limit) => this.code.read(start, limit) };
    const steps = new StepTrail();
    this.execution = new BuiltInExecution(
      { timeline: this.timeline, points: this.points, steps },
      (event) => this.tell(event),
      options.wake,
      () => this.flushOutput(),
    );
    this.timeline.listen({
      output: (channel, byte) => {
        const bytes = this.outputs.get(channel) ?? [];
        bytes.push(byte);
        this.outputs.set(channel, bytes);
      },
      note: (category, text) => this.note(category, text),
      speaker: (time, drive) => this.speaker.drive(time, drive),
    });
    this.timeline.onFork = (count) => {
      steps.forget(count);
      this.speaker.jump(machine.board.clock.now, machine.board.speakerTone);
      this.note('timeline', `The past was changed at instruction ${count}: what lay behind it is gone.`);
    };
    this.timeline.onRestart = () => {
      steps.clear();
      this.speaker.jump(machine.board.clock.now, machine.board.speakerTone);
    };
    this.timeline.onForget = (count) =>
      this.note('timeline', `Many disks were exchanged: the recorded past begins at instruction ${count} from now on.`);
  }

  private note(category: T.Note['category'], text: string): void {
    const position = this.machine.count;
    const caller = category === 'firmware' ? firmwareCaller(this.machine) : undefined;
    const pc = BigInt(this.machine.processor.cpu.core.pc);
    const note = { category, text, pc, position, ...(caller === undefined ? {} : { caller: BigInt(caller) }) };
    this.tell({ type: 'note', note });
  }

  private tell(event: T.TargetEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  listen(listener: (event: T.TargetEvent) => void): T.Disposable {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** Tells the output collected since the last time. */
  flushOutput(): void {
    for (const [channel, bytes] of this.outputs) this.tell({ type: 'output', channel, bytes: Uint8Array.from(bytes) });
    this.outputs.clear();
    const changes = this.speaker.take(this.machine.board.clock.now);
    if (changes.length > 0) this.tell({ type: 'sound', changes });
  }

  /** A change by the user, as an input. @throws Error while the machine runs. */
  private change(input: T.Input, what: Extract<T.TargetEvent, { type: 'changed' }>['what']): void {
    this.timeline.input(input);
    this.execution.moved();
    this.tell({ type: 'changed', what });
  }

  readonly registers: T.RegistersCapability = {
    read: (names) => names.map((name) => this.machine.processor.cpu.readRegister(name)),
    write: (name, value) => this.change({ type: 'register', name, value }, 'registers'),
  };

  readonly memory: T.MemoryCapability = {
    read: (space, address, length) => this.readMemory(space, address, length),
    write: (space, address, bytes) => {
      this.change({ type: 'memory', space, address, bytes: bytes.slice() }, 'memory');
      return bytes.length;
    },
    regions: (space) => this.regions(space),
    walk: (address) => {
      const linear = Number(BigInt.asUintN(32, address));
      const steps = this.machine.processor.cpu.core.space.describe(linear);
      return steps ?? ['Paging is off: linear addresses are physical ones.'];
    },
  };

  private regions(space: T.SpaceId): readonly T.MemoryRegion[] | undefined {
    const { memory, mmio, ports } = this.machine.board;
    if (space === 'linear') return undefined;
    const devices = space === 'io' ? ports : mmio;
    return [
      ...(space === 'io' ? [] : memory.listRegions()).map(({ base, length, kind, name }) => ({
        base,
        length,
        kind: kind === 'rom' ? ('rom' as const) : ('ram' as const),
        name,
      })),
      ...devices.list().map(({ base, length, name }) => ({ base, length, kind: 'device' as const, name })),
    ]
      .toSorted((a, b) => a.base - b.base)
      .map(({ base, length, kind, name }) => ({ address: BigInt(base), length: BigInt(length), kind, name }));
  }

  private readMemory(space: T.SpaceId, address: bigint, length: number): Uint8Array {
    const { memory, ports } = this.machine.board;
    if (space === 'io') {
      const start = Number(BigInt.asUintN(64, address));
      const present = Math.max(0, Math.min(length, ports.size - start));
      return Uint8Array.from({ length: present }, (_, i) => ports.peek(start + i, 1));
    }
    if (address < 0n || address > 0xffff_ffffn) return new Uint8Array(0);
    const { core } = this.machine.processor.cpu;
    const chunks: Uint8Array[] = [];
    let at = Number(address);
    let left = Math.min(length, 2 ** 32 - at);
    while (left > 0) {
      const run = Math.min(left, PAGE_SIZE - (at % PAGE_SIZE));
      const physical = space === 'physical' ? at : core.space.physical(at);
      if (physical === undefined) break;
      if (!memory.isMemory(physical) && !memory.devices.answers(physical)) break;
      chunks.push(memory.readBytes(physical, run));
      at += run;
      left -= run;
    }
    const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  readonly breakpoints: T.BreakpointsCapability = {
    set: (client, requests) => this.points.setBreakpoints(client, requests),
  };

  readonly watchpoints: T.WatchpointsCapability = {
    set: (client, requests) => this.points.watchpoints.set(client, requests),
  };

  readonly exceptions: T.ExceptionsCapability = {
    filters: EXCEPTION_FILTERS,
    set: (client, requests) => this.points.exceptions.set(client, requests),
  };

  get reverse(): T.ReverseCapability {
    return { range: { first: this.timeline.first, last: this.timeline.head }, bytes: this.timeline.snapshots.bytes };
  }

  readonly devices: T.DevicesCapability = {
    read: () =>
      this.machine.board.chips.map((chip) => ({
        id: chip.id,
        model: chip.model,
        notes: [...chip.notes(), ...this.machine.board.forecast(chip)],
        registers: chip.view().map((register) => ({
          name: register.name,
          width: register.width,
          value: register.value,
          doc: register.doc,
          writable: register.writable,
          fields: register.fields.map(({ field, value }) => {
            const meaning = field.values?.[value];
            return {
              name: field.name,
              lsb: field.lsb,
              width: field.width ?? 1,
              value,
              ...(meaning === undefined ? {} : { meaning }),
              ...(field.doc === undefined ? {} : { doc: field.doc }),
            };
          }),
        })),
      })),
    write: (chip, register, value) => this.change({ type: 'chip', chip, register, value }, 'devices'),
  };

  readonly display: T.DisplayCapability = {
    frame: (since) => this.screen.frame(since),
    text: () => this.machine.board.display.text(),
    mode: () => this.machine.board.display.mode,
  };

  readonly sound: T.SoundCapability = {
    tone: () => {
      // In the past nothing is told: there the timer alone says what is heard.
      return this.timeline.atHead ? this.speaker.told : audible(this.machine.board.speakerTone);
    },
  };

  get input(): T.InputCapability {
    return {
      ports: this.machine.board.serialPorts,
      pointing: this.machine.board.pointing,
      send: (input) => this.timeline.input(input),
      type: (text) => {
        if (this.typist === undefined) throw new Error('Nobody types for this machine.');
        this.typist.type(text);
      },
    };
  }

  time(): number {
    return this.machine.board.clock.now;
  }

  digest(): string {
    return digestMachine(this.machine);
  }
}
