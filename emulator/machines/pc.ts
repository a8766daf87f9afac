/**
 * The board `pc`: an IBM PC/AT-like machine with built-in firmware. Addresses, ports and interrupt lines: IBM Personal
 * Computer AT Technical Reference (1984); VGA: IBM PS/2 Hardware Interface Technical Reference.
 */
import { AddressSpace, type BusDevice } from '../bus/address-space';
import type { AnyChip } from '../bus/chip';
import { DmaPageRegisters } from '../devices/dma/page-registers';
import { I8237 } from '../devices/dma/i8237';
import { Vga, VGA_PORTS } from '../devices/display/vga';
import { VGA_MEMORY_BYTES, VGA_WINDOW } from '../devices/display/vga-memory';
import { I8042 } from '../devices/input/i8042';
import { Ps2Keyboard } from '../devices/input/ps2-keyboard';
import { type MouseMovement, Ps2Mouse } from '../devices/input/ps2-mouse';
import { I8259 } from '../devices/interrupt/i8259';
import { Mc146818 } from '../devices/rtc/mc146818';
import { Uart16550 } from '../devices/serial/uart16550';
import { A20Gate } from '../devices/system/a20-gate';
import { DebugConsole } from '../devices/system/debug-console';
import { DebugExit } from '../devices/system/debug-exit';
import { Port61 } from '../devices/system/port-61';
import { Port92 } from '../devices/system/port-92';
import { PostPort } from '../devices/system/post-port';
import { I8254 } from '../devices/timer/i8254';
import { ROM_PLACES } from '../firmware/pc-bios/layout';
import { MemoryMap } from '../firmware/pc-bios/memory-map';
import { PcBios } from '../firmware/pc-bios/pc-bios';
import { calledName, withTitle } from '../firmware/pc-bios/service-names';
import { trapName } from '../firmware/pc-bios/traps';
import { FONT_CP437_8X16 } from '../generated/font-cp437';
import { ChipMemory } from '../memory/chip-memory';
import { GuestMemory, type Region } from '../memory/guest-memory';
import { ImageDevice } from '../storage/image-device';
import { diskGeometry } from '../storage/disk-geometry';
import { FloppyDisk } from '../storage/floppy-disk';
import { FloppyDrives } from '../storage/floppy-drives';
import { Overlay } from '../storage/overlay';
import { Clock } from '../time/clock';
import { Scheduler } from '../time/scheduler';
import { controllerForecast, type Rise, riseText } from './irq-forecast';
import type { Board, BoardCpu, BoardEvents, BoardHandover, BoardPlan, FirmwareService } from './board';

const CONVENTIONAL_END = 0xa_0000;
const ROM_BASE = 0xf_0000;
const ROM_LENGTH = 0x1_0000;
const EXTENDED_BASE = 0x10_0000;
/** Where the ROM appears again for the reset vector of a 286 (24 address lines) and of a 386. */
const ROM_ALIASES = [0xff_0000, 0xffff_0000] as const;
/** Offset 0 of the VGA's ports. */
const VGA_BASE = 0x3b0;
const A20_LINE = 0x10_0000;
/** Bit of port 92h that opens the A20 gate. */
const FAST_A20 = 2;

/** UARTs: id, base port, interrupt line. */
const SERIAL = [
  { id: 'com1', port: 0x3f8, irq: 4 },
  { id: 'com2', port: 0x2f8, irq: 3 },
  { id: 'com3', port: 0x3e8, irq: 4 },
  { id: 'com4', port: 0x2e8, irq: 3 },
] as const;

/** Keys that ask the firmware for its boot menu, by their DOM codes. */
const MENU_KEYS = ['F12', 'Escape'] as const;

/** What tells that a typed key was taken: 8042 status bit 0, INT 09h, and the BIOS data area's queue. */
const OUTPUT_FULL = 1;
const KEYBOARD_VECTOR = 9;
const ROM_SEGMENT = 0xf000;
const BUFFER_HEAD = 0x41a;
const BUFFER_TAIL = 0x41c;

const SMALLEST_MEMORY = 64 * 1024;
const PAGE = 4096;

export class PcBoard implements Board {
  readonly id = 'pc';
  readonly title = 'PC/AT with built-in firmware';
  readonly clock = new Clock();
  readonly scheduler = new Scheduler();
  readonly memory: GuestMemory;
  readonly ports = new AddressSpace('I/O ports', 0x1_0000);
  readonly mmio = new AddressSpace('memory', 2 ** 32);
  readonly chips: readonly AnyChip[];
  readonly floppies: FloppyDrives;
  readonly disks: readonly ImageDevice[];
  readonly serialPorts: readonly string[] = SERIAL.map((row) => row.id);
  readonly display: Vga;
  readonly handover: BoardHandover;
  private readonly master: I8259;
  private readonly slave: I8259;
  private readonly pit: I8254;
  private readonly port61: Port61;
  private readonly rtc: Mc146818;
  private readonly keyboard: Ps2Keyboard;
  private readonly pointer: Ps2Mouse;
  private readonly kbc: I8042;
  private readonly a20: A20Gate;
  private readonly uarts: readonly Uart16550[];
  private readonly roms: readonly Region[];
  private readonly memoryBytes: number;
  private events: BoardEvents | undefined;
  private bios: PcBios | undefined;

  /** @throws Error when an image or the memory size can't be used; RangeError when there is not enough host memory. */
  constructor(private readonly config: BoardPlan) {
    if (config.memoryBytes < SMALLEST_MEMORY || config.memoryBytes % PAGE !== 0) {
      throw new Error(
        `A PC has at least 64 KiB of memory, in steps of 4 KiB; ${config.memoryBytes} bytes were asked for.`,
      );
    }
    // What the CPU's address lines do not reach is not fitted; the ROM has the top of what they reach.
    const memoryBytes = Math.min(config.memoryBytes, config.addressLines + 1 - ROM_LENGTH);
    this.memoryBytes = memoryBytes;
    const aliases = ROM_ALIASES.filter((base) => memoryBytes <= base);
    const conventional = Math.min(memoryBytes, CONVENTIONAL_END);
    const extended = Math.max(0, memoryBytes - EXTENDED_BASE);
    // RAM lies one to one; where it goes beyond the hole between its parts, so does video memory, as mode 13h shows it.
    const ram = extended > 0 ? EXTENDED_BASE + extended : conventional;
    const videoBytes = VGA_WINDOW.base + VGA_MEMORY_BYTES <= ram ? 0 : VGA_MEMORY_BYTES;
    this.memory = new GuestMemory(ram + videoBytes + ROM_LENGTH * (1 + aliases.length), this.mmio, ram);
    this.memory.addRegion('RAM', 'ram', 0, conventional);
    const videoRam = new ChipMemory(this.memory, 'video RAM', VGA_MEMORY_BYTES, VGA_WINDOW.base);
    this.roms = [ROM_BASE, ...aliases].map((base, n) =>
      this.memory.addRegion(n === 0 ? 'ROM' : `ROM alias ${n}`, 'rom', base, ROM_LENGTH),
    );
    if (extended > 0) this.memory.addRegion('extended RAM', 'ram', EXTENDED_BASE, extended);

    const { clock, scheduler } = this;
    this.slave = new I8259('pic2');
    this.master = new I8259('pic1', { cascade: (id) => this.slave.acknowledgeAs(id) });
    this.slave.int.connect((level) => this.master.setLine(2, level));
    this.master.int.connect(() => this.events?.interruptChanged());
    const irq = (n: number) => (level: boolean) =>
      n < 8 ? this.master.setLine(n, level) : this.slave.setLine(n - 8, level);
    this.pit = new I8254('pit', clock, scheduler);
    const [out0] = this.pit.out;
    out0?.connect(irq(0));
    const port61 = new Port61('port61', clock, {
      timer2: () => this.pit.level(2),
      timer2Until: () => this.pit.nextChange(2),
    });
    port61.gate2.connect((level) => this.pit.setGate(2, level));
    port61.speaker.connect((level) => this.driveSpeaker(level));
    this.pit.programmed.connect((counter) => {
      if (counter === 2) this.driveSpeaker(false);
    });
    this.port61 = port61;
    const rtc = new Mc146818('rtc', clock, scheduler, { epochSeconds: config.rtcEpochSeconds });
    this.rtc = rtc;
    rtc.irq.connect(irq(8));
    const kbc = new I8042('kbc', clock, scheduler);
    this.kbc = kbc;
    this.keyboard = new Ps2Keyboard('keyboard', clock, scheduler);
    kbc.keyboardIrq.connect(irq(1));
    kbc.auxIrq.connect(irq(12));
    kbc.keyboardData.connect((byte) => this.keyboard.receive(byte));
    kbc.keyboardClock.connect((free) => this.keyboard.setClock(free));
    this.keyboard.data.connect((byte) => kbc.receiveKeyboard(byte));
    this.pointer = new Ps2Mouse('mouse', clock, scheduler);
    kbc.auxData.connect((byte) => this.pointer.receive(byte));
    kbc.auxClock.connect((free) => this.pointer.setClock(free));
    this.pointer.data.connect((byte) => kbc.receiveAux(byte));
    this.a20 = new A20Gate('a20');
    const port92 = new Port92('port92');
    kbc.a20.connect((level) => this.a20.setKeyboard(level));
    port92.a20.connect((level) => this.a20.setFast(level));
    this.a20.out.connect(() => this.events?.addressMaskChanged());
    for (const wire of [kbc.cpuReset, port92.cpuReset]) {
      wire.connect((level) => {
        if (level) this.events?.resetCpu();
      });
    }
    this.uarts = SERIAL.map((row) => {
      const uart = new Uart16550(row.id, clock, scheduler);
      // Two ports share a line: it is high while either of them asks.
      uart.irq.connect(() =>
        irq(row.irq)(SERIAL.some((other, n) => other.irq === row.irq && this.uarts[n]?.state.irq)),
      );
      uart.out.connect((byte) => this.events?.output(row.id, byte));
      return uart;
    });
    this.display = new Vga('vga', clock, scheduler, videoRam);
    this.display.irq.connect(irq(9));
    this.mmio.map('vga', VGA_WINDOW.base, VGA_WINDOW.length, this.display.memory, { width: 4 });
    const debugConsole = new DebugConsole('debugcon');
    debugConsole.out.connect((byte) => this.events?.output('debugcon', byte));
    const debugExit = new DebugExit('debug-exit', { onExit: (code) => this.events?.exit(code) });
    const post = new PostPort('post');
    const dma1 = new I8237('dma1');
    const dma2 = new I8237('dma2', { stride: 2 });
    const pages = new DmaPageRegisters('dma-pages');

    const ports: readonly (readonly [chip: AnyChip & BusDevice, base: number, length: number, offset?: number])[] = [
      [dma1, 0x00, 16],
      [this.master, 0x20, 2],
      [this.pit, 0x40, 4],
      [kbc, 0x60, 1],
      [port61, 0x61, 1],
      [kbc, 0x64, 1, 1],
      [rtc, 0x70, 2],
      [post, 0x80, 1],
      [pages, 0x81, 15, 1],
      [port92, 0x92, 1],
      [this.slave, 0xa0, 2],
      [dma2, 0xc0, 32],
      [debugConsole, 0xe9, 1],
      [debugExit, 0xf4, 1],
      ...SERIAL.map((row, n) => [this.uarts[n], row.port, 8] as const),
      ...VGA_PORTS.map((range) => [this.display, VGA_BASE + range.offset, range.length, range.offset] as const),
    ];
    for (const [chip, base, length, offset] of ports)
      this.ports.map(chip.id, base, length, chip, { offset: offset ?? 0 });

    this.chips = [
      this.master,
      this.slave,
      this.pit,
      rtc,
      kbc,
      this.keyboard,
      this.pointer,
      ...this.uarts,
      this.display,
      dma1,
      dma2,
      pages,
      port61,
      port92,
      this.a20,
      post,
      debugConsole,
      debugExit,
    ];

    this.handover = {
      bootEntry: ROM_BASE + ROM_PLACES.boot,
      ranges: new MemoryMap(memoryBytes).ranges(),
      openAddressLines: () => port92.write(0, 1, FAST_A20),
    };

    this.floppies = new FloppyDrives(
      config.floppies.map((image) => new FloppyDisk(image.name ?? 'floppy disk', image)),
    );
    this.disks = config.disks.map((source) => new ImageDevice(new Overlay(source), diskGeometry(source)));
  }

  isFirmware(physical: number): boolean {
    return this.roms.some((rom) => physical >= rom.base && physical - rom.base < rom.length);
  }

  connect(cpu: BoardCpu, events: BoardEvents): void {
    this.events = events;
    this.bios = new PcBios(
      {
        registers: cpu.registers,
        loadSegment: (name, selector) => cpu.loadSegment(name, selector),
        memory: this.memory,
        ports: this.ports,
        floppies: this.floppies.drives,
        disks: this.disks,
        memoryBytes: this.memoryBytes,
        bootOrder: this.config.bootOrder,
        bootMenu: this.config.bootMenu ?? false,
        menuKey: () => MENU_KEYS.some((code) => this.keyboard.pending(code)),
        serialPorts: SERIAL.map((row) => row.port),
        bootEntered: () => cpu.forgetCalls(),
        dead: (reason) => events.dead(reason),
        onCall: (call) =>
          events.firmwareCall(
            () => `${withTitle(call.name)} ${call.inputs} -> ${call.results}`.replace(/ {2,}/g, ' '),
            call.poll,
          ),
      },
      { font8x16: Uint8Array.from(FONT_CP437_8X16) },
    );
    for (const rom of this.roms) this.memory.load(rom.base, this.bios.rom);
  }

  powerOn(): void {
    for (const chip of this.chips) chip.reset();
  }

  get interruptLine(): boolean {
    return this.master.state.int;
  }

  get addressMask(): number {
    return this.a20.open ? 0xffffffff : ~A20_LINE >>> 0;
  }

  acknowledge(): number {
    return this.master.acknowledge();
  }

  trap(number: number): void {
    if (this.bios === undefined) throw new Error('The board is not connected to a CPU.');
    this.bios.trap(number);
  }

  get services(): readonly FirmwareService[] {
    const { services } = this.bios ?? { services: [] };
    return services.map(({ interrupt, offset }) => ({
      interrupt,
      address: ROM_BASE + offset,
      called(ax) {
        const name = calledName(interrupt, ax);
        return { name, text: withTitle(name) };
      },
    }));
  }

  trapName(number: number): string {
    return trapName(number);
  }

  key(code: string, pressed: boolean): void {
    this.keyboard.key(code, pressed);
  }

  get pointing(): boolean {
    return this.pointer.state.reporting;
  }

  mouse(movement: MouseMovement): void {
    this.pointer.move(movement);
  }

  get keyboardIdle(): boolean {
    if (this.keyboard.waiting > 0 || (this.kbc.status & OUTPUT_FULL) !== 0 || !this.keyboard.state.enabled)
      return false;
    const handler = this.memory.peek(KEYBOARD_VECTOR * 4 + 2, 2);
    if (handler !== ROM_SEGMENT) return (this.master.state.imr & 2) === 0;
    // The firmware's handler queues keys: the queue must have been emptied by the guest.
    return this.memory.peek(BUFFER_HEAD, 2) === this.memory.peek(BUFFER_TAIL, 2);
  }

  forecast(chip: AnyChip): readonly string[] {
    const { master, slave } = this;
    const timer: Rise = { irq: 0, inNs: this.pit.untilRise(0) };
    const clock: Rise = { irq: 8, inNs: this.rtc.untilInterrupt };
    const controller = [master, slave].find((one) => one === chip);
    if (controller !== undefined) return controllerForecast(controller, [timer, clock], master, slave);
    const own = chip === this.pit ? timer : chip === this.rtc ? clock : undefined;
    return own === undefined || own.inNs === Infinity ? [] : [riseText(own, master, slave)];
  }

  get speakerTone(): number {
    return this.port61.speakerOn ? this.pit.frequency(2) : 0;
  }

  /** Port 61h or timer 2 has changed; `rises`: the program has just let timer 2's level through. */
  private driveSpeaker(rises: boolean): void {
    const hertz = this.speakerTone;
    if (hertz === 0 && rises && this.pit.level(2)) this.events?.speaker({ kind: 'push' });
    else this.events?.speaker({ kind: 'tone', hertz });
  }

  private uart(port: string): Uart16550 {
    const uart = this.uarts.find((chip) => chip.id === port);
    if (uart === undefined) throw new Error(`There is no serial port '${port}'.`);
    return uart;
  }

  serialIn(port: string, byte: number): void {
    this.uart(port).receive(byte);
  }

  serialUnsent(port: string): readonly number[] {
    return this.uart(port).unsent;
  }
}
