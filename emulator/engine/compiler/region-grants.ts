/** Whether accesses of a region are granted: in place, by the soft TLB, beside what is marked in their page, or when it is asked. */
import { ASKED } from '../../memory/access';
import { IN_PLACE_WORD } from '../../memory/in-place';
import { FRAMES, IN_PLACE_READ, IN_PLACE_WRITE, PAGE_MASK, PAGE_SIZE, TLB_ENTRIES } from '../../memory/layout';
import { MARKED, TLB_ADDEND, TLB_MAP, TLB_READ, TLB_WRITE } from '../../memory/tlb';
import type { Emitter } from '../wasm/emitter';
import { RegionOperands } from './region-operands';

/** Bytes whose marks are in a word, and in two of them, whichever bit is the first. */
const WORD_MARKS = 32 - 7;
export const LONG_MARKS = 64 - 7;

export abstract class RegionGrants<E extends Emitter> extends RegionOperands<E> {
  /** The local for what is added to an address, of a group or of the present access; nothing where memory lies in place. */
  protected addendOf(group?: number): number | undefined {
    return this.place.inPlace ? undefined : this.local(`addend${group ?? ''}`, 'i32');
  }

  /** Leaves unless `bytes` bytes at `address` are granted. */
  protected check(address: () => void, tag: number, bytes: number): void {
    const { out, place } = this;
    const asks = place.asks && place.inPlace;
    if (!asks) out.emit('i32.const', this.exitHere());
    this.pushRefused(address, tag, bytes);
    if (asks) this.open('if', { kind: 'inner' });
    if (asks && place.marks) {
      this.pushMarked(address, tag, bytes);
      this.open('if', { kind: 'inner' });
    }
    if (asks) this.pushNotAdmitted(address, tag, bytes);
    this.branch('br_if', 'exit');
    out.emit('drop');
    if (asks && place.marks) this.close();
    if (asks) this.close();
    if (!place.inPlace) this.setAddend();
  }

  /**
   * Pushes whether an access that is refused is any but one beside what is marked in its page: what `admit` finds first
   * (compiler/admit), without the call. To be asked in a branch of its own: as a part of whether it is refused it costs all accesses.
   */
  protected pushMarked(address: () => void, tag: number, bytes: number): void {
    const { out, place } = this;
    this.pushTagAndPage(address, tag, bytes);
    out.emit('i32.const', MARKED);
    out.emit('i32.or');
    out.emit('i32.ne');
    if (place.inPlace) {
      out.emit('local.get', this.local('entry', 'i32'));
      out.emit('i32.load', place.tlb + TLB_ADDEND);
      out.emit('i32.const', FRAMES);
      out.emit('i32.ne');
      out.emit('i32.or');
    }
    this.pushMarks(address, bytes);
    out.emit('i32.or');
  }

  /** Pushes the marks of bytes, 0 for none, in the map of the page whose entry was looked at last. */
  protected pushMarks(address: () => void, bytes: number): void {
    const { out, place } = this;
    const wide = bytes > WORD_MARKS;
    out.emit('local.get', this.local('entry', 'i32'));
    out.emit('i32.load', place.tlb + TLB_MAP);
    address();
    out.emit('i32.const', PAGE_MASK);
    out.emit('i32.and');
    out.emit('i32.const', 3);
    out.emit('i32.shr_u');
    out.emit('i32.add');
    out.emit(wide ? 'i64.load' : 'i32.load');
    address();
    out.emit('i32.const', 7);
    out.emit('i32.and');
    // Only the marks of these bytes are left.
    if (wide) {
      out.emit('i64.extend_i32_u');
      out.emit('i64.shr_u');
      out.emit('i64.const', 64 - bytes);
      out.emit('i64.shl');
      out.emit('i64.eqz');
      out.emit('i32.eqz');
    } else {
      out.emit('i32.shr_u');
      out.emit('i32.const', 32 - bytes);
      out.emit('i32.shl');
    }
  }

  /** Pushes the exit's constant, and whether an access that was refused is not granted when it is asked for, either. */
  protected pushNotAdmitted(address: () => void, tag: number, bytes: number): void {
    const { out } = this;
    out.emit('i32.const', this.exitHere());
    address();
    out.emit('i32.const', bytes | (tag === TLB_WRITE ? ASKED.WRITE : 0) | (this.place.inPlace ? ASKED.IN_PLACE : 0));
    out.emit('call', this.callees.admit);
    out.emit('i32.eqz');
  }

  protected pushIsAdded(what: number): void {
    this.out.emit('local.get', this.local('added', 'i32'));
    this.out.emit('i32.const', what);
    this.out.emit('i32.eq');
  }

  /** Pushes whether `bytes` bytes at `address` do not lie in one page that is granted. */
  protected pushRefused(address: () => void, tag: number, bytes: number): void {
    const { out } = this;
    if (this.place.inPlace) {
      this.pushDistance(address, tag);
      out.emit('i32.const', PAGE_SIZE - bytes);
      out.emit('i32.gt_u');
    } else {
      this.pushTagAndPage(address, tag, bytes);
      out.emit('i32.ne');
    }
  }

  /** Pushes how far an address lies behind the page that its word in the table of memory/in-place says. */
  private pushDistance(address: () => void, tag: number): void {
    const { out } = this;
    address();
    address();
    out.emit('i32.const', IN_PLACE_WORD.SHIFT);
    out.emit('i32.shr_u');
    out.emit('i32.const', IN_PLACE_WORD.BITS);
    out.emit('i32.and');
    out.emit('i32.load', tag === TLB_READ ? IN_PLACE_READ : IN_PLACE_WRITE);
    out.emit('i32.add');
  }

  /** Pushes the tag of an address's entry in the soft TLB, whose place the local `entry` is, and the page of the last byte. */
  protected pushTagAndPage(address: () => void, tag: number, bytes: number): void {
    const { out } = this;
    address();
    out.emit('i32.const', 12 - 5);
    out.emit('i32.shr_u');
    out.emit('i32.const', (TLB_ENTRIES - 1) << 5);
    out.emit('i32.and');
    out.emit('local.tee', this.local('entry', 'i32'));
    out.emit('i32.load', this.place.tlb + tag);
    this.pushLastPage(address, bytes);
  }

  private pushLastPage(address: () => void, bytes: number): void {
    const { out } = this;
    address();
    if (bytes > 1) {
      out.emit('i32.const', bytes - 1);
      out.emit('i32.add');
    }
    out.emit('i32.const', -PAGE_SIZE);
    out.emit('i32.and');
  }

  protected setAddend(group?: number): void {
    const { out } = this;
    out.emit('local.get', this.local('entry', 'i32'));
    out.emit('i32.load', this.place.tlb + TLB_ADDEND);
    out.emit('local.set', this.local(`addend${group ?? ''}`, 'i32'));
  }
}
