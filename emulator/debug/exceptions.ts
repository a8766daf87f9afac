/** What runs stop at besides breakpoints and watchpoints: CPU exceptions, unmodelled accesses, firmware calls, zeros. */
import { type CpuFault, EXCEPTIONS, exceptionInfo } from '../cpu/x86/fault';
import { EAX } from '../cpu/x86/registers';
import { CATCH_NOTHING, type Machine, type MachineStop, ZEROS_EVENT } from '../system/machine';
import type { Direction, ExceptionFilter, ExceptionHit, ExceptionRequest, Stop } from './target';

/** Ids of the filters that are no single CPU exception. */
export const FILTER = {
  CPU: 'cpu',
  UNMODELLED: 'unmodelled',
  FIRMWARE: 'firmware',
  TRIPLE_FAULT: 'triple-fault',
  ZEROS: ZEROS_EVENT,
} as const;

/** The machine tells it in a sentence, which is no title. */
const ZEROS_TITLE = 'code of zeros';

const cpuFilter = (vector: number) => `cpu.${vector}`;

const EXPRESSION = 'An expression, such as ax == 5 && cs == 0';

export const EXCEPTION_FILTERS: readonly ExceptionFilter[] = [
  {
    id: FILTER.TRIPLE_FAULT,
    label: 'Triple fault and other dead ends',
    description: 'Always stops: a triple fault, HLT with interrupts off, something that is not emulated.',
    default: true,
  },
  {
    id: FILTER.ZEROS,
    label: 'Code of zeros',
    description: 'Stops where the CPU is about to execute nothing but zeros: most likely nothing was loaded there.',
    default: true,
  },
  {
    id: FILTER.CPU,
    label: 'CPU exception',
    description: 'Stops at the instruction, before the handler is entered. A condition says which exceptions.',
    default: false,
    condition: '13, #GP, #GP(0018), 0-7, or an expression with vector and error; both: #PF if error & 2',
  },
  ...EXCEPTIONS.map((row) => ({
    id: cpuFilter(row.vector),
    label: `${row.mnemonic} ${row.title}`,
    description: `Exception ${row.vector}: stops at the instruction, before its handler is entered.`,
    default: false,
    condition: `${EXPRESSION}${row.hasErrorCode ? ', error == 0x18' : ''}`,
  })),
  {
    id: FILTER.UNMODELLED,
    label: 'Unmodelled access',
    description: 'Stops behind an instruction that reads or writes a port or an address where no device is.',
    default: false,
    condition: '3e8h, 100h-1ffh, or an expression with address and value; both: 100h-1ffh if value != 0ffh',
  },
  {
    id: FILTER.FIRMWARE,
    label: 'Firmware call',
    description: 'Stops where a service of the built-in firmware is entered. A condition says which.',
    default: false,
    condition: '13h, 13h/02, 10h-13h, or an expression such as ah == 2; both: 13h if dl == 0x80',
  },
];

/** Questions that programs ask over and over: they stop a run only where they are named. Interrupt and AH. */
const POLLS: readonly (readonly [interrupt: number, service: number])[] = [
  [0x16, 0x01],
  [0x16, 0x11],
  [0x1a, 0x00],
];

export class Exceptions {
  private readonly requests = new Map<string, readonly ExceptionRequest[]>();
  /** While it is true nothing is caught: a search for something else is on. */
  private asleep = false;

  /** @param arm called when the addresses of `firmwareAddresses` have changed */
  constructor(
    private readonly machine: Machine,
    private readonly arm: () => void,
  ) {}

  /** @throws Error for an unknown filter. */
  set(client: string, requests: readonly ExceptionRequest[]): void {
    const unknown = requests.find(({ id }) => !EXCEPTION_FILTERS.some((filter) => filter.id === id));
    if (unknown !== undefined) throw new Error(`There is no exception filter '${unknown.id}'.`);
    this.requests.set(client, requests);
    this.tellMachine();
  }

  sleep(asleep: boolean): void {
    this.asleep = asleep;
    this.tellMachine();
  }

  private tellMachine(): void {
    const ids = new Set([...this.requests.values()].flat().map(({ id }) => id));
    const vectors = EXCEPTIONS.map((row) => row.vector);
    this.machine.catches = this.asleep
      ? CATCH_NOTHING
      : {
          vectors: new Set(ids.has(FILTER.CPU) ? vectors : vectors.filter((vector) => ids.has(cpuFilter(vector)))),
          unmodelled: ids.has(FILTER.UNMODELLED),
          zeros: ids.has(FILTER.ZEROS),
        };
    this.arm();
  }

  /** Whether any client's request for one of the filters holds. */
  private holds(filters: readonly string[], direction: Direction, hit: ExceptionHit): boolean {
    for (const requests of this.requests.values()) {
      for (const { id, when } of requests) {
        if (filters.includes(id) && (when === undefined || when(direction, hit))) return true;
      }
    }
    return false;
  }

  /** What a fault that the machine has caught is to a person; nothing when no request for it holds. */
  fault(fault: CpuFault, direction: Direction): NonNullable<Stop['exception']> | undefined {
    const { vector, error, reason } = fault;
    const id = cpuFilter(vector);
    if (!this.holds([FILTER.CPU, id], direction, { vector, error })) return undefined;
    const info = exceptionInfo(vector);
    const name = info === undefined ? `Exception ${vector}` : `${info.mnemonic} ${info.title}`;
    const pushed = info?.hasErrorCode === true && this.machine.processor.cpu.core.protectedMode;
    const title = pushed ? `${name}, error code ${hex(error, 4)}h` : name;
    return { id, title, detail: reason === '' ? title : `${title}: ${reason}.` };
  }

  /** The same for an event that the machine tells by its filter's id. */
  event(
    event: Extract<MachineStop, { kind: 'event' }>,
    direction: Direction,
  ): NonNullable<Stop['exception']> | undefined {
    const { id, text, access } = event;
    const hit = access === undefined ? {} : { address: access.address, value: access.value };
    if (!this.holds([id], direction, hit)) return undefined;
    return { id, title: id === FILTER.ZEROS ? ZEROS_TITLE : text, detail: text };
  }

  /** Where firmware calls begin that a run is to stop at. */
  get firmwareAddresses(): readonly number[] {
    const wanted = [...this.requests.values()].flat().some(({ id }) => id === FILTER.FIRMWARE);
    return wanted && !this.asleep ? this.machine.board.services.map(({ address }) => address) : [];
  }

  /** The same as `fault` for a firmware call that begins at the present address. */
  firmware(address: number, direction: Direction): NonNullable<Stop['exception']> | undefined {
    const called = this.machine.board.services.find((one) => one.address === address);
    if (called === undefined) return undefined;
    const { interrupt } = called;
    const ax = this.machine.processor.cpu.core.get16(EAX);
    const service = ax >>> 8;
    const poll = POLLS.some(([i, ah]) => i === interrupt && ah === service);
    const hit: ExceptionHit = { interrupt, service };
    const asked = [...this.requests.values()].flat().some(({ id, when }) => {
      if (id !== FILTER.FIRMWARE) return false;
      return when === undefined ? !poll : when(direction, hit);
    });
    if (!asked) return undefined;
    const { name, text } = called.called(ax);
    return { id: FILTER.FIRMWARE, title: name, detail: `The firmware is called: ${text}.` };
  }
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
