import { strict as assert } from 'node:assert';
import * as R from '../../../emulator/cpu/x86/registers';
import { TableNumbers } from '../../../emulator/cpu/x86/table-numbers';

describe('numbers of descriptor tables', () => {
  const slots = new Int32Array(0x400);
  const tables = new TableNumbers(slots);
  const numberWith = (offset: number, value: number): number => {
    slots[offset >>> 2] = value;
    return tables.present();
  };

  it('are the same for the same values, and others for others', () => {
    const first = tables.present();
    const fields = [R.SEG_SELECTOR, R.SEG_BASE, R.SEG_LIMIT, R.SEG_ACCESS];
    const offsets = [
      ...[R.GDTR_BASE, R.GDTR_LIMIT, R.IDTR_BASE, R.IDTR_LIMIT],
      ...[R.LDTR, R.TR].flatMap((s) => fields.map((field) => R.segment(s, field))),
    ];
    for (const offset of offsets) {
      assert.notEqual(numberWith(offset, 0x1000), first);
      assert.equal(numberWith(offset, 0), first);
    }
  });

  it('do not come again for other values, however many there are', () => {
    const values = new Map<number, number>();
    for (let n = 0; n < 2000; n++) {
      const value = (n % 300) * 8;
      const number = numberWith(R.GDTR_BASE, value);
      assert.equal(values.get(number) ?? value, value);
      values.set(number, value);
    }
  });

  it('do not come again when they are forgotten', () => {
    const before = tables.present();
    tables.forget();
    assert.ok(tables.present() > before);
  });
});
