import assert from 'node:assert/strict';
import { COMMAND_BYTE_NS, I8042 } from '../../../emulator/devices/input/i8042';
import { PS2_BYTE_NS } from '../../../emulator/devices/input/ps2-device';
import { Ps2Keyboard } from '../../../emulator/devices/input/ps2-keyboard';
import { KEYS, SET2_TO_SET1 } from '../../../emulator/devices/input/scan-codes';
import { typeCharacter } from '../../../emulator/devices/input/us-layout';
import { FakeTime } from './fake-time';

const MS = 1_000_000;

/** A controller with a keyboard on it, as on an AT; the firmware's work is done unless `raw`. */
function setUp(raw = false) {
  const time = new FakeTime();
  const kbc = new I8042('kbc', time, time.scheduler);
  const keyboard = new Ps2Keyboard('keyboard', time, time.scheduler);
  kbc.keyboardData.connect((byte) => keyboard.receive(byte));
  kbc.keyboardClock.connect((free) => keyboard.setClock(free));
  keyboard.data.connect((byte) => kbc.receiveKeyboard(byte));
  const irq: number[] = [];
  let level = false;
  kbc.keyboardIrq.connect((now) => {
    if (now && !level) irq.push(time.now);
    level = now;
  });
  kbc.reset();
  keyboard.reset();
  kbc.keyboardClock.drive(kbc.state.keyboardFree);
  const command = (value: number, ...data: number[]) => {
    kbc.write(1, 1, value);
    for (const byte of data) kbc.write(0, 1, byte);
  };
  /** Every byte that arrives within `ns`, each read at once. */
  const drain = (ns = 30 * MS) => {
    const bytes: number[] = [];
    const end = time.now + ns;
    while (time.now < end) {
      if (kbc.read(1) & 1) bytes.push(kbc.read(0));
      else time.pass(10_000);
    }
    return bytes;
  };
  const hex = (bytes: readonly number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const typed = (code: string, pressed: boolean) => {
    keyboard.key(code, pressed);
    return hex(drain());
  };
  /** Sends bytes to the keyboard, waiting for the answer of each. */
  const ask = (...bytes: number[]) => {
    const answers: number[] = [];
    for (const byte of bytes) {
      kbc.write(0, 1, byte);
      answers.push(...drain(10 * MS));
    }
    return hex(answers);
  };
  if (!raw) command(0x60, 0x45);
  return { time, kbc, keyboard, command, drain, typed, ask, irq, hex };
}

describe('8042 keyboard controller', () => {
  it('tests itself, its interfaces and answers commands', () => {
    const { command, kbc, drain, hex } = setUp(true);
    assert.equal(kbc.read(1), 0x10);
    command(0xaa);
    assert.equal(kbc.read(1), 0x1d);
    assert.equal(kbc.read(0), 0x55);
    for (const [value, answer] of [
      [0xab, '00'],
      [0xa9, '00'],
      [0xa4, 'f1'],
      [0xc0, 'b0'],
      [0x20, '54'],
      [0xe0, '02'],
    ] as const) {
      command(value);
      assert.equal(hex(drain(MS)), answer, value.toString(16));
    }
    command(0x65, 0x5a);
    command(0x25);
    assert.equal(hex(drain(MS)), '5a');
  });

  it('keeps the command byte and turns interfaces on and off', () => {
    const { command, drain, hex } = setUp();
    command(0x20);
    assert.equal(hex(drain(MS)), '45');
    command(0xad);
    command(0xa7);
    command(0x20);
    assert.equal(hex(drain(MS)), '75');
    command(0xae);
    command(0xa8);
    command(0x20);
    assert.equal(hex(drain(MS)), '45');
  });

  it('drives A20 and reset by D1, DD, DF and FE', () => {
    const { command, kbc, drain, hex } = setUp();
    const a20: boolean[] = [];
    const reset: boolean[] = [];
    kbc.a20.connect((level) => a20.push(level));
    kbc.cpuReset.connect((level) => reset.push(level));
    command(0xd1, 0xdd);
    command(0xdf);
    command(0xdd);
    command(0xd0);
    assert.equal(hex(drain(MS)), 'cd', 'no IRQ yet: the answer is not in the output buffer');
    command(0xd1, 0xdf);
    assert.deepEqual(a20, [false, true, false, true]);
    assert.deepEqual(reset, []);
    command(0xfe);
    assert.deepEqual(reset, [true, false]);
    command(0xf0);
    assert.deepEqual(a20.slice(4), [false, true]);
    assert.deepEqual(reset.slice(2), [true, false]);
  });

  it('gives a key’s byte 880 us later with one IRQ1 a byte, holding the keyboard until it is read', () => {
    const { kbc, keyboard, time, irq } = setUp();
    keyboard.key('KeyA', true);
    keyboard.key('KeyA', false);
    time.pass(PS2_BYTE_NS - 1);
    assert.equal(kbc.read(1) & 1, 0);
    time.pass(1);
    assert.equal(kbc.read(1) & 1, 1);
    assert.equal(irq.length, 1);
    time.pass(100 * MS);
    assert.equal(irq.length, 1);
    assert.equal(kbc.peek(0), 0x1e);
    assert.equal(kbc.read(0), 0x1e);
    time.pass(2 * PS2_BYTE_NS);
    assert.equal(kbc.read(0), 0x9e, 'F0h alone gives no byte under translation');
    assert.equal(irq.length, 2);
  });

  it('gives no interrupt while INT is off', () => {
    const { typed, command, irq } = setUp();
    command(0x60, 0x44);
    assert.equal(typed('KeyA', true), '1e');
    assert.deepEqual(irq, []);
  });

  it('sets IBF while a byte goes to the keyboard, then brings its answer', () => {
    const { kbc, time } = setUp();
    kbc.write(0, 1, 0xee);
    assert.equal(kbc.read(1) & 2, 2);
    time.pass(COMMAND_BYTE_NS);
    assert.equal(kbc.read(1) & 3, 0);
    time.pass(PS2_BYTE_NS);
    assert.equal(kbc.read(1) & 3, 1);
    assert.equal(kbc.read(0), 0xee);
  });

  it('times out where no auxiliary device is', () => {
    const { kbc, command, time } = setUp();
    command(0xd4, 0xf2);
    time.pass(COMMAND_BYTE_NS);
    assert.equal(kbc.read(1) & 0x61, 0x61);
    assert.equal(kbc.read(0), 0xfe);
    command(0xd3, 0x42);
    assert.equal(kbc.read(1) & 0x61, 0x21);
    assert.equal(kbc.read(0), 0x42);
    command(0xd2, 0x43);
    assert.equal(kbc.read(1) & 0x61, 0x01);
    assert.equal(kbc.read(0), 0x43);
  });
});

describe('PS/2 keyboard', () => {
  it('has the set 1 codes of an AT through translation', () => {
    const rows: readonly (readonly [first: number, codes: string])[] = [
      [0x01, 'Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab'],
      [0x10, 'KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft'],
      [0x1e, 'KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash'],
      [0x2c, 'KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock'],
      [0x3b, 'F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4'],
      [0x4c, 'Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal'],
      [0x56, 'IntlBackslash F11 F12'],
    ];
    const { typed } = setUp();
    for (const [first, codes] of rows) {
      codes.split(' ').forEach((code, i) => {
        const make = first + i;
        assert.equal(typed(code, true), make.toString(16).padStart(2, '0'), code);
        assert.equal(typed(code, false), (make | 0x80).toString(16), code);
      });
    }
    const extended = {
      NumpadEnter: '1c',
      ControlRight: '1d',
      NumpadDivide: '35',
      AltRight: '38',
      Home: '47',
      ArrowUp: '48',
      PageUp: '49',
      ArrowLeft: '4b',
      ArrowRight: '4d',
      End: '4f',
      ArrowDown: '50',
      PageDown: '51',
      Insert: '52',
      Delete: '53',
      MetaLeft: '5b',
      MetaRight: '5c',
      ContextMenu: '5d',
    };
    for (const [code, make] of Object.entries(extended)) {
      assert.equal(typed(code, true), `e0 ${make}`, code);
      assert.equal(typed(code, false), `e0 ${(Number.parseInt(make, 16) | 0x80).toString(16)}`, code);
    }
    const named = rows.flatMap(([, codes]) => codes.split(' ')).length + Object.keys(extended).length;
    assert.equal(KEYS.length, named + 2, 'the two that are left are Print Screen and Pause');
  });

  it('translates each code to another one', () => {
    const codes = SET2_TO_SET1.slice(1, 0x80);
    assert.equal(new Set(codes).size, codes.length);
    assert.equal(SET2_TO_SET1.length, 256);
    assert.deepEqual([SET2_TO_SET1[0x83], SET2_TO_SET1[0x84], SET2_TO_SET1[0xfa]], [0x41, 0x54, 0xfa]);
  });

  it('sends Pause, Break, Print Screen and SysRq as the manual has them', () => {
    const { typed } = setUp();
    assert.equal(typed('Pause', true), 'e1 1d 45 e1 9d c5');
    assert.equal(typed('Pause', false), '');
    assert.equal(typed('PrintScreen', true), 'e0 2a e0 37');
    assert.equal(typed('PrintScreen', false), 'e0 b7 e0 aa');
    typed('ControlLeft', true);
    assert.equal(typed('Pause', true), 'e0 46 e0 c6');
    assert.equal(typed('PrintScreen', true), 'e0 37');
    typed('PrintScreen', false);
    typed('ControlLeft', false);
    typed('AltLeft', true);
    assert.equal(typed('PrintScreen', true), '54');
    assert.equal(typed('PrintScreen', false), 'd4');
  });

  it('puts shift codes around the keys that the 84-key keyboard had on the keypad', () => {
    const { typed, ask } = setUp();
    typed('ShiftLeft', true);
    assert.equal(typed('ArrowUp', true), 'e0 aa e0 48');
    assert.equal(typed('ArrowUp', true), 'e0 48');
    assert.equal(typed('ArrowUp', false), 'e0 c8 e0 2a');
    assert.equal(typed('NumpadDivide', true), 'e0 aa e0 35');
    assert.equal(typed('NumpadDivide', false), 'e0 b5 e0 2a');
    typed('ShiftLeft', false);
    assert.equal(ask(0xed, 0x02), 'fa fa');
    assert.equal(typed('ArrowUp', true), 'e0 2a e0 48');
    assert.equal(typed('ArrowUp', false), 'e0 c8 e0 aa');
  });

  it('answers its commands', () => {
    const { ask, keyboard, command, drain, hex } = setUp();
    assert.equal(ask(0xee), 'ee');
    assert.equal(ask(0xf2), 'fa ab 41', 'the identity is translated as well');
    assert.equal(ask(0xed, 0x07), 'fa fa');
    assert.equal(keyboard.state.leds, 7);
    assert.equal(ask(0xf3, 0x20), 'fa fa');
    assert.equal(keyboard.state.typematic, 0x20);
    assert.equal(ask(0xe5), 'fe');
    assert.equal(ask(0xfe), 'fe', 'the byte sent last');
    assert.equal(ask(0xed, 0xf4), 'fa fa', 'a command ends the wait for a parameter');
    assert.equal(keyboard.state.leds, 7);
    assert.equal(ask(0xf6), 'fa');
    assert.equal(keyboard.state.leds, 0);
    command(0x60, 0x05);
    assert.equal(ask(0xf2), 'fa ab 83');
    assert.equal(ask(0xff), 'fa');
    assert.equal(hex(drain(280 * MS)), '');
    assert.equal(hex(drain(30 * MS)), 'aa');
  });

  it('scans only between F4 and F5', () => {
    const { ask, typed } = setUp();
    assert.equal(ask(0xf5), 'fa');
    assert.equal(typed('KeyA', true), '');
    assert.equal(typed('KeyA', false), '');
    assert.equal(ask(0xf4), 'fa');
    assert.equal(typed('KeyA', true), '1e');
  });

  it('speaks sets 1, 2 and 3', () => {
    const { ask, typed, command } = setUp();
    command(0x60, 0x05);
    assert.equal(typed('F7', true), '83');
    assert.equal(typed('F7', false), 'f0 83');
    assert.equal(typed('ArrowLeft', true), 'e0 6b');
    assert.equal(typed('ArrowLeft', false), 'e0 f0 6b');
    assert.equal(ask(0xf0, 1), 'fa fa');
    assert.equal(typed('ArrowLeft', true), 'e0 4b');
    assert.equal(typed('ArrowLeft', false), 'e0 cb');
    assert.equal(ask(0xf0, 0), 'fa fa 01');
    assert.equal(ask(0xf0, 3), 'fa fa');
    assert.equal(typed('ArrowLeft', true), '61');
    assert.equal(typed('ArrowLeft', true), '61');
    assert.equal(typed('ArrowLeft', false), '');
    assert.equal(typed('ShiftLeft', true), '12');
    assert.equal(typed('ShiftLeft', true), '');
    assert.equal(typed('ShiftLeft', false), 'f0 12');
    assert.equal(typed('F1', true), '07');
    assert.equal(typed('F1', false), '');
    assert.equal(ask(0xfc, 0x07, 0x8d), 'fa fa fa');
    assert.equal(typed('F1', true), '07');
    assert.equal(typed('F1', false), 'f0 07');
    assert.equal(ask(0xf9), 'fa');
    assert.equal(typed('ShiftLeft', true), '12');
    assert.equal(typed('ShiftLeft', false), '');
  });

  it('keeps 16 bytes and then tells of an overrun', () => {
    const { keyboard, drain } = setUp();
    for (let i = 0; i < 20; i++) keyboard.key('KeyA', true);
    const bytes = drain(40 * MS);
    assert.equal(bytes.length, 17);
    assert.deepEqual(bytes.slice(14), [0x1e, 0x1e, 0xff]);
  });

  it('sends a byte again that the host has cut short', () => {
    const { keyboard, time } = setUp();
    const seen: number[] = [];
    keyboard.data.connect((byte) => seen.push(byte));
    keyboard.key('KeyB', true);
    time.pass(500_000);
    keyboard.setClock(false);
    time.pass(5 * MS);
    assert.deepEqual(seen, []);
    keyboard.setClock(true);
    time.pass(PS2_BYTE_NS);
    assert.deepEqual(seen, [0x32]);
  });

  it('refuses unknown keys and types US text', () => {
    const { keyboard } = setUp();
    assert.throws(() => keyboard.key('KeyÄ', true), /no key 'KeyÄ'/);
    const codes = new Set(KEYS.map((key) => key.code));
    for (let c = 32; c < 127; c++) {
      for (const { code } of typeCharacter(String.fromCharCode(c))) assert.ok(codes.has(code), code);
    }
    assert.deepEqual(
      typeCharacter('?').map((event) => `${event.code}${event.pressed ? '+' : '-'}`),
      ['ShiftLeft+', 'Slash+', 'Slash-', 'ShiftLeft-'],
    );
    assert.equal(typeCharacter('\n')[0].code, 'Enter');
    assert.throws(() => typeCharacter('é'), /US keyboard/);
  });
});
