/** The digest sees every part of a machine: each is changed in turn, and each change must show. */
import { strict as assert } from 'node:assert';
import { SHADOW } from '../../../emulator/cpu/x86/core';
import { EFLAGS, X86_REGISTERS } from '../../../emulator/cpu/x86/registers';
import { RUN_REPEATING } from '../../../emulator/memory/layout';
import type { Field, SavedValue } from '../../../emulator/state/fields';
import { digestMachine, overlaysOf } from '../../../emulator/system/machine-state';
import { exampleMachine } from '../../support/machines';

const machine = exampleMachine();
const { board, processor } = machine;
const { core } = processor.cpu;
machine.run({ count: 3_000_000, time: Infinity, breakpoints: false }, false);

/** Another value that the field can have. */
function another(field: Field, value: SavedValue): SavedValue {
  switch (field.kind) {
    case 'bool':
      return value !== true;
    case 'uint':
      return value === 0 ? 1 : 0;
    case 'int':
      return value === 12_345 ? 54_321 : 12_345;
    case 'bytes':
      return (value as Uint8Array).map((byte, n) => (n === field.length - 1 ? byte ^ 1 : byte));
    case 'ints':
      return (value as readonly number[]).map((number, n) => (n === field.length - 1 ? number + 1 : number));
    case 'list':
      return (value as readonly number[]).length > 0 ? [] : [1];
  }
}

/** Changes something, looks at the digest, puts it back. */
function seen(change: () => () => void): void {
  const before = digestMachine(machine);
  const undo = change();
  assert.notEqual(digestMachine(machine), before, 'the change does not show');
  undo();
  assert.equal(digestMachine(machine), before, 'undone, it is as before');
}

describe('the digest sees', () => {
  for (const row of X86_REGISTERS) {
    // Parts of registers, and the slots in which flags wait to be put together, are seen through their register.
    if (row.partOf !== undefined || row.group === 'internal') continue;
    it(`register ${row.name}`, () => {
      seen(() => {
        if (row.offset === EFLAGS) {
          const flags = core.getFlags();
          core.setFlags(flags ^ 1);
          return () => core.setFlags(flags);
        }
        const value = core.registers.get(row);
        core.registers.set(row, value ^ 1n);
        return () => core.registers.set(row, value);
      });
    });
  }

  it('a repeated instruction under way', () => {
    seen(() => {
      const value = core.get(RUN_REPEATING);
      core.set(RUN_REPEATING, value ^ 1);
      return () => core.set(RUN_REPEATING, value);
    });
  });

  it('an interrupt shadow', () => {
    seen(() => {
      const { shadow } = core;
      core.shadow = shadow === SHADOW.NONE ? SHADOW.INTERRUPTS : SHADOW.NONE;
      return () => {
        core.shadow = shadow;
      };
    });
  });

  for (const chip of board.chips) {
    for (const [name, field] of Object.entries(chip.stateFields)) {
      it(`${chip.id}.${name}`, () => {
        seen(() => {
          const saved = chip.save();
          const timers = board.scheduler.save();
          chip.load({ ...saved, [name]: another(field, saved[name]) });
          return () => {
            chip.load(saved);
            board.scheduler.load(timers);
          };
        });
      });
    }
  }

  for (const { id } of board.scheduler.list()) {
    it(`timer ${id}`, () => {
      seen(() => {
        const saved = board.scheduler.save();
        board.scheduler.load({ ...saved, [id]: 1e15 });
        return () => board.scheduler.load(saved);
      });
    });
  }

  for (const region of board.memory.listRegions()) {
    for (const [where, offset] of [
      ['first', 0],
      ['last', region.length - 1],
    ] as const) {
      it(`the ${where} byte of ${region.name}`, () => {
        seen(() => {
          const address = region.base + offset;
          const byte = board.memory.peek(address, 1);
          board.memory.load(address, Uint8Array.of(byte ^ 0x80));
          return () => board.memory.load(address, Uint8Array.of(byte));
        });
      });
    }
  }

  for (const [index, overlay] of overlaysOf(board).entries()) {
    for (const offset of [0, overlay.length - 1]) {
      it(`byte ${offset} of medium ${index}`, () => {
        seen(() => {
          const state = overlay.save();
          overlay.write(offset, Uint8Array.of((overlay.read(offset, 1)[0] ?? 0) ^ 1));
          return () => overlay.load(state);
        });
      });
    }
  }

  it('the clock and the machine itself', () => {
    seen(() => {
      const saved = board.clock.save();
      board.clock.advance(1);
      return () => board.clock.load(saved);
    });
    for (const [name, value] of Object.entries(machine.saveFields())) {
      seen(() => {
        const saved = machine.saveFields();
        machine.loadFields({ ...saved, [name]: value !== true });
        return () => machine.loadFields(saved);
      });
    }
  });
});
