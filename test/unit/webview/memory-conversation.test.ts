/** What a Memory panel's page asks of the extension, when, and what it makes of answers and keys. */
import { strict as assert } from 'node:assert';
import type { FromMemory, LocateResponse, MemoryMachine } from '../../../extension/shared/memory';
import { Conversation } from '../../../extension/webview/memory/conversation';
import { Editing } from '../../../extension/webview/memory/editing';
import { Locating } from '../../../extension/webview/memory/locating';
import { BLOCK } from '../../../extension/webview/memory/store';

const MACHINE: MemoryMachine = {
  id: 'one',
  name: 'One',
  running: false,
  stop: 1,
  spaces: [{ id: 'linear', title: 'linear memory', addressBits: 32 }],
  segmented: true,
  byteOrder: 'little',
};

class Outside {
  readonly said: FromMemory[] = [];
  readonly conversation = new Conversation((message) => this.said.push(message));

  /** What was said since the last time. */
  take(): readonly FromMemory[] {
    return this.said.splice(0);
  }

  bytes(value: number, stop = 1): void {
    const range = { space: 'linear', address: '0x7C00', length: BLOCK };
    const pieces = [{ offset: 0, bytes: new Uint8Array(BLOCK).fill(value) }];
    this.conversation.takeBytes({ type: 'bytes', stop, range, pieces });
  }

  value(): number | undefined {
    return this.conversation.store.at('linear', 0x7c05n)?.value;
  }
}

/** Lets promises that are settled have their effect. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("a Memory panel's conversation", () => {
  let outside: Outside;
  beforeEach(() => {
    outside = new Outside();
  });
  const read = (): void => outside.conversation.read('linear', 0x7c00n, 0x7c3fn);

  it('asks for bytes only of a machine that stands still, one range at a time', () => {
    read();
    outside.conversation.setMachine({ ...MACHINE, running: true });
    read();
    assert.deepEqual(outside.take(), []);
    outside.conversation.setMachine(MACHINE);
    read();
    read();
    const range = { space: 'linear', address: '0x7C00', length: BLOCK };
    assert.deepEqual(outside.take(), [{ type: 'read', stop: 1, range }]);
    outside.bytes(7);
    read();
    assert.deepEqual(outside.take(), [], 'all of it is known');
    assert.equal(outside.value(), 7);
  });

  it('drops what was read of an older stop, and asks again', () => {
    outside.conversation.setMachine(MACHINE);
    read();
    outside.conversation.setMachine({ ...MACHINE, stop: 2 });
    outside.take();
    outside.bytes(7);
    assert.equal(outside.value(), undefined);
    read();
    assert.equal(outside.take().length, 1);
  });

  it('tells another machine from the same one later', () => {
    const { conversation } = outside;
    assert.deepEqual(conversation.setMachine(MACHINE), { isOther: true, isLater: true });
    assert.deepEqual(conversation.setMachine(MACHINE), { isOther: false, isLater: false });
    assert.deepEqual(conversation.setMachine({ ...MACHINE, running: true }), { isOther: false, isLater: true });
    assert.deepEqual(conversation.setMachine({ ...MACHINE, stop: 2 }), { isOther: false, isLater: true });
    outside.bytes(7, 2);
    assert.deepEqual(conversation.setMachine({ ...MACHINE, id: 'two', stop: 2 }), { isOther: true, isLater: false });
    assert.equal(outside.value(), undefined, 'bytes of the other machine are none of this one');
    assert.deepEqual(conversation.setMachine(undefined), { isOther: false, isLater: false });
    assert.equal(conversation.isReadable, false);
  });
});

describe('where a Memory panel is led', () => {
  const PLACE: LocateResponse = { space: 'linear', address: '0x7E00', text: '' };
  let outside: Outside;
  let expression: string;
  let led: (string | undefined)[];
  let locating: Locating;

  beforeEach(() => {
    outside = new Outside();
    expression = 'ss:sp';
    led = [];
    locating = new Locating(outside.conversation, {
      question: () => ({ expression, space: 'linear' }),
      found: ({ address }) => led.push(address),
      lost: (message) => led.push(message),
    });
  });

  /** The expressions that were asked for since the last time, with the numbers of the questions. */
  const asked = (): (readonly [number, string])[] =>
    outside.take().flatMap((message) => (message.type === 'locate' ? [[message.id, message.expression] as const] : []));
  const answer = async (id: number, found: LocateResponse = PLACE): Promise<void> => {
    outside.conversation.takePlace({ type: 'located', id, found });
    await turn();
  };

  it('is asked when the machine stands still, once', async () => {
    locating.now();
    assert.deepEqual(asked(), []);
    outside.conversation.setMachine(MACHINE);
    locating.now();
    locating.now();
    assert.deepEqual(asked(), [[1, 'ss:sp']]);
    assert.equal(locating.isDone, false);
    await answer(1);
    assert.deepEqual([led, locating.isDone], [['0x7E00'], true]);
    locating.now();
    assert.deepEqual(asked(), []);
  });

  it('follows the last of two expressions', async () => {
    outside.conversation.setMachine(MACHINE);
    locating.now();
    expression = 'es:di';
    locating.want();
    locating.now();
    assert.deepEqual(asked(), [[1, 'ss:sp']]);
    await answer(1);
    assert.deepEqual([asked(), led], [[[2, 'es:di']], []]);
    await answer(2, { ...PLACE, address: '0x9000' });
    assert.deepEqual(led, ['0x9000']);
  });

  it('says why it leads nowhere, but asks again at the next stop where the machine has run on meanwhile', async () => {
    outside.conversation.setMachine(MACHINE);
    locating.now();
    outside.conversation.takePlace({ type: 'nowhere', id: 1, message: 'There is no "ss:sq".' });
    await turn();
    assert.deepEqual(led, ['There is no "ss:sq".']);
    locating.want();
    locating.now();
    outside.conversation.setMachine({ ...MACHINE, running: true });
    outside.conversation.takePlace({ type: 'nowhere', id: 2, message: 'The machine runs.' });
    await turn();
    assert.deepEqual([led.at(-1), locating.isDone], [undefined, false]);
    outside.take();
    outside.conversation.setMachine({ ...MACHINE, stop: 2 });
    locating.now();
    assert.deepEqual(asked(), [[3, 'ss:sp']]);
  });
});

describe('what is typed into a Memory panel', () => {
  const CELL = { space: 'linear', address: 0x7c00n, unit: 2 };
  let outside: Outside;
  let problem: string;
  let editing: Editing;

  beforeEach(() => {
    outside = new Outside();
    outside.conversation.setMachine(MACHINE);
    problem = '';
    editing = new Editing(outside.conversation, (text) => (problem = text));
  });

  const written = (): readonly (readonly [string, number[]])[] =>
    outside
      .take()
      .flatMap((message) => (message.type === 'write' ? [[message.range.address, [...message.bytes]] as const] : []));

  it('is written when the number is whole, in the byte order of the machine', () => {
    assert.deepEqual(
      ['1', '2', 'a'].map((digit) => editing.typeDigit(digit, CELL)),
      [false, false, false],
    );
    assert.equal(editing.digits, '12A');
    assert.deepEqual(written(), []);
    assert.equal(editing.typeDigit('b', CELL), true);
    assert.deepEqual([written(), editing.digits], [[['0x7C00', [0xab, 0x12]]], '']);
  });

  it('is written early by a commit, corrected by erase, and forgotten', () => {
    for (const digit of '123') editing.typeDigit(digit, CELL);
    editing.erase();
    editing.commit(CELL);
    assert.deepEqual(written(), [['0x7C00', [0x12, 0x00]]]);
    editing.commit(CELL);
    editing.typeDigit('7', CELL);
    editing.forget();
    editing.commit(CELL);
    assert.deepEqual(written(), []);
  });

  it('is refused while the machine runs, and where there is no byte for it', () => {
    outside.conversation.setMachine({ ...MACHINE, running: true });
    editing.typeText('A', CELL);
    assert.match(problem, /while the machine stands still/);
    outside.conversation.setMachine({ ...MACHINE, stop: 2 });
    assert.equal(editing.typeText('\u20ac', CELL), false);
    assert.match(problem, /has no byte/);
    assert.equal(editing.typeText('A', CELL), true);
    assert.deepEqual([problem, written()], ['', [['0x7C00', [0x41]]]]);
  });

  it('comes from the clipboard by where the keyboard is', () => {
    editing.paste('hex', '41 42', CELL);
    editing.paste('text', '41', CELL);
    assert.deepEqual(written(), [
      ['0x7C00', [0x41, 0x42]],
      ['0x7C00', [0x34, 0x31]],
    ]);
    editing.paste('hex', 'no bytes', CELL);
    assert.match(problem, /no bytes in hexadecimal/);
    assert.deepEqual(written(), []);
  });
});
