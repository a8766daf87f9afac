/** Typing: a key when the guest has taken the one before, not faster than a person, also when virtual time is put back. */
import { strict as assert } from 'node:assert';
import { Typist } from '../../../emulator/system/typist';
import { bareMachine } from '../../support/machines';

describe('typist', () => {
  it('types no faster than a person, and at once where the machine went back in time', () => {
    const machine = bareMachine();
    const { clock } = machine.board;
    const typed: string[] = [];
    const typist = new Typist(machine, (input) => void typed.push(input.type === 'key' ? input.code : input.type));
    typist.type('ab');
    const at = (time: number): number => {
      Object.defineProperty(clock, 'now', { value: time, configurable: true });
      typist.poll();
      return typed.length;
    };
    assert.deepEqual([at(0), at(19_999_999), at(20_000_000)], [1, 1, 2]);
    assert.deepEqual([at(5_000_000), at(6_000_000)], [3, 3]);
    typist.forget();
    assert.ok(typist.done);
  });
});
