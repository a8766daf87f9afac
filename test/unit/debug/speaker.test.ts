/** What a program does to the speaker, as the few changes of a tone that are told. */
import { strict as assert } from 'node:assert';
import { BuiltInTarget } from '../../../emulator/debug/built-in';
import { SpeakerSound } from '../../../emulator/debug/speaker';
import type { SoundChange } from '../../../emulator/debug/target';
import { inRoot } from '../../../scripts/lib/root';
import { nasmGuest } from '../../support/nasm-guest';
import { hasTool } from '../../support/tools';

const MS = 1_000_000;

describe('the sound of the speaker', () => {
  it('is the timer’s tone; what can’t be heard is silence', () => {
    const sound = new SpeakerSound();
    sound.drive(10 * MS, { kind: 'tone', hertz: 440 });
    sound.drive(20 * MS, { kind: 'tone', hertz: 440 });
    sound.drive(30 * MS, { kind: 'tone', hertz: 30_000 });
    sound.drive(40 * MS, { kind: 'tone', hertz: 0 });
    assert.deepEqual(sound.take(50 * MS), [
      { time: 10 * MS, hertz: 440 },
      { time: 30 * MS, hertz: 0 },
    ]);
    assert.deepEqual(sound.take(60 * MS), [], 'nothing while nothing changes');
  });

  it('is the rhythm in which a program pushes the cone, until it stops', () => {
    const sound = new SpeakerSound();
    for (let n = 0; n < 100; n++) {
      sound.drive(n * MS, { kind: 'push' });
      sound.drive(n * MS + 300_000, { kind: 'tone', hertz: 0 });
    }
    assert.deepEqual(sound.take(99 * MS), [{ time: MS, hertz: 1000 }]);
    assert.deepEqual(sound.take(200 * MS), [{ time: 149 * MS, hertz: 0 }]);
  });

  it('stays small however often it is changed', () => {
    const sound = new SpeakerSound();
    for (let n = 0; n < 1_000_000; n++) sound.drive(n * 100, { kind: 'tone', hertz: n & 1 ? 440 : 0 });
    const changes = sound.take(100 * MS);
    assert.ok(changes.length <= 51, `${changes.length} changes in 100 ms`);
    for (let n = 0; n < 100_000; n++) sound.drive(n * 5 * MS, { kind: 'tone', hertz: 100 + (n & 1) });
    assert.ok(sound.take(1e12).length <= 1000, 'nor does it grow without end when nobody takes it');
  });

  describe('of a guest', function () {
    this.timeout(60_000);
    let changes: SoundChange[];
    let target: BuiltInTarget;

    before(function () {
      if (!hasTool('nasm')) this.skip();
      const { machine } = nasmGuest(inRoot('test', 'guests', 'adapter', 'speaker.asm'));
      target = new BuiltInTarget(machine, { historyBytes: 256 << 20, wake: () => undefined });
      changes = [];
      const marks: number[] = [];
      target.listen((event) => {
        if (event.type === 'sound') changes.push(...event.changes);
        else if (event.type === 'output') marks.push(...event.bytes);
      });
      while (!marks.includes('3'.charCodeAt(0))) {
        target.timeline.run({ count: machine.count + 100_000, time: Infinity, breakpoints: false }, false);
        target.flushOutput();
      }
    });

    it('is heard as it was made, in virtual time', () => {
      const hertz = changes.slice(0, 4).map((change) => Math.round(change.hertz));
      assert.deepEqual(hertz, [1000, 0, 500, 0]);
      const [tone, silence, pushes, end] = changes as [SoundChange, SoundChange, SoundChange, SoundChange];
      assert.equal(Math.round((silence.time - tone.time) / MS), 50);
      assert.equal(Math.round((pushes.time - silence.time) / MS), 53, 'known when the cone was pushed twice');
      assert.equal(Math.round((end.time - pushes.time) / MS), 96 + 50, 'silence when no push has come for 50 ms');
      assert.ok(changes.length < 100, `${changes.length} changes, with hundreds of thousands of writes to port 61h`);
    });

    it('is told once: the past is silent, but can be asked for', async () => {
      const told = changes.length;
      const [first] = changes;
      const count = Math.floor((first?.time ?? 0) / 10) + 1000;
      target.timeline.seek(count);
      assert.equal(Math.round(await target.sound.tone()), 1000);
      target.timeline.run({ count: count + 1_000_000, time: Infinity, breakpoints: false }, false);
      target.flushOutput();
      assert.equal(changes.length, told);
    });
  });
});
