/** Timers fire by (deadline, id), and who runs the CPU hears of every deadline that has moved nearer. */
import { strict as assert } from 'node:assert';
import { Scheduler } from '../../../emulator/time/scheduler';

/** Some timers that tell when they fire. */
function timers(...ids: readonly string[]) {
  const scheduler = new Scheduler();
  const fired: string[] = [];
  let nearer = 0;
  scheduler.onChange = () => nearer++;
  const made = ids.map((id) => scheduler.timer(id, (due) => fired.push(`${id} ${due}`)));
  return { scheduler, made, fired, nearer: () => nearer };
}

describe('the scheduler', () => {
  it('fires what is due by deadline, then by id', () => {
    const { scheduler, made, fired } = timers('b', 'a', 'c', 'd');
    made.forEach((timer, n) => {
      timer.schedule([20, 20, 10, 40][n]);
    });
    scheduler.runDue(9);
    assert.deepEqual(fired, []);
    scheduler.runDue(30);
    assert.deepEqual(fired, ['c 10', 'a 20', 'b 20']);
    assert.equal(scheduler.deadline, 40);
  });

  it('knows the earliest deadline however they move', () => {
    const { scheduler, made, nearer } = timers('a', 'b', 'c');
    let seed = 1;
    let before = Infinity;
    let moves = 0;
    for (let n = 0; n < 2000; n++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      const timer = made[(seed >>> 8) % 3];
      if ((seed >>> 16) % 7 === 0) timer.cancel();
      else timer.schedule((seed >>> 20) % 50);
      const earliest = Math.min(...made.map(({ deadline }) => deadline));
      assert.equal(scheduler.deadline, earliest);
      if (earliest < before) moves++;
      before = earliest;
    }
    assert.equal(nearer(), moves);
  });

  it('takes up what a timer arranges when it fires', () => {
    const scheduler = new Scheduler();
    const fired: number[] = [];
    const timer = scheduler.timer('ticks', (due) => {
      fired.push(due);
      if (due < 50) timer.schedule(due + 20);
    });
    timer.schedule(10);
    scheduler.runDue(100);
    assert.deepEqual(fired, [10, 30, 50]);
    assert.equal(scheduler.deadline, Infinity);
  });
});
