import { strict as assert } from 'node:assert';
import { Agenda } from '../../../../emulator/engine/compiler/agenda';

describe('an agenda', () => {
  /** Notes a letter for each task, which is as much work as a number says. */
  function written(): { readonly agenda: Agenda; readonly text: () => string; readonly task: typeof task } {
    const agenda = new Agenda();
    let text = '';
    function task(letter: string, work = 1, ...further: readonly (() => void)[]): () => void {
      return () => {
        text += letter;
        agenda.note(work);
        agenda.next(...further);
      };
    }
    return { agenda, text: () => text, task };
  }

  it('has what a task adds done before what was to be done next anyway', () => {
    const { agenda, text, task } = written();
    agenda.next(task('a', 1, task('b', 1, task('c')), task('d')), task('e'));
    agenda.finish();
    assert.equal(text(), 'abcde');
  });

  it('stops when enough has been done, and says when nothing is left', () => {
    const { agenda, text, task } = written();
    agenda.next(task('a', 3), task('b', 3, task('c', 1)), task('d', 1));
    assert.equal(agenda.goOn(5), false);
    assert.equal(text(), 'ab');
    assert.equal(agenda.goOn(1), false);
    assert.equal(text(), 'abc');
    assert.equal(agenda.goOn(5), true);
    assert.equal(text(), 'abcd');
    assert.equal(agenda.goOn(5), true);
  });
});
