import assert from 'node:assert/strict';
import { I8259 } from '../../../emulator/devices/interrupt/i8259';

/** Master and slave as on an AT: slave on IR2, vectors 08h and 70h. */
function pair(icw4 = 0x01) {
  const slave = new I8259('slave');
  const master = new I8259('master', { cascade: (id) => slave.acknowledgeAs(id) });
  let int = false;
  const edges: boolean[] = [];
  master.int.connect((level) => {
    int = level;
    edges.push(level);
  });
  slave.int.connect((level) => master.setLine(2, level));
  for (const [pic, icw2, icw3] of [
    [master, 0x08, 0x04],
    [slave, 0x70, 0x02],
  ] as const) {
    pic.write(0, 1, 0x11);
    pic.write(1, 1, icw2);
    pic.write(1, 1, icw3);
    pic.write(1, 1, icw4);
  }
  return { master, slave, int: () => int, edges };
}

function single(icw1 = 0x13, icw4 = 0x01) {
  const pic = new I8259('pic');
  pic.write(0, 1, icw1);
  pic.write(1, 1, 0x20);
  if (icw1 & 1) pic.write(1, 1, icw4);
  return pic;
}

const isr = (pic: I8259) => {
  pic.write(0, 1, 0x0b);
  return pic.read(0);
};
const irr = (pic: I8259) => {
  pic.write(0, 1, 0x0a);
  return pic.read(0);
};

describe('8259A', () => {
  it('is silent until the initialization sequence is over', () => {
    const pic = new I8259('pic');
    pic.setLine(0, true);
    assert.equal(pic.state.int, false);
    pic.write(0, 1, 0x13);
    pic.write(1, 1, 0x20);
    pic.setLine(0, false);
    pic.setLine(0, true);
    assert.equal(pic.state.int, false);
    pic.write(1, 1, 0x01);
    assert.equal(pic.state.int, true);
  });

  it('forgets an edge that came before ICW1', () => {
    const pic = single();
    pic.setLine(3, true);
    pic.write(0, 1, 0x13);
    pic.write(1, 1, 0x20);
    pic.write(1, 1, 0x01);
    assert.equal(irr(pic), 0);
  });

  it('gives vectors by priority, IR0 first, and nests fully', () => {
    const pic = single();
    pic.setLine(5, true);
    pic.setLine(3, true);
    assert.equal(pic.acknowledge(), 0x23);
    assert.equal(pic.state.int, false, 'IR5 waits behind IR3');
    pic.setLine(1, true);
    assert.equal(pic.acknowledge(), 0x21);
    assert.equal(isr(pic), 0x0a);
    pic.write(0, 1, 0x20);
    assert.equal(isr(pic), 0x08);
    pic.write(0, 1, 0x20);
    assert.equal(pic.acknowledge(), 0x25);
    pic.write(0, 1, 0x60 | 5);
    assert.equal(isr(pic), 0);
  });

  it('takes one request an edge in edge mode, and as long as the level lasts in level mode', () => {
    const edge = single();
    edge.setLine(4, true);
    edge.acknowledge();
    edge.write(0, 1, 0x20);
    assert.equal(edge.state.int, false);
    edge.setLine(4, false);
    edge.setLine(4, true);
    assert.equal(edge.state.int, true);

    const level = single(0x1b);
    level.setLine(4, true);
    assert.equal(level.acknowledge(), 0x24);
    level.write(0, 1, 0x20);
    assert.equal(level.state.int, true);
    level.setLine(4, false);
    assert.equal(level.state.int, false);
  });

  it('gives the default IR7 when the request has gone, without an in-service bit', () => {
    const { master, slave, int } = pair();
    master.setLine(4, true);
    assert.equal(int(), true);
    master.setLine(4, false);
    assert.equal(master.acknowledge(), 0x0f);
    assert.equal(isr(master), 0);
    slave.setLine(4, true);
    // Withdrawn while the master is being acknowledged: the slave gives IRQ 15, the master holds IR2 in service.
    slave.int.connect(() => undefined);
    slave.state.irr = 0;
    assert.equal(master.acknowledge(), 0x77);
    assert.equal(isr(slave), 0);
    assert.equal(isr(master), 0x04);
  });

  it('passes the second INTA to the slave whose id matches', () => {
    const { master, slave, int } = pair();
    slave.setLine(0, true);
    assert.equal(int(), true);
    assert.equal(master.acknowledge(), 0x70);
    assert.deepEqual([isr(master), isr(slave)], [0x04, 0x01]);
    slave.setLine(6, true);
    assert.equal(int(), false);
    slave.write(0, 1, 0x20);
    assert.equal(int(), false, 'the master holds IR2 in service still');
    master.write(0, 1, 0x20);
    assert.equal(int(), true);
    assert.equal(master.acknowledge(), 0x76);
    assert.equal(slave.acknowledgeAs(5), undefined);
  });

  it('lets a slave interrupt itself in special fully nested mode only', () => {
    for (const [icw4, again] of [
      [0x01, false],
      [0x11, true],
    ] as const) {
      const { master, slave, int } = pair(icw4);
      slave.setLine(6, true);
      master.acknowledge();
      slave.setLine(1, true);
      assert.equal(int(), again);
      if (again) assert.equal(master.acknowledge(), 0x71);
      master.setLine(3, true);
      assert.equal(int(), false, 'IR3 stays below IR2');
    }
  });

  it('rotates priorities by EOI and by command', () => {
    const pic = single();
    pic.setLine(4, true);
    pic.acknowledge();
    pic.write(0, 1, 0xa0);
    for (const ir of [4, 5]) pic.setLine(ir, false);
    for (const ir of [0, 4, 5]) pic.setLine(ir, true);
    assert.deepEqual([pic.acknowledge()], [0x25]);
    pic.write(0, 1, 0xe0 | 5);
    assert.equal(pic.acknowledge(), 0x20);
    pic.write(0, 1, 0x20);
    assert.equal(pic.acknowledge(), 0x24);
    pic.write(0, 1, 0x20);
    pic.write(0, 1, 0xc0 | 2);
    pic.setLine(3, true);
    pic.setLine(2, true);
    assert.equal(pic.acknowledge(), 0x23);
  });

  it('ends by itself in automatic EOI mode, rotating when told', () => {
    const pic = single(0x13, 0x03);
    pic.write(0, 1, 0x80);
    pic.setLine(0, true);
    assert.equal(pic.acknowledge(), 0x20);
    assert.equal(isr(pic), 0);
    assert.equal(pic.state.lowest, 0);
    pic.write(0, 1, 0x00);
    pic.setLine(1, true);
    pic.acknowledge();
    assert.equal(pic.state.lowest, 0);
  });

  it('masks, and in special mask mode lets lower levels through', () => {
    const pic = single();
    pic.write(1, 1, 0xfe);
    pic.setLine(2, true);
    assert.equal(pic.state.int, false);
    assert.equal(irr(pic), 0x04);
    pic.write(1, 1, 0x00);
    assert.equal(pic.acknowledge(), 0x22);
    pic.setLine(6, true);
    assert.equal(pic.state.int, false);
    pic.write(1, 1, 0x04);
    assert.equal(pic.state.int, false);
    pic.write(0, 1, 0x68);
    assert.equal(pic.state.int, true);
    assert.equal(pic.acknowledge(), 0x26);
    // The masked IR2 is left alone by a non-specific EOI.
    pic.write(0, 1, 0x20);
    assert.equal(isr(pic), 0x04);
    pic.write(0, 1, 0x20);
    assert.equal(isr(pic), 0x04);
    pic.write(0, 1, 0x62);
    assert.equal(isr(pic), 0);
  });

  it('is polled', () => {
    const pic = single();
    pic.write(0, 1, 0x0c);
    assert.equal(pic.read(0), 0);
    pic.setLine(3, true);
    pic.write(0, 1, 0x0c);
    assert.equal(pic.peek(0), 0x83);
    assert.equal(pic.read(0), 0x83);
    assert.equal(isr(pic), 0x08);
    assert.equal(pic.state.int, false);
  });

  it('gives low bytes of call addresses in MCS-80/85 mode', () => {
    const pic = new I8259('pic');
    pic.write(0, 1, 0xb6);
    pic.write(1, 1, 0x12);
    pic.setLine(3, true);
    assert.equal(pic.acknowledge(), 0xa0 | (3 << 2));
  });

  it('makes an edge on INT for the next request after an acknowledgement', () => {
    const { master, edges } = pair(0x03);
    master.setLine(0, true);
    master.setLine(1, true);
    edges.length = 0;
    master.acknowledge();
    assert.deepEqual(edges, [false, true]);
  });
});
